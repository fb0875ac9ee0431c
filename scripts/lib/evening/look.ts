// Reads, once all is over, what the service, its payment provider and its mails have to say.

import type { Books, EndedPass, EndedPurchase, ListedMail, Movement, Reported } from "./books.ts";
import { doorPages } from "./device.ts";
import type { DoorCounts } from "./door.ts";
import { keptMails } from "./mailbox.ts";
import type { Buyer, Notes, Scene } from "./notes.ts";
import { ownTickets } from "./organiser.ts";
import { retryUntil } from "./patience.ts";
import { follow } from "./streams.ts";

const READ_AT_ONCE = 8;

interface Shown {
  readonly state: string;
  readonly payment: { readonly state: string } | null;
}

interface ShownPass {
  readonly id: string;
  readonly ticket: string | { readonly id: string };
  readonly state: string;
}

export async function lookAtAll(scene: Scene, days: readonly string[], keepsMails: boolean): Promise<Books> {
  const { organiser, venue, notes, plan } = scene;
  const path = `/events/${venue.id}`;
  const purchases = await inParts(notes.purchases, async (purchase): Promise<EndedPurchase> => {
    const { buyer, ...noted } = purchase;
    const shown = await buyer.caller.must<Shown>("GET", `/${purchase.of}/${purchase.id}`);
    return { ...noted, email: buyer.person.email, state: shown.state, payment: shown.payment?.state ?? null };
  });
  const report: Reported[] = [];
  for (const day of days) {
    const { totals } = await organiser.must<{ totals: Reported[] }>("GET", `${path}/report?day=${day}`);
    report.push(...totals);
  }
  return {
    plan,
    tickets: await ownTickets(scene),
    purchases,
    counter: notes.counter,
    passes: await passesOfAll(scene),
    atDoor: (await doorPages(organiser, venue.id)).flatMap((page) => page.passes),
    doorCounts: await countsAtDoor(scene),
    admittances: notes.admittances,
    watched: notes.watched,
    movements: await movementsOf(scene),
    takings: (await organiser.must<{ by: Books["takings"] }>("GET", `${path}/takings`)).by,
    report,
    receipts: await organiser.all("/receipts?limit=100"),
    disputes: await organiser.all(`${path}/disputes?limit=100`),
    owed: notes.owed,
    listed: await listedMails(scene),
    delivered: keepsMails ? await keptMails(organiser, plan.tag) : null,
  };
}

/** Waits until no mail that is owed is still to be sent. */
export async function untilMailsAreSent(
  scene: Scene,
  withinMs: number,
  whileWaiting: () => Promise<void> = async () => {},
): Promise<void> {
  const owed = scene.notes.owed.filter(({ kind }) => kind !== "verify_address").length;
  await retryUntil(`${owed} mails to be sent`, withinMs, async () => {
    const due = await scene.organiser.must<ListedMail[]>("GET", `/events/${scene.venue.id}/mails?state=due&limit=1`);
    if (due.length > 0) await whileWaiting();
    if (due.length > 0) return false;
    const ended = (await listedMails(scene)).filter(({ kind }) => kind !== "payment_failed");
    return ended.length >= owed;
  });
}

export function listedMails({ organiser, venue }: Scene): Promise<ListedMail[]> {
  return organiser.all<ListedMail>(`/events/${venue.id}/mails?limit=100`);
}

/** Buyers see their own passes; those of the counter are found at the door. */
async function passesOfAll({ organiser, venue, notes }: Scene): Promise<EndedPass[]> {
  const bought = notes.purchases.filter(({ isConfirmed }) => isConfirmed);
  const own = await inParts(bought, ({ buyer, of, id }) => listPasses(buyer, `/${of}/${id}/passes?limit=100`));
  const sold = await inParts(notes.counter, ({ id }) =>
    listPasses({ caller: organiser }, `/events/${venue.id}/passes?q=${id}`),
  );
  return [...own, ...sold].flat().map(({ id, ticket, state }) => {
    return { id, ticket: typeof ticket === "string" ? ticket : ticket.id, state };
  });
}

function listPasses({ caller }: Pick<Buyer, "caller">, path: string): Promise<ShownPass[]> {
  return caller.all<ShownPass>(path);
}

/** The first message about each ticket type says how it is now. */
async function countsAtDoor({ organiser, venue }: Scene): Promise<DoorCounts[]> {
  const counts = new Map<string, DoorCounts>();
  const end = new AbortController();
  await follow(organiser, `/events/${venue.id}/door/live`, end.signal, (data) => {
    const seen: DoorCounts = JSON.parse(data);
    counts.set(seen.ticket, seen);
    if (counts.size === venue.types.size) end.abort();
  });
  return [...counts.values()];
}

/** Of this event: the record has those of all others, too. */
async function movementsOf({ organiser: caller, venue, notes }: Scene): Promise<Movement[]> {
  const movements: Movement[] = [];
  const orders = await caller.all<{ id: string }>(`/events/${venue.id}/orders?limit=100`);
  const known = new Set([...orders, ...notes.purchases].map(({ id }) => id));
  const types = new Set([...venue.types.values()].map(({ id }) => id));
  for (let after: string | null = ""; after !== null; ) {
    const path: string = `/sandbox/movements?after=${encodeURIComponent(after)}`;
    const page: { movements: Movement[]; next: string | null } = await caller.must("GET", path);
    movements.push(...page.movements);
    after = page.next;
  }
  // A reservation's id begins with that of its ticket type.
  return movements.filter(({ bought }) => known.has(bought) || types.has(bought.split("-")[0] ?? ""));
}

/** Until money that goes back has arrived, and each sale has its receipt. */
export async function untilSettled({ organiser, venue, notes }: Scene, withinMs: number): Promise<void> {
  const wanted = receiptsOf(notes);
  await retryUntil("refunds and receipts", withinMs, async () => {
    const path = `/events/${venue.id}/takings`;
    const { by } = await organiser.must<{ by: Books["takings"] }>("GET", path);
    if (by.some(({ refunding }) => refunding.amount > 0)) return false;
    const receipts = await organiser.all<{ kind: string }>("/receipts?limit=100");
    return receipts.length >= wanted;
  });
}

/** One for each sale that was paid for, and a credit note for each refund. */
function receiptsOf({ purchases, counter, owed }: Notes): number {
  const sales = [...purchases.filter(({ isConfirmed }) => isConfirmed), ...counter];
  return (
    sales.filter(({ totalMinor }) => totalMinor > 0).length + owed.filter(({ kind }) => kind === "refunded").length
  );
}

async function inParts<T, R>(list: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = Array(list.length);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < list.length; index = next++) results[index] = await work(list[index] as T);
  };
  await Promise.all(Array.from({ length: READ_AT_ONCE }, worker));
  return results;
}
