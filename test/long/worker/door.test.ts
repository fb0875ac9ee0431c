// Passes that are scanned at 8 gates at the same moment go in once each. `DOOR_PASSES=10000` has as
// many as a large concert; a thousand by default, because each scan is a request.

import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { accessToken } from "../../../src/worker/auth/tokens.ts";
import { boughtPasses, codeOf } from "../../support/passes.ts";
import { call, objectOf, putOnSale } from "../../support/service.ts";

const PASSES = Number(env.DOOR_PASSES);
const GATES = 8;
const QUANTITY = 500;
// With more at once the clients would be measured.
const AT_ONCE = 50;

test(`${PASSES} passes, each at ${GATES} gates at once, go in once each`, { timeout: 3_600_000 }, async () => {
  const { organizer, eventId, ticketId } = await putOnSale({ capacity: PASSES, max_per_buyer: null });
  const passes: string[] = [];
  while (passes.length < PASSES) {
    passes.push(...(await boughtPasses(ticketId, Math.min(QUANTITY, PASSES - passes.length))));
  }
  const counts = new Map<string, number>();
  for (let first = 0; first < PASSES; first += AT_ONCE) {
    // A token lasts for 20 minutes, and a large run on a busy machine longer.
    const token = await accessToken(env, organizer.accountId);
    const each = passes.slice(first, first + AT_ONCE).map(async (pass) => {
      const code = await codeOf(pass);
      const answers = await Promise.all(
        Array.from({ length: GATES }, (_, gate) => {
          const body = { event: eventId, code, gate: `Gate ${gate}`, key: crypto.randomUUID() };
          return call("POST", "/check-ins", { token, body });
        }),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(GATES).fill(200));
      const admitted = answers.filter(({ body }) => body.result === "admitted");
      expect(admitted).toHaveLength(1);
      expect(new Set(answers.map(({ body }) => body.gate))).toEqual(new Set([admitted[0]?.body.gate]));
      return answers.map(({ body }) => body.result);
    });
    for (const result of (await Promise.all(each)).flat()) counts.set(result, (counts.get(result) ?? 0) + 1);
  }
  expect(Object.fromEntries(counts)).toEqual({ admitted: PASSES, already_admitted: PASSES * (GATES - 1) });
  expect(await objectOf(ticketId).doorChanges(0)).toMatchObject({ counts: { admitted: PASSES, inside: PASSES } });
});
