// Pictures of a pass's code: SVG for pages and print, GIF for mails, whose readers often drop SVG.

import encodeQR from "qr";
import { gifOf } from "./gif.ts";

// Version 6 holds 154 alphanumeric characters at level M. A longer text throws.
const FORM = { ecc: "medium", encoding: "alphanumeric", version: 6 } as const;
const MODULES = 41;
/** What a scanner needs around it (ISO/IEC 18004). */
const QUIET_MODULES = 4;
const SIDE = MODULES + 2 * QUIET_MODULES;
const PIXELS_A_MODULE = 4;

/** Black on white, whatever page it stands in: many scanners read no inverted code. */
export function qrSvg(code: string): string {
  const rows = encodeQR(code, "raw", { ...FORM, border: QUIET_MODULES });
  const runs = rows.flatMap((row, y) => runsOf(row).map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="QR code" ` +
    `shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${SIDE}v${SIDE}h-${SIDE}z"/>` +
    `<path d="${runs.join("")}"/></svg>`
  );
}

/** 196 pixels a side. `qr` draws GIFs, too, but compresses none: they are twenty times as large. */
export function qrGif(code: string): Uint8Array<ArrayBuffer> {
  return gifOf(encodeQR(code, "raw", { ...FORM, border: QUIET_MODULES }), PIXELS_A_MODULE);
}

/** Where black modules stand side by side in a row: one shape each, so that no seams show. */
function runsOf(row: readonly boolean[]): [x: number, length: number][] {
  const text = row.map((isBlack) => (isBlack ? "1" : "0")).join("");
  return [...text.matchAll(/1+/g)].map(({ index, 0: run }) => [index, run.length]);
}
