// How each type of problem looks on the wire, for the API's description.

import * as z from "zod";
import { Scope } from "../auth/scopes.ts";
import { FieldError } from "./field-errors.ts";
import { Currency, Id, Instant, Money, OrderId, PassId, ReservationId, SaleState } from "./fields.ts";
import { PROBLEMS, type ProblemType } from "./problem-types.ts";
import { MAX_ERRORS } from "./problems.ts";

const Detail = z.string().meta({ id: "ProblemDetail", description: "What went wrong this time, for people" });
const Count = z.int().min(0);
const OF_ORDER = {
  item: Count.optional().meta({
    description: "If an order was refused: the index of the item that is to blame, from 0",
  }),
};

/** The members that only some types have. */
const MEMBERS: Partial<Readonly<Record<ProblemType, z.ZodRawShape>>> = {
  "sold-out": { available: Count.meta({ description: "How many are left" }), ...OF_ORDER },
  "not-on-sale": {
    sale_state: SaleState.optional(),
    sales_start: Instant.nullable(),
    sales_end: Instant.nullable(),
    ...OF_ORDER,
  },
  "limit-reached": {
    max_per_buyer: Count,
    left_for_you: Count.meta({ description: "How many more this buyer may reserve" }),
    ...OF_ORDER,
  },
  "code-refused": OF_ORDER,
  "code-used-up": { uses_left: Count, ...OF_ORDER },
  "quantity-not-allowed": { min_per_order: Count, max_per_order: Count.nullable(), ...OF_ORDER },
  "total-too-large": { most: Money.meta({ description: "What can be paid at once" }) },
  "terms-not-accepted": { terms_version: z.string().meta({ description: "The version to accept" }), ...OF_ORDER },
  "code-exists": { code: z.string() },
  "not-found": OF_ORDER,
  "part-of-order": { order: OrderId.nullable() },
  "already-confirmed": {
    refundable_until: Instant.nullable()
      .optional()
      .meta({ description: "After a `DELETE`: until when it could be given back; null: not at all" }),
  },
  "refund-exceeds": {
    left: Money.meta({ description: "Of the payment" }),
    items: z
      .array(z.strictObject({ reservation: ReservationId, quantity: Count }))
      .meta({ description: "Tickets that have not been given back" }),
  },
  "pass-revoked": { pass: PassId.optional(), revoked_at: Instant },
  "pass-admitted": { admitted_at: Instant, gate: z.string() },
  "names-closed": { closed_at: Instant },
  "refund-not-failed": { state: z.enum(["due", "pending", "succeeded", "failed"]) },
  "already-called-off": { refund: z.boolean(), message: z.string().optional() },
  "scope-missing": { scope: Scope.nullable().meta({ description: "Null: no key can do it" }) },
  "organises-events": { events: z.array(Id).meta({ description: "Ids of these events, at most 20" }) },
  "event-has-sales": { held: Count, sold: Count },
  "has-reservations": { held: Count, sold: Count },
  "currency-frozen": { currency: Currency },
  "other-currency": { currency: Currency.meta({ description: "The currency of the event" }) },
  "capacity-below-committed": { held: Count, sold: Count },
  "too-many-watchers": { poll: z.string().meta({ description: "The path to ask every few seconds instead" }) },
  "invalid-request": {
    errors: z
      .array(FieldError)
      .max(MAX_ERRORS)
      .meta({ description: `One error per invalid field, at most ${MAX_ERRORS}` }),
  },
};

/** As a component is called: `SoldOut` of `sold-out`. */
export function problemName(type: ProblemType): string {
  return type.replace(/(?:^|-)(\w)/g, (_dash, letter: string) => letter.toUpperCase());
}

type ProblemSchema = z.ZodObject<{ type: z.ZodLiteral<string> }>;

const schemas = new Map<ProblemType, ProblemSchema>();

/** What a reply looks like that has one of these problems: by `type`, which of them. */
export function problemSchema(types: readonly ProblemType[]): z.ZodType {
  const [first, ...others] = types.map(schemaOf);
  if (first === undefined) throw new Error("a reply without a problem");
  return others.length === 0 ? first : z.discriminatedUnion("type", [first, ...others]);
}

function schemaOf(type: ProblemType): ProblemSchema {
  const known = schemas.get(type);
  if (known !== undefined) return known;
  const { status, title } = PROBLEMS[type];
  const schema = z
    .strictObject({
      type: z.literal(`/problems/${type}`),
      title: z.string(),
      status: z.literal(status),
      detail: Detail,
      ...MEMBERS[type],
    })
    .meta({ id: `${problemName(type)}Problem`, description: title });
  schemas.set(type, schema);
  return schema;
}
