// Ids: lower-case base 32 (Crockford's: no i, l, o, u), random or derived from a key.

import { createHash, createHmac } from "node:crypto";
import { ID_SYMBOLS, LONG_ID_LENGTH, TICKET_TYPE_ID_LENGTH, TIME_LENGTH } from "../domain/id-forms.ts";

const CODE_LENGTH = 10;
// Who invents a million ids of ticket types finds one whose other four symbols are right.
const UNCHECKED_LENGTH = 12;

export function newId(): string {
  return randomSymbols(TICKET_TYPE_ID_LENGTH);
}

/**
 * The id of what a request with an idempotency key makes: a repeat finds it. Who can guess the key
 * can compute the id, and tell a draft by it from nothing, so keys should be random, as the API
 * asks. A secret in the hash would change when it is rotated, and then a repeat would make a second
 * thing: a ticket type, whose id has check characters as well, is found without them.
 */
export function derivedId(...parts: readonly string[]): string {
  return symbolsOf(sha256(JSON.stringify(parts)).subarray(0, TICKET_TYPE_ID_LENGTH));
}

/** The id, its last symbols replaced by check characters that only the secret's owner can make. */
export function withCheck(id: string, secret: string): string {
  const unchecked = uncheckedPart(id);
  const digest = createHmac("sha256", secret).update(`ticket type id\0${unchecked}`).digest();
  return unchecked + symbolsOf(digest.subarray(0, TICKET_TYPE_ID_LENGTH - UNCHECKED_LENGTH));
}

/** What stays the same in the id of a ticket type when the secret changes. */
export function uncheckedPart(id: string): string {
  return id.slice(0, UNCHECKED_LENGTH);
}

/** Tells whether two requests with one idempotency key are the same. */
export function hashOf(text: string): string {
  return sha256(text).toString("base64url");
}

/** 50 bits: a code for a buyer to type, in capitals. */
export function newCode(): string {
  return randomSymbols(CODE_LENGTH).toUpperCase();
}

/** A session, or an entry of the audit log: as hard to guess as a reservation. */
export function newLongId(): string {
  return randomSymbols(LONG_ID_LENGTH);
}

/**
 * New ids follow each other in the table, so that a thousand rows are written to a few pages
 * (docs/decisions/0030-one-index-of-buyers.md).
 */
export function newReservationId(ticketTypeId: string): string {
  return `${ticketTypeId}-${newPaymentId()}`;
}

export function newPaymentId(): string {
  return timeSymbols(Date.now()) + newLongId();
}

/** When a payment's id was made. */
export function startMsOf(paymentId: string): number {
  const symbols = [...paymentId.slice(0, TIME_LENGTH)];
  return symbols.reduce((time, symbol) => time * ID_SYMBOLS.length + ID_SYMBOLS.indexOf(symbol), 0);
}

/** The id of a new order: 80 bits, random or derived from a key, and four check characters. */
export function orderIdFrom(unchecked: string, secret: string): string {
  const digest = createHmac("sha256", secret).update(`order id\0${unchecked}`).digest();
  return unchecked + symbolsOf(digest.subarray(0, LONG_ID_LENGTH - TICKET_TYPE_ID_LENGTH));
}

/** The part of an order's id that names its object: it stays the same when the secret changes. */
export function orderNameOf(orderId: string): string {
  return orderId.slice(0, TICKET_TYPE_ID_LENGTH);
}

function timeSymbols(atMs: number): string {
  let symbols = "";
  for (let left = atMs, count = 0; count < TIME_LENGTH; count++, left = Math.floor(left / ID_SYMBOLS.length)) {
    symbols = ID_SYMBOLS.charAt(left % ID_SYMBOLS.length) + symbols;
  }
  return symbols;
}

function randomSymbols(length: number): string {
  return symbolsOf(crypto.getRandomValues(new Uint8Array(length)));
}

/** One symbol a byte. 256 is a multiple of 32, so every symbol is equally likely. */
function symbolsOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => ID_SYMBOLS.charAt(byte % ID_SYMBOLS.length)).join("");
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
