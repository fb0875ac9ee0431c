// Identifiers: random, lower-case base 32 (Crockford's: no i, l, o, u), safe in a URL, and never guessed.

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const SYMBOL = `[${ALPHABET}]`;
export const TICKET_TYPE_ID_LENGTH = 16;
const RESERVATION_SUFFIX_LENGTH = 20;

/** 80 random bits: events, ticket types and accounts. */
export const ID_PATTERN = new RegExp(`^${SYMBOL}{${TICKET_TYPE_ID_LENGTH}}$`);
/** Its ticket type's id and 100 random bits. */
export const RESERVATION_ID_PATTERN = new RegExp(
  `^${SYMBOL}{${TICKET_TYPE_ID_LENGTH}}-${SYMBOL}{${RESERVATION_SUFFIX_LENGTH}}$`,
);

export function newId(): string {
  return randomSymbols(TICKET_TYPE_ID_LENGTH);
}

/** A session or a payment: as hard to guess as a reservation. */
export function newLongId(): string {
  return randomSymbols(RESERVATION_SUFFIX_LENGTH);
}

export function newReservationId(ticketTypeId: string): string {
  return `${ticketTypeId}-${randomSymbols(RESERVATION_SUFFIX_LENGTH)}`;
}

/** The ticket type that a reservation's id names, and with it the object that knows the reservation. */
export function ticketTypeIdOf(reservationId: string): string {
  return reservationId.slice(0, TICKET_TYPE_ID_LENGTH);
}

function randomSymbols(length: number): string {
  // 256 is a multiple of 32, so every symbol is equally likely.
  let symbols = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(length))) symbols += ALPHABET[byte % 32];
  return symbols;
}
