// The picture of a code: its size, and what a reader finds in it.

import decodeQR from "qr/decode.js";
import { expect, test } from "vitest";
import { gifOf } from "../../../../src/worker/passes/gif.ts";
import { passCode } from "../../../../src/worker/passes/pass-keys.ts";
import { qrGif, qrSvg } from "../../../../src/worker/passes/qr.ts";

const PASS_KEYS = { PASS_KEYS: `1:${"5eed".repeat(16)}` };
const SIDE = 49;
const QUIET = 4;
const codes = await Promise.all(
  [1, 2, 9, 10, 100, 1_000].map((number) =>
    passCode(PASS_KEYS, `9a7rezj7g0dtfdr1-01jv0ks3h0123456789abcdefghjk-${number}`, number % 256),
  ),
);

test.each(codes)("41 × 41 modules of %s at level M, with white around them, are read again", (code) => {
  const pixels = pixelsOfSvg(qrSvg(code));
  expect(extent(pixels)).toEqual({ from: QUIET, to: SIDE - QUIET });
  expect(levelOf(pixels)).toBe("M");
  expect(decodeQR(enlarged(pixels, 4))).toBe(code);
  // A reader that is shown less has less to go by.
  const scratched = pixels.map((row, y) => row.map((isBlack, x) => isBlack && !(x > 20 && x < 26 && y > 20 && y < 26)));
  expect(decodeQR(enlarged(scratched, 4))).toBe(code);
});

test.each(codes.slice(0, 2))("the GIF of %s is the same picture", (code) => {
  const { width, height, rows } = pixelsOfGif(qrGif(code));
  expect([width, height]).toEqual([196, 196]);
  expect(rows.filter((_row, y) => y % 4 === 0).map((row) => row.filter((_black, x) => x % 4 === 0))).toEqual(
    pixelsOfSvg(qrSvg(code)),
  );
  expect(decodeQR(enlarged(rows, 1))).toBe(code);
});

test("a mail has room for sixty GIFs of codes: each has 3 KB at most", () => {
  for (const code of codes) expect(qrGif(code).length).toBeLessThan(3_000);
});

test("a GIF whose runs use up all codes begins afresh", () => {
  let seed = 1;
  const noise = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % 2 === 1;
  };
  const rows = Array.from({ length: 300 }, () => Array.from({ length: 300 }, noise));
  expect(pixelsOfGif(gifOf(rows, 1)).rows).toEqual(rows);
});

test("a text that does not fit is refused, and not drawn larger", () => {
  expect(() => qrSvg("A".repeat(155))).toThrow();
  expect(() => qrSvg("lower case")).toThrow();
});

/** Level M is written in the format's first two bits, which a mask turns from 00 to 10. */
function levelOf(pixels: readonly (readonly boolean[])[]): string {
  const bits = [0, 1].map((x) => (pixels[QUIET + 8]?.[QUIET + x] === true ? "1" : "0")).join("");
  return { "10": "M", "11": "L", "00": "H", "01": "Q" }[bits] ?? "";
}

function extent(pixels: readonly (readonly boolean[])[]) {
  const black = pixels.flatMap((row, y) => (row.includes(true) ? [y, row.indexOf(true), row.lastIndexOf(true)] : []));
  return { from: Math.min(...black), to: Math.max(...black) + 1 };
}

function pixelsOfSvg(svg: string): boolean[][] {
  const [, side = ""] = /viewBox="0 0 (\d+) \1"/.exec(svg) ?? [];
  expect(Number(side)).toBe(SIDE);
  const pixels = Array.from({ length: SIDE }, () => Array<boolean>(SIDE).fill(false));
  const [, path = ""] = /<path d="([^"]*)"/.exec(svg) ?? [];
  const runs = [...path.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)];
  expect(runs.map(([run]) => run).join("")).toBe(path);
  for (const [, x, y, length, back] of runs) {
    expect(back).toBe(length);
    for (let step = 0; step < Number(length); step++) (pixels[Number(y)] ?? [])[Number(x) + step] = true;
  }
  return pixels;
}

/** Of a picture with a table of two colours, the darker of which is black. */
function pixelsOfGif(gif: Uint8Array) {
  expect(new TextDecoder().decode(gif.subarray(0, 3))).toBe("GIF");
  const view = new DataView(gif.buffer);
  const width = view.getUint16(6, true);
  const height = view.getUint16(8, true);
  expect([...gif.subarray(10, 19)]).toEqual([0x80, 0, 0, 255, 255, 255, 0, 0, 0]);
  const data: number[] = [];
  let at = 19 + 10 + 1;
  for (let length = gif[at] ?? 0; length > 0; at += length + 1, length = gif[at] ?? 0) {
    data.push(...gif.subarray(at + 1, at + 1 + length));
  }
  expect([...gif.subarray(at)]).toEqual([0, 0x3b]);
  const pixels = decompressed(data, gif[19 + 10] ?? 0);
  expect(pixels).toHaveLength(width * height);
  const rows = Array.from({ length: height }, (_, y) =>
    pixels.slice(y * width, (y + 1) * width).map((pixel) => pixel === 1),
  );
  return { width, height, rows };
}

/** As readers do it: a run for each code, which they make up as the writer did. */
function decompressed(data: readonly number[], rootBits: number): number[] {
  const clear = 2 ** rootBits;
  const pixels: number[] = [];
  let runs: number[][] = [];
  let before: number[] | null = null;
  let width = rootBits + 1;
  for (let bit = 0; bit + width <= data.length * 8; ) {
    const bits = Array.from({ length: width }, (_, step) => ((data[(bit + step) >> 3] ?? 0) >> ((bit + step) & 7)) & 1);
    const code = bits.reduce((sum, one, step) => sum + one * 2 ** step, 0);
    bit += width;
    if (code === clear + 1) return pixels;
    if (code === clear) {
      runs = Array.from({ length: clear + 2 }, (_, root) => [root]);
      before = null;
      width = rootBits + 1;
      continue;
    }
    const run: number[] = runs[code] ?? [...(before ?? []), before?.[0] ?? -1];
    if (before !== null) runs.push([...before, run[0] ?? -1]);
    pixels.push(...run);
    before = run;
    if (runs.length === 2 ** width && width < 12) width++;
  }
  throw new Error("the picture has no end");
}

function enlarged(pixels: readonly (readonly boolean[])[], scale: number) {
  const side = pixels.length * scale;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (pixels[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true)
        data.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  }
  return { width: side, height: side, data };
}
