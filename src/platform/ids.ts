// Identifiers: random, lower-case base 32 (Crockford's: no i, l, o, u), safe in a URL, and never guessed.

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const SYMBOL = `[${ALPHABET}]`;
export const TICKET_TYPE_ID_LENGTH = 16;
const LONG_ID_LENGTH = 20;
// 45 bits of milliseconds since 1970: for a thousand years.
const TIME_LENGTH = 9;

/** 80 random bits: events, ticket types and accounts. */
export const ID_PATTERN = new RegExp(`^${SYMBOL}{${TICKET_TYPE_ID_LENGTH}}$`);
/** Its ticket type's id, when it was made, and 100 random bits. Ids of an earlier version do not say when. */
export const RESERVATION_ID_PATTERN = new RegExp(
  `^${SYMBOL}{${TICKET_TYPE_ID_LENGTH}}-(?:${SYMBOL}{${TIME_LENGTH}})?${SYMBOL}{${LONG_ID_LENGTH}}$`,
);

export function newId(): string {
  return randomSymbols(TICKET_TYPE_ID_LENGTH);
}

/** A session, or an entry of the audit log: as hard to guess as a reservation. */
export function newLongId(): string {
  return randomSymbols(LONG_ID_LENGTH);
}

/**
 * Those made one after the other stand next to each other in an index: a thousand new ones are then written to a few pages,
 * and not to a thousand. See docs/decisions/0026-eras.md.
 */
export function newReservationId(ticketTypeId: string): string {
  return `${ticketTypeId}-${newPaymentId()}`;
}

/** As of a reservation: in the order in which they are made. */
export function newPaymentId(): string {
  return timeSymbols(Date.now()) + newLongId();
}

/** The ticket type that a reservation's id names, and with it the object that knows the reservation. */
export function ticketTypeIdOf(reservationId: string): string {
  return reservationId.slice(0, TICKET_TYPE_ID_LENGTH);
}

function timeSymbols(atMs: number): string {
  let symbols = "";
  for (let left = atMs, count = 0; count < TIME_LENGTH; count++, left = Math.floor(left / ALPHABET.length)) {
    symbols = ALPHABET.charAt(left % ALPHABET.length) + symbols;
  }
  return symbols;
}

function randomSymbols(length: number): string {
  // 256 is a multiple of 32, so every symbol is equally likely.
  let symbols = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(length))) symbols += ALPHABET[byte % 32];
  return symbols;
}
