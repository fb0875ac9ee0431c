// What happens to passes at a door, on the wire.

import * as z from "zod";
import { PASS_STATES } from "../../domain/pass.ts";
import { Id, Instant, line, OrderId, PassId, ReservationId } from "../http/fields.ts";
import { Disputed } from "../payments/schemas.ts";

export const MAX_SCANS = 1_000;
export const MAX_BATCH_BYTES = 512 * 1024;
// A code has 150 characters. What a camera reads besides is no code, and is answered as such.
const MAX_READ = 1_000;
const KEY_PATTERN = /^[\w-]{16,64}$/;

export const PassPath = z.strictObject({ pass: PassId });

const Key = z
  .string()
  .regex(KEY_PATTERN, "must be 16 to 64 letters, digits, - or _")
  .meta({
    id: "ScanKey",
    description:
      "The device makes one for each scan, such as a UUID, and sends it again with a repeat: that has one effect and one answer",
    examples: ["0b5b1a52-6a3c-4a55-9d5e-6a7f0c7e2a11"],
  });
const At = Instant.optional().meta({
  description: "When it was scanned, if the device was offline, by its own clock. Left out: now",
});
const Gate = line(50).meta({ examples: ["North"] });
const Code = z.string().max(MAX_READ).meta({ description: "What was read: any text, a pass's code or not" });
const Direction = z
  .enum(["in", "out"])
  .optional()
  .meta({ description: "`out` where somebody leaves who may come in again. Left out: `in`" });

const scanFields = { code: Code, gate: Gate, at: At, key: Key, direction: Direction };
export const NewCheckIn = z
  .strictObject({
    event: Id,
    ...scanFields,
    code: Code.optional(),
    pass: PassId.optional().meta({ description: "Instead of `code`, for a person who has lost it" }),
  })
  .refine(({ code, pass }) => (code === undefined) !== (pass === undefined), {
    path: ["code"],
    message: "is required, or pass instead of it",
  })
  .meta({ id: "NewCheckIn" });
export const NewCheckIns = z
  .strictObject({
    event: Id,
    sent_at: Instant.optional().meta({
      description:
        "Now, by the device's clock. What it differs from the service's is made up for in each `at`. Left out: `at` counts as it is",
    }),
    scans: z.array(z.strictObject(scanFields)).min(1).max(MAX_SCANS),
  })
  .meta({ id: "NewCheckIns" });
export const Undoing = z
  .strictObject({
    key: Key,
    check_in: Key.optional().meta({ description: "The key of the check-in to take back. Left out: whichever counts" }),
  })
  .meta({ id: "Undoing" });
export const GoingOut = z.strictObject({ gate: Gate, at: At, key: Key }).meta({ id: "GoingOut" });

export const DoorPass = z
  .strictObject({
    id: PassId,
    state: z.enum(PASS_STATES),
    outside: z.boolean().meta({ description: "Went out, and has not come in again" }),
    holder: z.string().nullable().meta({ description: "Null where nobody has named who goes in with it" }),
    passed_on_to: z.string().nullable().meta({
      description:
        "A part of the address that it was passed on to, such as `a…@example.com`: it is its buyer's no longer. Else null",
    }),
    ticket: z.strictObject({ id: Id, name: z.string() }),
    price: z.strictObject({ id: Id.nullable(), name: z.string() }),
    reservation: ReservationId,
    order: OrderId.nullable(),
    disputed: Disputed,
  })
  .meta({ id: "DoorPass" });
export const FoundPass = DoorPass.extend({
  bought_by: z.string().nullable().meta({
    description:
      "The username of the account that bought it, or the name of the counter's customer; of an address only a part. Null for guests, and where no name was given",
  }),
}).meta({ id: "FoundPass" });

const RESULTS = [
  ...(["admitted", "readmitted", "went_out", "undone"] as const),
  ...(["already_admitted", "revoked", "wrong_event", "unknown", "too_early"] as const),
  ...(["not_admitted", "already_out", "reentry_not_allowed"] as const),
] as const;
const checkInFields = {
  key: z.string(),
  pass: DoorPass.nullable().meta({ description: "Null where the code is of no pass of this event" }),
  at: Instant.nullable().meta({ description: "When it happened. Of `already_admitted`: when the pass went in" }),
  gate: z.string().nullable().meta({ description: "Where the pass went in" }),
  displaced: z
    .strictObject({ at: Instant, gate: z.string() })
    .nullable()
    .meta({ description: "Somebody who went in later with the same pass, but whose scan was here first" }),
  doors_open_at: Instant.nullable().meta({ description: "Of `too_early`" }),
};
export const CheckIn = z
  .strictObject({
    result: z.enum(RESULTS).meta({ description: "Only `admitted` and `readmitted` let the person in" }),
    ...checkInFields,
  })
  .meta({ id: "CheckIn" });
export const CheckInOfBatch = z
  .strictObject({
    result: z.enum([...RESULTS, "key_reused"]).meta({ description: "`key_reused`: the key was another scan's" }),
    ...checkInFields,
  })
  .meta({ id: "CheckInOfBatch" });
export const CheckIns = z
  .strictObject({ results: z.array(CheckInOfBatch).meta({ description: "In the order of the scans" }) })
  .meta({ id: "CheckIns" });
