// Looking a receiver's name up. The resolver is the one of test/support/outbound.ts.

import { expect, test } from "vitest";
import { resolveByHttps } from "../../../../src/worker/outgoing-webhooks/dns.ts";

test.each([
  ["public.example.com", ["93.184.216.34"]],
  ["both.example.com", ["93.184.216.34", "2606:2800:220:1::1"]],
  ["inside.example.com", ["fd00::1"]],
  ["empty.example.com", []],
  ["unknown.example.com", []],
])("%s has the addresses %j", async (name, addresses) => {
  expect(await resolveByHttps(name)).toEqual(addresses);
});

test.each(["unreached.example.com", "broken.example.com", "half.example.com"])(
  "%s: that the resolver failed is not that there is no address",
  async (name) => {
    await expect(resolveByHttps(name)).rejects.toThrow(/resolver/);
  },
);

test("nothing else of the internet is there", async () => {
  expect((await fetch("https://example.com/")).status).toBe(502);
});
