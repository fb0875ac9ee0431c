// The form of a pass's code, without its keys: docs/decisions/0052-pass-codes.md.

import { fromBase45, toBase45 } from "./base45.ts";
import { ID_SYMBOLS, PASS_ID_PATTERN, TICKET_TYPE_ID_LENGTH } from "./id-forms.ts";
import { passIdOf, readPassId } from "./pass.ts";

/** What a code says: which pass, and how often it had been passed on when the code was made. */
export interface PassClaim {
  readonly passId: string;
  /** 0 to 255. */
  readonly generation: number;
}

export interface PassCode extends PassClaim {
  /** Which of the keys signed it, by its own account. */
  readonly keyNumber: number;
  /** What is signed: version, number of the key, claim. */
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

const PREFIX = "TO1:";
const VERSION = 1;
const SIGNATURE_LENGTH = 64;
// Version, key, 30 bytes of ids (48 symbols of five bits), generation.
const SIGNED_LENGTH = 33;
const RESERVATION_SYMBOLS = 45;
// 45 bits of milliseconds since 1970: of an id that has no time they are 0, when no id was made.
const NO_TIME = "000000000";
const SYMBOLS_A_GROUP = 8;
const BYTES_A_GROUP = 5;

/** The bytes to sign: the key's number is among them, so that no other key can be named. */
export function bytesToSign({ passId, generation }: PassClaim, keyNumber: number): Uint8Array<ArrayBuffer> {
  const name = PASS_ID_PATTERN.test(passId) ? readPassId(passId) : null;
  if (name === null) throw new TypeError("A code is of a pass, by its id");
  const [ticketTypeId = "", rest = ""] = name.reservationId.split("-");
  const ids = ticketTypeId + rest.padStart(RESERVATION_SYMBOLS - TICKET_TYPE_ID_LENGTH, "0") + symbolsOf(name.number);
  return Uint8Array.of(VERSION, keyNumber, ...packed(ids), generation);
}

/** 150 characters, all of a QR code's alphanumeric mode. */
export function writePassCode(signed: Uint8Array, signature: Uint8Array): string {
  return PREFIX + toBase45(Uint8Array.of(...signed, ...signature));
}

/**
 * Null for what is no code. There is one text for each code: nothing is trimmed, and lower case is
 * not raised. Whether its signature is right is not looked at.
 */
export function readPassCode(code: string): PassCode | null {
  const bytes = code.startsWith(PREFIX) ? fromBase45(code.slice(PREFIX.length)) : null;
  if (bytes?.length !== SIGNED_LENGTH + SIGNATURE_LENGTH || bytes[0] !== VERSION) return null;
  const signed = Uint8Array.from(bytes.subarray(0, SIGNED_LENGTH));
  const [, keyNumber = 0, ...claim] = signed;
  const passId = passIdFrom(unpacked(claim.slice(0, -1)));
  if (passId === null) return null;
  const signature = Uint8Array.from(bytes.subarray(SIGNED_LENGTH));
  return { passId, generation: claim.at(-1) ?? 0, keyNumber, signed, signature };
}

/** Null where the number is none that a pass can have. */
function passIdFrom(symbols: string): string | null {
  const ticketTypeId = symbols.slice(0, TICKET_TYPE_ID_LENGTH);
  const rest = symbols.slice(TICKET_TYPE_ID_LENGTH, RESERVATION_SYMBOLS);
  const unique = rest.startsWith(NO_TIME) ? rest.slice(NO_TIME.length) : rest;
  const number = numberOf(symbols.slice(RESERVATION_SYMBOLS));
  const passId = passIdOf({ reservationId: `${ticketTypeId}-${unique}`, number });
  return PASS_ID_PATTERN.test(passId) ? passId : null;
}

function symbolsOf(number: number): string {
  const shifts = [10, 5, 0];
  return shifts.map((shift) => ID_SYMBOLS.charAt((number >> shift) & 31)).join("");
}

function numberOf(symbols: string): number {
  return [...symbols].reduce((number, symbol) => number * ID_SYMBOLS.length + ID_SYMBOLS.indexOf(symbol), 0);
}

/** Eight symbols are five bytes: 40 bits, which a number holds exactly. */
function packed(symbols: string): number[] {
  const groups = symbols.match(new RegExp(`.{${SYMBOLS_A_GROUP}}`, "g")) ?? [];
  return groups.flatMap((group) => {
    const value = numberOf(group);
    return [32, 24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256);
  });
}

function unpacked(bytes: readonly number[]): string {
  let symbols = "";
  for (let at = 0; at < bytes.length; at += BYTES_A_GROUP) {
    const value = bytes.slice(at, at + BYTES_A_GROUP).reduce((sum, byte) => sum * 256 + byte, 0);
    for (let left = SYMBOLS_A_GROUP - 1; left >= 0; left--) {
      symbols += ID_SYMBOLS.charAt(Math.floor(value / ID_SYMBOLS.length ** left) % ID_SYMBOLS.length);
    }
  }
  return symbols;
}
