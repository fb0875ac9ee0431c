// A migration that was released never changes: somewhere it has run already. New ones are appended.

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { MIGRATIONS } from "../../../../src/durable/order/migrations.ts";

/** SHA-256 of each released migration of an order's tables, in order. Append; never change. */
const RELEASED: readonly string[] = [
  "b039778bd83b9a00ac6863e90e6dcd7a41e9ed052a23bae9e52492d2bb34e9fa",
  "43ffdb0daff94795b3ea22f5ab0667f937a120172f9a40c421edc8566548f004",
  "55f18feecbcbbfdd40a833861f5c9434a5b38ab7d5d2b92fe229b8a3a51cd711",
  "f8e9ca53b004b06b88fdd72f7c4a277489af40c3a027806792c867572bb65a2e",
  "bead3d7a95e4fdfdd2dcdb2e3f16004b4d7941b0216c755f13a2a5aae7f57fff",
];

test("the released migrations are as they were, and only the last one may be unreleased", () => {
  const released = MIGRATIONS.slice(0, RELEASED.length);
  expect(released.map((sql) => createHash("sha256").update(sql).digest("hex"))).toEqual(RELEASED);
  expect(MIGRATIONS.length - released.length).toBeLessThanOrEqual(1);
});
