// The forms of ids, and what an id says by itself. Ids are made in src/platform/ids.ts.

/** Crockford's base 32 in lower case (no i, l, o, u). Five bits each. */
export const ID_SYMBOLS = "0123456789abcdefghjkmnpqrstvwxyz";
const SYMBOL = `[${ID_SYMBOLS}]`;
export const TICKET_TYPE_ID_LENGTH = 16;
export const LONG_ID_LENGTH = 20;
/** 45 bits of milliseconds since 1970 last for a thousand years. */
export const TIME_LENGTH = 9;

/** 80 bits, random or of a hash: events, ticket types and accounts. */
export const ID_PATTERN = new RegExp(`^${SYMBOL}{${TICKET_TYPE_ID_LENGTH}}$`);
/** The ticket type's id, the time, and 100 random bits. Ids of an earlier version have no time. */
const RESERVATION_ID = `${SYMBOL}{${TICKET_TYPE_ID_LENGTH}}-(?:${SYMBOL}{${TIME_LENGTH}})?${SYMBOL}{${LONG_ID_LENGTH}}`;
export const RESERVATION_ID_PATTERN = new RegExp(`^${RESERVATION_ID}$`);
/** Its reservation's id and its number there: 1 to 1000, as many as a reservation may be of. */
export const PASS_ID_PATTERN = new RegExp(`^${RESERVATION_ID}-(?:[1-9][0-9]{0,2}|1000)$`);

/** Of an order: 80 bits and check characters. */
export const ORDER_ID_PATTERN = new RegExp(`^${SYMBOL}{${LONG_ID_LENGTH}}$`);

/** The ticket type, and with it the object, that a reservation's id names. */
export function ticketTypeIdOf(reservationId: string): string {
  return reservationId.slice(0, TICKET_TYPE_ID_LENGTH);
}
