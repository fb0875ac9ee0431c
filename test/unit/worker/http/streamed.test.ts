// Replies that are written in parts: no further than their reader has read.

import { expect, test } from "vitest";
import { spreadsheet, streamed } from "../../../../src/worker/http/replies.ts";

const PARTS = 200;

/** Counts what was asked of it. */
function counted() {
  const asked = { parts: 0, ended: false };
  async function* parts() {
    try {
      for (; asked.parts < PARTS; ) {
        asked.parts += 1;
        yield `part ${asked.parts}\r\n`;
      }
    } finally {
      asked.ended = true;
    }
  }
  return { asked, parts: parts() };
}

/** Whatever is under way has come to its end. */
async function idle() {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test.each([
  ["a list", (parts: AsyncIterable<string>) => streamed(parts)],
  ["a file", (parts: AsyncIterable<string>) => spreadsheet("file", "head\r\n", parts)],
])("%s waits for a slow reader, two parts ahead at most", async (_name, reply) => {
  const { asked, parts } = counted();
  const reader = (await reply(parts)).body?.getReader();
  await idle();
  expect(asked.parts).toBeLessThanOrEqual(2);
  for (let read = 1; read <= 10; read++) {
    await reader?.read();
    await idle();
    expect(asked.parts).toBeLessThanOrEqual(read + 2);
  }
  await reader?.cancel();
  await idle();
  expect(asked).toEqual({ parts: expect.any(Number), ended: true });
  expect(asked.parts).toBeLessThanOrEqual(12);
});

test("nothing has come where the first part fails, and a later failure breaks off", async () => {
  const failing = (after: number) =>
    (async function* () {
      for (let part = 0; part < after; part++) yield `part ${part}`;
      throw new Error("D1 is gone");
    })();
  await expect(streamed(failing(0))).rejects.toThrow("D1 is gone");
  await expect(spreadsheet("file", "head", failing(0))).rejects.toThrow("D1 is gone");
  await expect((await streamed(failing(3))).text()).rejects.toThrow("D1 is gone");
});
