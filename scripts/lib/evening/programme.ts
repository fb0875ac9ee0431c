// What the evening sells: three ticket types, in proportion to the places of the hall.

/** One way to buy a ticket type. Amounts are in cents. */
export interface PlannedPrice {
  readonly name: string;
  readonly amountMinor: number;
  /** Null for as many as the ticket type has. */
  readonly capacity: number | null;
  readonly needsCode: boolean;
}

export interface PlannedType {
  readonly name: string;
  readonly capacity: number;
  readonly maxPerBuyer: number;
  readonly prices: readonly PlannedPrice[];
}

export const CURRENCY = "EUR";
/** How many tickets each of the members' codes is good for. */
export const USES_OF_A_CODE = 2;
const SHARE_OF_BALCONY = 5 / 16;
const SHARE_OF_BOXES = 1 / 16;
const SHARE_EARLY = 1 / 5;
const SHARE_OF_MEMBERS = 1 / 5;

/** 800 places are 500, 250 and 50. */
export function plannedTypes(places: number): readonly PlannedType[] {
  const balcony = Math.round(places * SHARE_OF_BALCONY);
  const boxes = Math.max(1, Math.round(places * SHARE_OF_BOXES));
  const stalls = places - balcony - boxes;
  const price = (name: string, euros: number, capacity: number | null = null, needsCode = false): PlannedPrice => {
    return { name, amountMinor: euros * 100, capacity, needsCode };
  };
  return [
    {
      name: "Stalls",
      capacity: stalls,
      maxPerBuyer: 6,
      prices: [
        price("Adult", 42),
        price("Child", 15),
        price("Concession", 28),
        price("Early bird", 32, Math.max(2, Math.round(stalls * SHARE_EARLY))),
      ],
    },
    {
      name: "Balcony",
      capacity: balcony,
      maxPerBuyer: 6,
      prices: [
        price("Adult", 35),
        price("Concession", 22),
        price("Members", 25, Math.max(2, Math.round(balcony * SHARE_OF_MEMBERS)), true),
      ],
    },
    { name: "Boxes", capacity: boxes, maxPerBuyer: 4, prices: [price("Seat", 90)] },
  ];
}

/** As many codes as the members' price has tickets for. */
export function codesFor(capacity: number): readonly string[] {
  return Array.from({ length: Math.ceil(capacity / USES_OF_A_CODE) }, (_, number) => `MEMBER ${1_001 + number}`);
}
