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

export class Buyers {
  readonly #store: Store;
  #blocks: Uint32Array[] | null = null;
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
      for (const bit of probes) candidates &= block[bit] ?? 0;
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
    // A bit too many is looked up in vain. So what is noted in a transaction that is undone may stay.
    set(blocks, this.#era, probesOf(accountId));
    return this.#era;
  }

  #known(): Uint32Array[] {
    this.#blocks ??= this.#read();
    return this.#blocks;
  }

  /** All or nothing: whoever was not read, because the storage failed in the middle, would have no limit. */
  #read(): Uint32Array[] {
    const blocks: Uint32Array[] = [];
    const hasFirstEra = this.#store.hasBuyersIn(0);
    const kept = new Map(this.#store.eras().map(({ era, accounts }) => [era, new Uint8Array(accounts)]));
    const lastEra = this.#store.lastEra();
    let count = 0;
    for (let era = 1; era <= lastEra; era++) {
      const filter = kept.get(era);
      // An era that is not over has no filter in the table yet.
      const buyers = filter === undefined ? this.#store.buyersIn(era) : [];
      for (const accountId of buyers) set(blocks, era, probesOf(accountId));
      if (filter !== undefined) set(blocks, era, bitsOf(filter));
      count = filter === undefined ? buyers.length : RESERVATIONS_PER_ERA;
    }
    this.#hasFirstEra = hasFirstEra;
    this.#era = Math.max(1, lastEra);
    this.#count = count;
    return blocks;
  }
}

function set(blocks: Uint32Array[], era: number, bits: Iterable<number>): void {
  const block = blockOf(blocks, era);
  const mask = 1 << (era % ERAS_PER_BLOCK);
  for (const bit of bits) block[bit] = (block[bit] ?? 0) | mask;
}

function blockOf(blocks: Uint32Array[], era: number): Uint32Array {
  const number = Math.floor(era / ERAS_PER_BLOCK);
  while (blocks.length <= number) blocks.push(new Uint32Array(BITS_PER_ERA));
  return blocks[number] as Uint32Array;
}

function filterOf(blocks: Uint32Array[], era: number): Uint8Array<ArrayBuffer> {
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
