// Differences between an object's passes and their copies in D1. A pass that nothing has happened
// to has a row in neither. Pure.

import { passIdOf } from "../../domain/pass.ts";
import type { AuditedReservation, PassCopy } from "../../durable/ticket-type/protocol.ts";
import { type Finding, finding, pick } from "./differences.ts";

/** `copies`: D1's passes of these reservations. Objects that know none leave them out. */
export function passFindings(reservations: readonly AuditedReservation[], copies: readonly PassCopy[]): Finding[] {
  const inD1 = Map.groupBy(copies, ({ reservationId }) => reservationId);
  return reservations.flatMap(({ copy: { id, orderId }, passes }) => {
    if (passes === undefined) return [];
    const rows = new Map((inD1.get(id) ?? []).map((row) => [row.number, row]));
    const findings = passes.flatMap((expected) => {
      const row = rows.get(expected.number);
      rows.delete(expected.number);
      return difference(expected, row ?? null, orderId);
    });
    return [...findings, ...[...rows.values()].flatMap((row) => difference(null, row, orderId))];
  });
}

function difference(expected: PassCopy | null, row: PassCopy | null, orderId: string | null): Finding[] {
  const named = expected ?? row;
  if (named === null) return [];
  const about = { reservationId: named.reservationId, orderId, passId: passIdOf(named) };
  if (row === null) return [finding("pass_not_copied", expected, null, about)];
  if (expected === null) return [finding("pass_not_known", null, row, about)];
  const columns = Object.keys(expected) as (keyof PassCopy)[];
  const wrong = columns.filter((column) => expected[column] !== row[column]);
  // The version shows whether the copy is only late.
  const shown = [...new Set([...wrong, "version" as const])];
  return wrong.length === 0 ? [] : [finding("pass_copy", pick(expected, shown), pick(row, shown), about)];
}
