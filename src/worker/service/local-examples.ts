// In development the API's examples name what this machine's database has, so that they work.

import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";

interface Found {
  readonly event: string;
  readonly ticketType: string;
}

/** What was bought last, with its first refund if there is one. */
interface Bought {
  readonly id: string;
  readonly refund: string | null;
}

const NEWEST_RESERVATION = `
  SELECT id, refunds ->> '$[0].id' AS refund FROM reservations WHERE order_id IS NULL
  ORDER BY created_at_ms DESC, id DESC LIMIT 1`;
const NEWEST_ORDER = `
  SELECT id, refunds ->> '$[0].id' AS refund FROM orders WHERE counter IS NULL
  ORDER BY created_at_ms DESC, id DESC LIMIT 1`;

/** The description, and how long clients may keep it: with ids of this machine, not at all. */
export async function withLocalExamples(
  description: string,
  env: Env,
): Promise<{ readonly text: string; readonly cacheControl: string }> {
  // In this form esbuild leaves the queries out of a production build.
  if (process.env.NODE_ENV === "development")
    return { text: await localized(description, env), cacheControl: "no-store" };
  return { text: description, cacheControl: "max-age=300" };
}

async function localized(description: string, env: Env): Promise<string> {
  // Without tables, as of a plain `wrangler dev`, the examples stay as they are.
  const ids = await localIds(env.DB).catch(() => []);
  return ids.reduce((text, [example, id]) => text.replaceAll(example, id), description);
}

/** An example and what stands in for it. That of a reservation goes first: it has another in it. */
async function localIds(d1: D1Database): Promise<[example: string, id: string][]> {
  const open = await openSale(d1);
  const unsold = await unsoldEvent(d1, open?.event ?? "");
  const price = await unsoldPrice(d1);
  const newest = await d1.prepare(NEWEST_RESERVATION).first<Bought>();
  const newestOrder = await d1.prepare(NEWEST_ORDER).first<Bought>();
  const awaited = await d1
    .prepare(
      `SELECT orders.id FROM orders JOIN events ON events.id = account_id
      WHERE state = 'held' AND organizer_id = ? ORDER BY orders.created_at_ms DESC, orders.id DESC LIMIT 1`,
    )
    .bind(EXAMPLES.organizer.id)
    .first<string>("id");
  const cancelled = await d1
    .prepare(
      "SELECT id FROM events WHERE organizer_id = ? AND status = 'cancelled' ORDER BY created_at_ms DESC LIMIT 1",
    )
    .bind(EXAMPLES.organizer.id)
    .first<string>("id");
  const apiKey = await d1.prepare("SELECT id FROM api_keys ORDER BY created_at_ms DESC LIMIT 1").first<string>("id");
  const webhook = await d1.prepare("SELECT id FROM webhooks ORDER BY created_at_ms DESC LIMIT 1").first<string>("id");
  const invitation = await d1
    .prepare(
      "SELECT id FROM crew_invitations WHERE event_id = ? AND accepted_by IS NULL ORDER BY created_at_ms DESC LIMIT 1",
    )
    .bind(open?.event ?? "")
    .first<string>("id");
  const pairs: [string, string | undefined][] = [
    [EXAMPLES.reservation, newest?.id],
    [EXAMPLES.order, newestOrder?.id],
    [EXAMPLES.refund, newest?.refund ?? undefined],
    [EXAMPLES.orderRefund, newestOrder?.refund ?? undefined],
    [EXAMPLES.counterOrder, awaited ?? undefined],
    [EXAMPLES.event, open?.event],
    [EXAMPLES.ticketType, open?.ticketType],
    [EXAMPLES.unsoldEvent, unsold?.event],
    [EXAMPLES.cancelledEvent, cancelled ?? undefined],
    [EXAMPLES.unsoldTicketType, unsold?.ticketType],
    [EXAMPLES.unsoldPrice.ticketType, price?.ticketType],
    [EXAMPLES.unsoldPrice.id, price?.id],
    [EXAMPLES.apiKeyId, apiKey ?? undefined],
    [EXAMPLES.invitation, invitation ?? undefined],
    [EXAMPLES.webhookId, webhook ?? undefined],
  ];
  return pairs.flatMap(([example, id]) => (id === undefined ? [] : [[example, id]]));
}

/** A ticket type that the buyer of the examples can pay for, in their currency if there is one. */
function openSale(d1: D1Database): Promise<Found | null> {
  return d1
    .prepare(
      `SELECT e.id AS event, t.id AS ticketType FROM ticket_types t JOIN events e ON e.id = t.event_id
      WHERE e.status = 'published' AND e.ends_at_ms > ?1 AND e.terms_version IS NULL AND t.hidden = 0 AND t.price_minor > 0
        AND t.capacity - t.held - t.sold >= 2
        AND coalesce(t.sales_start_ms, 0) <= ?1 AND coalesce(t.sales_end_ms, e.ends_at_ms) > ?1
        AND (t.max_per_buyer IS NULL OR t.max_per_buyer >= 2 + (
          SELECT coalesce(sum(quantity), 0) FROM reservations
          WHERE ticket_type_id = t.id AND account_id = ?2 AND state IN ('held', 'confirmed')))
      ORDER BY t.currency <> 'EUR', e.starts_at_ms, e.id, t.position LIMIT 1`,
    )
    .bind(Date.now(), EXAMPLES.buyer.id)
    .first<Found>();
}

/** What is no first price can be deleted. */
function unsoldPrice(d1: D1Database): Promise<{ readonly ticketType: string; readonly id: string } | null> {
  return d1
    .prepare(
      `SELECT t.id AS ticketType, price.value ->> 'id' AS id
      FROM ticket_types t JOIN events e ON e.id = t.event_id, json_each(t.prices) price
      WHERE e.organizer_id = ?1 AND price.key > 0 AND NOT price.value ->> 'wasHeld'
      ORDER BY e.starts_at_ms DESC, t.position, price.key DESC LIMIT 1`,
    )
    .bind(EXAMPLES.organizer.id)
    .first<{ readonly ticketType: string; readonly id: string }>();
}

function unsoldEvent(d1: D1Database, otherThan: string): Promise<Found | null> {
  return d1
    .prepare(
      `SELECT e.id AS event, t.id AS ticketType FROM ticket_types t JOIN events e ON e.id = t.event_id
      WHERE e.organizer_id = ?1 AND e.id <> ?2 AND NOT EXISTS (
        SELECT 1 FROM reservations r JOIN ticket_types o ON o.id = r.ticket_type_id WHERE o.event_id = e.id)
      ORDER BY e.starts_at_ms DESC, e.id, t.position LIMIT 1`,
    )
    .bind(EXAMPLES.organizer.id, otherThan)
    .first<Found>();
}
