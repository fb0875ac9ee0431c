// Passes of what was bought, to which nothing has happened.

import type { EndOfPasses } from "../../crash/look-at-doors.ts";
import type { Body } from "../../crash/record.ts";

export function untouchedPasses(bodies: readonly Pick<Body, "id" | "quantity" | "state">[]): EndOfPasses {
  const sold = bodies.filter(({ state }) => state === "confirmed");
  const ofBuyers = sold.map(({ id, quantity }) => {
    const passes = Array.from({ length: quantity }, (_, index) => {
      return { id: `${id}-${index + 1}`, state: "valid", admitted_at: null, revoked_at: null };
    });
    return [id, passes] as const;
  });
  return { atGates: new Map(), onDevice: new Map(), rows: new Map(), counted: new Map(), ofBuyers: new Map(ofBuyers) };
}
