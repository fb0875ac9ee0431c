// Ways to write the path of one thing.

import { expect, test } from "vitest";
import { call, putOnSale } from "../../../support/service.ts";

test.each<[how: string, write: (path: string) => string]>([
  ["a slash at the end", (path) => `${path}/`],
  ["its first letters percent-encoded", (path) => path.replace("/e", "/%65").replace("/t", "/%74")],
  ["its id percent-encoded", (path) => path.replace(/\w{16}$/, (id) => encoded(id))],
  ["its id percent-encoded in small letters", (path) => path.replace(/\w{16}$/, (id) => encoded(id).toLowerCase())],
])("%s changes nothing", async (_how, write) => {
  const { eventId, ticketId } = await putOnSale();
  for (const path of [`/events/${eventId}`, `/tickets/${ticketId}`]) {
    const { status, text } = await call("GET", path);
    expect(await call("GET", write(path))).toMatchObject({ status, text });
  }
});

test.each(["/%2565vents", "/events%2f", "/%", "/%zz", "/events/%00", "/events/%e9", "/events/%", "/events/%2e%2e/me"])(
  "%s is no other path",
  async (path) => {
    expect([404, 401]).toContain((await call("GET", path)).status);
  },
);

function encoded(text: string): string {
  return [...text].map((character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`).join("");
}
