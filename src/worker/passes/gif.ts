// A GIF of two colours, compressed as its specification says (GIF89a, appendix F). Pure.

/** Pictures of two colours have codes as if they had four, because codes of one bit are too few. */
const ROOT_BITS = 2;
const CLEAR = 2 ** ROOT_BITS;
const END = CLEAR + 1;
const MOST_CODES = 4_096;
const MOST_IN_BLOCK = 255;
const HEADER = "GIF87a";
/** It has a table of two colours: white and black. */
const FLAGS = 0x80;
const WHITE_AND_BLACK = [255, 255, 255, 0, 0, 0];
const IMAGE = 0x2c;
const TRAILER = 0x3b;

/** `rows`: of one length, true where it is black. Each is `scale` pixels wide and high. */
export function gifOf(rows: readonly (readonly boolean[])[], scale: number): Uint8Array<ArrayBuffer> {
  const size = [...asTwoBytes((rows[0]?.length ?? 0) * scale), ...asTwoBytes(rows.length * scale)];
  const data = compressed(pixelsOf(rows, scale));
  const blocks = [];
  for (let first = 0; first < data.length; first += MOST_IN_BLOCK) {
    const block = data.slice(first, first + MOST_IN_BLOCK);
    blocks.push(block.length, ...block);
  }
  return Uint8Array.from([
    ...new TextEncoder().encode(HEADER),
    ...size,
    ...[FLAGS, 0, 0, ...WHITE_AND_BLACK],
    ...[IMAGE, 0, 0, 0, 0, ...size, 0],
    ...[ROOT_BITS, ...blocks, 0],
    TRAILER,
  ]);
}

function asTwoBytes(number: number): [low: number, high: number] {
  return [number & 0xff, number >> 8];
}

/** 1 where it is black. */
function pixelsOf(rows: readonly (readonly boolean[])[], scale: number): Uint8Array {
  const width = (rows[0]?.length ?? 0) * scale;
  const pixels = new Uint8Array(width * rows.length * scale);
  for (const [y, row] of rows.entries()) {
    const first = y * scale * width;
    for (const [x, isBlack] of row.entries()) {
      if (isBlack) pixels.fill(1, first + x * scale, first + (x + 1) * scale);
    }
    for (let copy = 1; copy < scale; copy++) pixels.copyWithin(first + copy * width, first, first + width);
  }
  return pixels;
}

/**
 * LZW: a code stands for the longest run of pixels that was seen before. Each new run, which is a
 * known one and a pixel more, gets the next code; once all are given, it begins afresh.
 */
function compressed(pixels: Uint8Array): number[] {
  const bits = new BitWriter();
  // By the known run's code, twice, and the pixel. 0: not seen yet.
  const codes = new Uint16Array(MOST_CODES * 2);
  let next = END + 1;
  let width = ROOT_BITS + 1;
  let run = pixels[0] ?? 0;
  bits.write(CLEAR, width);
  for (const pixel of pixels.subarray(1)) {
    const longer = codes[run * 2 + pixel] ?? 0;
    if (longer !== 0) {
      run = longer;
      continue;
    }
    bits.write(run, width);
    if (next === MOST_CODES) {
      bits.write(CLEAR, width);
      codes.fill(0);
      next = END + 1;
      width = ROOT_BITS + 1;
    } else {
      // The reader knows this code after the next one, so that one may be this wide already.
      if (next === 2 ** width) width++;
      codes[run * 2 + pixel] = next++;
    }
    run = pixel;
  }
  bits.write(run, width);
  bits.write(END, width);
  return bits.done();
}

/** Codes of some bits side by side, the lowest bit first. */
class BitWriter {
  readonly #bytes: number[] = [];
  #pending = 0;
  #count = 0;

  write(code: number, width: number): void {
    this.#pending |= code << this.#count;
    this.#count += width;
    for (; this.#count >= 8; this.#count -= 8) {
      this.#bytes.push(this.#pending & 0xff);
      this.#pending >>= 8;
    }
  }

  done(): number[] {
    if (this.#count > 0) this.#bytes.push(this.#pending & 0xff);
    return this.#bytes;
  }
}
