// Base45 (RFC 9285): bytes in the characters that a QR code stores at two for eleven bits.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const BASE = ALPHABET.length;

/** Two bytes are three characters, a last one is two; the least significant one comes first. */
export function toBase45(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const [first = 0, second] = bytes.subarray(at, at + 2);
    text += second === undefined ? characters(first, 2) : characters(first * 256 + second, 3);
  }
  return text;
}

/** Null for what no bytes are written as. Different texts never stand for the same bytes. */
export function fromBase45(text: string): Uint8Array | null {
  if (text.length % 3 === 1) return null;
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 3) {
    const group = text.slice(at, at + 3);
    const value = numberIn(group);
    if (value === null || value >= (group.length === 3 ? 65_536 : 256)) return null;
    if (group.length === 3) bytes.push(value >> 8);
    bytes.push(value & 255);
  }
  return Uint8Array.from(bytes);
}

function characters(value: number, count: number): string {
  let text = "";
  for (let left = value; text.length < count; left = Math.floor(left / BASE)) text += ALPHABET.charAt(left % BASE);
  return text;
}

function numberIn(group: string): number | null {
  let value = 0;
  for (const character of [...group].reverse()) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return null;
    value = value * BASE + digit;
  }
  return value;
}
