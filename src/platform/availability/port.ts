// The availability cache: a port with two adapters. No decision about stock reads it.

import type { Stock } from "../../domain/stock.ts";

export interface Availability extends Stock {
  readonly ticketTypeId: string;
  /** The object's version of these numbers: the higher one is the newer one. */
  readonly version: number;
}

/** The part of an object's state that is cached. */
export function availabilityOf({ ticketTypeId, capacity, held, sold, version }: Availability): Availability {
  return { ticketTypeId, capacity, held, sold, version };
}

export interface AvailabilityCache {
  /** False where there is no cache, so that writes would go nowhere. */
  readonly keeps: boolean;
  /** Stores each unless a newer one is there. Rejects when it cannot tell that this was done. */
  write(availabilities: readonly Availability[]): Promise<void>;
  /** Those it has, in no order; null if it did not answer. Never rejects. */
  read(ticketTypeIds: readonly string[]): Promise<Availability[] | null>;
  /** Whether it answers at this moment; null if there is no cache. */
  answers(): Promise<boolean | null>;
}
