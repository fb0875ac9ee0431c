// Who may have taken tickets when: so that a limit per buyer costs those nothing who come for the first time, and writing
// down who came touches few pages, however many came before. See docs/decisions/0026-eras.md.

import type { Store } from "./store.ts";

/** Reservations are numbered by eras of so many. Era 0 is what was there before eras were. */
export const RESERVATIONS_PER_ERA = 1_024;

// A Bloom filter for each era, of 32 bits a reservation and 4 of them set: one in five thousand accounts is looked up in an
// era in which it took nothing.
const BITS_PER_ERA = 32 * RESERVATIONS_PER_ERA;
const PROBES = 4;
// The filters of 32 eras stand bit by bit beside each other, so that one word tells of all of them.
const ERAS_PER_BLOCK = 32;

/** None where no era of it has buyers. */
type Blocks = (Uint32Array | undefined)[];

export class Buyers {
  readonly #store: Store;
  #blocks: Blocks | null = null;
  #hasFirstEra = false;
  /** The era of what is reserved now, and how many reservations it has. */
  #era = 1;
  #count = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The eras in which the account may have taken tickets: all in which it did, and seldom another. */
  erasOf(accountId: string): number[] {
    const blocks = this.#known();
    const probes = probesOf(accountId);
    const eras = this.#hasFirstEra ? [0] : [];
    for (const [number, block] of blocks.entries()) {
      let candidates = 0xffffffff;
      for (const bit of probes) candidates &= block?.[bit] ?? 0;
      for (; candidates !== 0; candidates &= candidates - 1) {
        eras.push(number * ERAS_PER_BLOCK + (31 - Math.clz32(candidates & -candidates)));
      }
    }
    return eras;
  }

  /** The era of a reservation that the account makes now. In the transaction that writes the reservation. */
  note(accountId: string): number {
    const blocks = this.#known();
    if (this.#count >= RESERVATIONS_PER_ERA) {
      this.#store.saveEra(this.#era, filterOf(blocks, this.#era));
      this.#era += 1;
      this.#count = 0;
    }
    this.#count += 1;
    set(blocks, this.#era, probesOf(accountId));
    return this.#era;
  }

  /** A transaction was undone: what was read in it, or written of eras that are over, may not be so. */
  forget(): void {
    this.#blocks = null;
  }

  #known(): Blocks {
    this.#blocks ??= this.#read();
    return this.#blocks;
  }

  /** All or nothing: whoever was not read, because the storage failed in the middle, would have no limit. */
  #read(): Blocks {
    const blocks: Blocks = [];
    const hasFirstEra = this.#store.hasBuyersIn(0);
    const lastEra = this.#store.lastEra();
    const over = new Set<number>();
    for (const { era, accounts } of this.#store.eras()) {
      set(blocks, era, bitsOf(new Uint8Array(accounts)));
      over.add(era);
    }
    let count = 0;
    for (let era = 1; era <= lastEra; era++) {
      // An era that is not over has no filter in the table yet; nor has one in which nobody has anything any more.
      const buyers = over.has(era) ? [] : this.#store.buyersIn(era);
      for (const accountId of buyers) set(blocks, era, probesOf(accountId));
      count = over.has(era) ? RESERVATIONS_PER_ERA : buyers.length;
    }
    this.#hasFirstEra = hasFirstEra;
    this.#era = Math.max(1, lastEra);
    this.#count = count;
    return blocks;
  }
}

function set(blocks: Blocks, era: number, bits: Iterable<number>): void {
  const block = blockOf(blocks, era);
  const mask = 1 << (era % ERAS_PER_BLOCK);
  for (const bit of bits) block[bit] = (block[bit] ?? 0) | mask;
}

function blockOf(blocks: Blocks, era: number): Uint32Array {
  const number = Math.floor(era / ERAS_PER_BLOCK);
  const block = blocks[number] ?? new Uint32Array(BITS_PER_ERA);
  blocks[number] = block;
  return block;
}

function filterOf(blocks: Blocks, era: number): Uint8Array<ArrayBuffer> {
  const block = blockOf(blocks, era);
  const filter = new Uint8Array(BITS_PER_ERA / 8);
  for (let bit = 0; bit < BITS_PER_ERA; bit++) {
    if (((block[bit] ?? 0) >>> (era % ERAS_PER_BLOCK)) & 1)
      filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return filter;
}

function* bitsOf(filter: Uint8Array): Iterable<number> {
  for (const [place, byte] of filter.entries()) {
    for (let bits = byte; bits !== 0; bits &= bits - 1) yield place * 8 + (31 - Math.clz32(bits & -bits));
  }
}

/** Two hashes of the text (FNV-1a, forwards and backwards) make all of them. */
function probesOf(text: string): number[] {
  let [first, second] = [0x811c9dc5, 0x811c9dc5];
  for (let place = 0; place < text.length; place++) {
    first = Math.imul(first ^ text.charCodeAt(place), 0x01000193);
    second = Math.imul(second ^ text.charCodeAt(text.length - 1 - place), 0x01000193);
  }
  // Odd, so that the probes differ.
  second |= 1;
  return Array.from({ length: PROBES }, (_, probe) => ((first + Math.imul(probe, second)) >>> 0) % BITS_PER_ERA);
}
