// Whether the evening adds up: what the service says in the end, what its payment provider and its
// mails say, and what the evening wrote down itself. Pure.

import type { DoorCounts } from "./door.ts";
import type { Admittance, CounterSale, Item, OwedMail, Purchase, Seen, Watched } from "./notes.ts";
import type { OwnTicket } from "./organiser.ts";
import type { Plan } from "./people.ts";

/** A purchase as noted, and as its buyer sees it in the end. */
export interface EndedPurchase
  extends Pick<
    Purchase,
    "of" | "id" | "items" | "totalMinor" | "returnedMinor" | "heldAtMs" | "expiresAtMs" | "cancelledAtMs"
  > {
  readonly returned: Purchase["returned"];
  readonly email: string;
  readonly isConfirmed: boolean;
  readonly state: string;
  /** Null where none was begun. */
  readonly payment: string | null;
}

export interface EndedPass {
  readonly id: string;
  readonly ticket: string;
  readonly state: string;
}

export interface Movement {
  readonly id: string;
  readonly kind: string;
  readonly payment: string;
  readonly bought: string;
  readonly amount: number;
  readonly state: string;
  readonly dispute: string | null;
}

interface Amount {
  readonly amount: number;
}

/** Of one way to pay. */
export interface Taken {
  readonly method: string;
  readonly taken: Amount;
  readonly given_back: Amount;
  readonly refunding: Amount;
  readonly disputed: Amount;
  readonly lost: Amount;
}

export interface Reported {
  readonly method: string;
  readonly tickets: number;
  readonly refunded_tickets: number;
  readonly taken: Amount;
  readonly given_back: Amount;
}

export interface ReceiptSeen {
  readonly number: string;
  readonly kind: string;
  readonly order: string | null;
  readonly reservation: string | null;
  readonly total: Amount;
}

export interface ListedMail {
  readonly kind: string;
  readonly state: string;
}

export interface DeliveredMail {
  /** The same for each time that one mail is sent. */
  readonly id: string;
  readonly kind: string;
  readonly to: string;
}

export interface Books {
  readonly plan: Pick<Plan, "places" | "absent" | "copies">;
  readonly tickets: readonly OwnTicket[];
  readonly purchases: readonly EndedPurchase[];
  readonly counter: readonly CounterSale[];
  readonly passes: readonly EndedPass[];
  /** As `GET /events/{id}/door` has them. */
  readonly atDoor: readonly { readonly id: string; readonly state: string }[];
  readonly doorCounts: readonly DoorCounts[];
  readonly admittances: readonly Admittance[];
  readonly watched: ReadonlyMap<string, Watched>;
  readonly movements: readonly Movement[];
  readonly takings: readonly Taken[];
  /** Of each day of the evening. */
  readonly report: readonly Reported[];
  readonly receipts: readonly ReceiptSeen[];
  readonly disputes: readonly {
    readonly order: string | null;
    readonly reservation: string | null;
    readonly total: Amount;
  }[];
  readonly owed: readonly OwedMail[];
  readonly listed: readonly ListedMail[];
  /** Null where the service was killed meanwhile: what it sent before is not kept. */
  readonly delivered: readonly DeliveredMail[] | null;
}

export const CHECKS: Readonly<Record<string, (books: Books) => string[]>> = {
  "there are as many passes as tickets sold, and no empty place": passesAreSold,
  "sold are admitted and absent": soldAreAdmittedAndAbsent,
  "nobody was let in twice, and each copy was told when and where": nobodyTwice,
  "no ticket type and no price was ever oversold": neverOversold,
  "every hold that was given up came back": holdsCameBack,
  "buyers and organiser agree about what was sold": buyersAgree,
  "the provider has what was paid, once each": providerAgrees,
  "takings and report say what the provider and the counter have": reportAgrees,
  "receipts are numbered without gaps, one for each sale": receiptsAreComplete,
  "each dispute is on record": disputesAreKnown,
  "every mail that was owed was sent once": mailsAreSentOnce,
};

/** What does not add up, by check; empty where all does. */
export function whatDiffers(books: Books): Map<string, readonly string[]> {
  const found = Object.entries(CHECKS).map(([name, check]) => [name, check(books)] as const);
  return new Map(found.filter(([, problems]) => problems.length > 0));
}

export function isIn(pass: { readonly state: string }): boolean {
  return pass.state === "admitted";
}

function passesAreSold({ plan, tickets, passes, purchases }: Books): string[] {
  const good = passes.filter(({ state }) => state !== "revoked");
  const byTicket = tickets.flatMap(({ id, name, sold, capacity }) => [
    ...differ(`passes of ${name}`, good.filter(({ ticket }) => ticket === id).length, `sold`, sold),
    ...differ(`sold of ${name}`, sold, "its places", capacity),
  ]);
  const revoked = passes.length - good.length;
  const returned = purchases.flatMap((purchase) => purchase.returned);
  return [
    ...byTicket,
    ...repeated(passes.map(({ id }) => id)).map((id) => `the pass ${id} is there twice`),
    ...differ("passes", good.length, "places", plan.places),
    ...differ(
      "revoked passes",
      revoked,
      "tickets given back",
      sumOf(returned, ({ quantity }) => quantity),
    ),
  ];
}

function soldAreAdmittedAndAbsent({ plan, tickets, passes, atDoor, doorCounts, admittances }: Books): string[] {
  const sold = sumOf(tickets, (ticket) => ticket.sold);
  const admitted = passes.filter(isIn).length;
  const absent = passes.filter(({ state }) => state === "valid").length;
  const byGate = countBy(admittances.filter(letIn), ({ gate }) => gate);
  const counted = doorCounts.flatMap(({ gates }) => gates);
  return [
    ...differ("sold", sold, "admitted and absent", admitted + absent),
    ...differ("absent", absent, "who stayed away", plan.absent),
    ...differ("admitted at the door", atDoor.filter(isIn).length, "admitted passes", admitted),
    ...differ(
      "counted at the door",
      sumOf(doorCounts, (counts) => counts.admitted),
      "admitted passes",
      admitted,
    ),
    ...differ(
      "inside",
      sumOf(doorCounts, (counts) => counts.inside),
      "admitted passes",
      admitted,
    ),
    ...[...byGate].flatMap(([gate, let_in]) => {
      const atGate = counted.filter((one) => one.gate === gate);
      return differ(
        `counted at ${gate}`,
        sumOf(atGate, (one) => one.admitted),
        "let in there",
        let_in,
      );
    }),
  ];
}

function letIn({ result }: Admittance): boolean {
  return result === "admitted" || result === "readmitted";
}

function nobodyTwice({ plan, admittances }: Books): string[] {
  const byPass = Map.groupBy(admittances, ({ pass }) => pass);
  const twice = [...byPass].flatMap(([pass, scans]) => {
    const times = scans.filter(letIn).length;
    return times > 1 ? [`${pass} was let in ${times} times`] : [];
  });
  const copies = admittances.filter(({ who }) => who === "copy");
  const told = copies.flatMap(({ pass, gate, result, before }) => {
    const first = byPass.get(pass)?.find(letIn);
    const isTold = before?.at != null && before.gate === first?.gate;
    return result === "already_admitted" && isTold
      ? []
      : [`a copy of ${pass} at ${gate}: ${result}, ${JSON.stringify(before)}`];
  });
  const refused = admittances.flatMap(({ who, pass, result }) => {
    const wanted = { holder: "admitted", copy: "already_admitted", giver: "revoked" }[who];
    return result === wanted ? [] : [`the ${who} of ${pass} got ${result}`];
  });
  const alone = admittances.flatMap(({ pass, gate, offline, result }) => {
    return offline === null || offline === result
      ? []
      : [`${gate} decided ${offline} of ${pass}, the service ${result}`];
  });
  return [...twice, ...told, ...refused, ...alone, ...differ("copies", copies.length, "planned", plan.copies)];
}

/** From `fromMs` until just before `untilMs` these tickets are certainly taken. */
interface Claim {
  readonly ticket: string;
  readonly price: string;
  readonly quantity: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

function neverOversold(books: Books): string[] {
  const claims = [...books.purchases.flatMap(claimsOf), ...books.counter.flatMap(claimsOfCounter)];
  return books.tickets.flatMap(({ id, name, capacity, sold, prices }) => {
    const ofTicket = claims.filter(({ ticket }) => ticket === id);
    const seen = books.watched.get(id);
    return [
      ...beyond(`${name} taken at once`, mostAtOnce(ofTicket), capacity),
      ...beyond(`${name} sold`, sold, capacity),
      ...outside(name, seen, capacity),
      ...(seen === undefined ? [`nobody has watched ${name}`] : []),
      ...prices.flatMap((price) => {
        const atPrice = ofTicket.filter((claim) => claim.price === price.id);
        const cap = price.capacity ?? capacity;
        const what = `${name} ${price.name}`;
        return [
          ...beyond(`${what} taken at once`, mostAtOnce(atPrice), cap),
          ...beyond(`${what} sold`, price.sold, cap),
          ...outside(what, seen?.prices.get(price.id), cap),
        ];
      }),
    ];
  });
}

/** Of what was bought: until somebody asked to give it back. Of a hold: until it was let go. */
function claimsOf(purchase: EndedPurchase): Claim[] {
  const { items, heldAtMs: fromMs, expiresAtMs, cancelledAtMs, isConfirmed, returned } = purchase;
  const endMs = isConfirmed ? Number.POSITIVE_INFINITY : Math.min(expiresAtMs, cancelledAtMs ?? expiresAtMs);
  return items.flatMap(({ reservation, ticket, price, quantity }) => {
    const given = returned.filter((one) => one.reservation === reservation);
    const kept = quantity - sumOf(given, (one) => one.quantity);
    const claim = { ticket, price, fromMs };
    return [
      { ...claim, quantity: kept, untilMs: endMs },
      ...given.map((one) => ({ ...claim, quantity: one.quantity, untilMs: one.askedAtMs })),
    ];
  });
}

function claimsOfCounter({ items, soldAtMs }: CounterSale): Claim[] {
  return items.map(({ ticket, price, quantity }) => {
    return { ticket, price, quantity, fromMs: soldAtMs, untilMs: Number.POSITIVE_INFINITY };
  });
}

function mostAtOnce(claims: readonly Claim[]): number {
  const changes = claims
    .filter(({ fromMs, untilMs }) => untilMs > fromMs)
    .flatMap(({ quantity, fromMs, untilMs }) => [
      { atMs: fromMs, by: quantity },
      { atMs: untilMs, by: -quantity },
    ])
    .sort((one, other) => one.atMs - other.atMs || one.by - other.by);
  let taken = 0;
  let most = 0;
  for (const { by } of changes) {
    taken += by;
    most = Math.max(most, taken);
  }
  return most;
}

function outside(what: string, seen: Seen | undefined, most: number): string[] {
  if (seen === undefined || (seen.least >= 0 && seen.most <= most)) return [];
  return [`${what} was shown with ${seen.least} to ${seen.most} of ${most} available`];
}

function holdsCameBack({ tickets, purchases }: Books): string[] {
  const over = ["cancelled", "expired"];
  const left = purchases.filter(({ isConfirmed, state }) => !isConfirmed && !over.includes(state));
  return [
    ...left.map(({ of, id, state }) => `/${of}/${id} was given up, and is ${state}`),
    ...tickets.flatMap(({ name, capacity, available, held, sold, prices }) => [
      ...differ(`held of ${name}`, held, "nothing", 0),
      ...differ(`available of ${name}`, available, "what is not sold", capacity - sold),
      ...prices.flatMap((price) => differ(`held of ${name} ${price.name}`, price.held, "nothing", 0)),
    ]),
  ];
}

function buyersAgree({ tickets, purchases, counter }: Books): string[] {
  const wrong = purchases.flatMap(({ of, id, items, returned, isConfirmed, state }) => {
    const isAllBack = sumOf(items, ({ quantity }) => quantity) === sumOf(returned, ({ quantity }) => quantity);
    const wanted = isAllBack ? "refunded" : "confirmed";
    return isConfirmed && state !== wanted ? [`/${of}/${id} was ${wanted}, and is ${state}`] : [];
  });
  const kept: Item[] = [
    ...counter.flatMap(({ items }) => items),
    ...purchases
      .filter(({ isConfirmed }) => isConfirmed)
      .flatMap(({ items, returned }) =>
        items.map((item) => {
          const given = returned.filter(({ reservation }) => reservation === item.reservation);
          return { ...item, quantity: item.quantity - sumOf(given, ({ quantity }) => quantity) };
        }),
      ),
  ];
  const keptOf = (isIt: (item: Item) => boolean) => sumOf(kept.filter(isIt), ({ quantity }) => quantity);
  return [
    ...wrong,
    ...tickets.flatMap(({ id, name, sold, prices }) => [
      ...differ(
        `sold of ${name}`,
        sold,
        "what buyers have",
        keptOf(({ ticket }) => ticket === id),
      ),
      ...prices.flatMap((price) =>
        differ(
          `sold of ${name} ${price.name}`,
          price.sold,
          "what buyers have",
          keptOf((item) => item.price === price.id),
        ),
      ),
    ]),
  ];
}

/** Of a payment that came too late and went back whole nothing is left. */
function movesOf({ movements }: Books, kind: string): Movement[] {
  const wentBack = new Set(
    movements.flatMap(({ kind, id, payment }) => (kind === "refund" && id === payment ? [payment] : [])),
  );
  return movements.filter((one) => one.kind === kind && one.state === "succeeded" && !wentBack.has(one.payment));
}

function providerAgrees(books: Books): string[] {
  const charges = Map.groupBy(movesOf(books, "charge"), ({ bought }) => bought);
  const refunds = Map.groupBy(movesOf(books, "refund"), ({ bought }) => bought);
  const known = new Set(books.purchases.map(({ id }) => id));
  const pending = books.movements.filter(({ kind, state }) => kind === "refund" && state === "processing");
  return [
    ...books.purchases.flatMap(({ of, id, totalMinor, returnedMinor, isConfirmed }) => {
      const charged = charges.get(id) ?? [];
      const wanted = isConfirmed ? totalMinor : 0;
      const what = `/${of}/${id}`;
      const once = isConfirmed && charged.length !== 1 ? [`${what} was charged ${charged.length} times`] : [];
      return [
        ...once,
        ...differ(
          `charged for ${what}`,
          sumOf(charged, ({ amount }) => amount),
          "its price",
          wanted,
        ),
        ...differ(
          `refunded for ${what}`,
          sumOf(refunds.get(id) ?? [], ({ amount }) => amount),
          "what was to go back",
          returnedMinor,
        ),
      ];
    }),
    ...[...charges.keys()]
      .filter((id) => !known.has(id))
      .map((id) => `nobody bought ${id}, for which there is a charge`),
    ...pending.map(({ id }) => `the refund ${id} is not over`),
  ];
}

function reportAgrees(books: Books): string[] {
  const { takings, report, counter, purchases, tickets } = books;
  const taken = (method: string) => sumOf(takings.filter(isBy(method)), (one) => one.taken.amount);
  const back = (method: string) => sumOf(takings.filter(isBy(method)), (one) => one.given_back.amount);
  const ofCounter = (method: string) => sumOf(counter.filter(isBy(method)), ({ totalMinor }) => totalMinor);
  const charged = sumOf(movesOf(books, "charge"), ({ amount }) => amount);
  const refunded = sumOf(movesOf(books, "refund"), ({ amount }) => amount);
  const disputed = sumOf(
    books.movements.filter(({ dispute }) => dispute !== null),
    ({ amount }) => amount,
  );
  const returned = purchases.flatMap((purchase) => purchase.returned);
  return [
    ...differ("taken online", taken("online"), "charged by the provider", charged),
    ...differ("given back online", back("online"), "refunded by the provider", refunded),
    ...differ(
      "refunding",
      sumOf(takings, (one) => one.refunding.amount),
      "nothing",
      0,
    ),
    ...differ(
      "disputed and lost",
      sumOf(takings, (one) => one.disputed.amount + one.lost.amount),
      "at the provider",
      disputed,
    ),
    ...["cash", "transfer", "free"].flatMap((method) =>
      differ(`taken in ${method}`, taken(method), "at the counter", ofCounter(method)),
    ),
    ...["online", "cash", "transfer", "free"].flatMap((method) => {
      const lines = report.filter(isBy(method));
      return [
        ...differ(
          `reported ${method}`,
          sumOf(lines, (one) => one.taken.amount),
          "takings",
          taken(method),
        ),
        ...differ(
          `reported back ${method}`,
          sumOf(lines, (one) => one.given_back.amount),
          "takings",
          back(method),
        ),
      ];
    }),
    ...differ(
      "reported tickets less those given back",
      sumOf(report, (one) => one.tickets - one.refunded_tickets),
      "sold",
      sumOf(tickets, ({ sold }) => sold),
    ),
    ...differ(
      "reported tickets given back",
      sumOf(report, (one) => one.refunded_tickets),
      "noted",
      sumOf(returned, ({ quantity }) => quantity),
    ),
  ];
}

function isBy(method: string): (one: { readonly method: string }) => boolean {
  return (one) => one.method === method;
}

function receiptsAreComplete(books: Books): string[] {
  const { receipts, purchases, counter, takings } = books;
  const numbers = receipts.map(({ number }) => Number(number.slice(number.lastIndexOf("-") + 1))).sort((a, b) => a - b);
  const gaps = numbers.flatMap((number, index) =>
    number === index + 1 ? [] : [`${index + 1} is followed by ${number}`],
  );
  const sales = [
    ...purchases.filter(({ isConfirmed, totalMinor }) => isConfirmed && totalMinor > 0),
    ...counter.filter(({ totalMinor }) => totalMinor > 0),
  ].map(({ id }) => id);
  const issued = countBy(
    receipts.filter(({ kind }) => kind === "receipt"),
    ({ order, reservation }) => order ?? reservation ?? "",
  );
  const amountOf = (kind: string) =>
    sumOf(
      receipts.filter((one) => one.kind === kind),
      ({ total }) => total.amount,
    );
  const refunds = movesOf(books, "refund").length;
  return [
    ...gaps.slice(0, 1).map((gap) => `a number is missing: ${gap}`),
    ...sales.flatMap((id) => (issued.get(id) === 1 ? [] : [`${id} has ${issued.get(id) ?? 0} receipts`])),
    ...differ(
      "receipts",
      sumOf([...issued.values()], (count) => count),
      "sales",
      sales.length,
    ),
    ...differ("credit notes", receipts.filter(({ kind }) => kind === "credit_note").length, "refunds", refunds),
    ...differ(
      "on receipts",
      amountOf("receipt"),
      "taken",
      sumOf(takings, ({ taken }) => taken.amount),
    ),
    ...differ(
      "on credit notes",
      amountOf("credit_note") - amountOf("reversal"),
      "given back",
      sumOf(takings, (one) => one.given_back.amount),
    ),
  ];
}

function disputesAreKnown({ movements, disputes }: Books): string[] {
  const wanted = movements.filter(({ dispute }) => dispute !== null);
  const isFound = ({ bought, amount }: Movement) =>
    disputes.some(({ order, reservation, total }) => (order ?? reservation) === bought && total.amount === amount);
  return [
    ...wanted.filter((one) => !isFound(one)).map(({ bought }) => `the dispute about ${bought} is not on record`),
    ...differ("disputes on record", disputes.length, "at the provider", wanted.length),
    ...(wanted.length === 0 ? ["nobody has disputed anything"] : []),
  ];
}

/** Mails that nobody can say beforehand: to a buyer who had left when the payment failed. */
const PERHAPS = "payment_failed";
/** Mails about an account, which are in no event's list. */
const OF_ACCOUNTS = "verify_address";

function mailsAreSentOnce({ owed, listed, delivered, purchases }: Books): string[] {
  const isOfEvent = ({ kind }: { readonly kind: string }) => kind !== OF_ACCOUNTS && kind !== PERHAPS;
  const sent = countBy(
    listed.filter((mail) => mail.state === "sent" && isOfEvent(mail)),
    ({ kind }) => kind,
  );
  const wanted = countBy(owed.filter(isOfEvent), ({ kind }) => kind);
  const kinds = new Set([...sent.keys(), ...wanted.keys()]);
  return [
    ...listed.filter(({ state }) => state !== "sent").map(({ kind, state }) => `a mail of ${kind} is ${state}`),
    ...[...kinds].flatMap((kind) => differ(`mails of ${kind}`, sent.get(kind) ?? 0, "owed", wanted.get(kind) ?? 0)),
    ...(delivered === null ? [] : wrongDeliveries(owed, delivered, purchases)),
  ];
}

function wrongDeliveries(
  owed: readonly OwedMail[],
  delivered: readonly DeliveredMail[],
  purchases: readonly EndedPurchase[],
): string[] {
  const inVain = new Set(purchases.filter(({ payment }) => payment === "failed").map(({ email }) => email));
  const counted = delivered.filter(({ kind, to }) => kind !== PERHAPS || !inVain.has(to));
  const nameOf = ({ kind, to }: OwedMail) => `${kind} to ${to}`;
  const came = countBy(counted, nameOf);
  const wanted = countBy(owed, nameOf);
  const names = [...new Set([...came.keys(), ...wanted.keys()])];
  return [
    ...repeated(delivered.map(({ id }) => id)).map((id) => `the mail ${id} was sent more than once`),
    ...names.flatMap((name) => differ(name, came.get(name) ?? 0, "owed", wanted.get(name) ?? 0)),
  ];
}

function differ(what: string, is: number, other: string, wanted: number): string[] {
  return is === wanted ? [] : [`${what}: ${is}; ${other}: ${wanted}`];
}

function beyond(what: string, is: number, most: number): string[] {
  return is <= most ? [] : [`${what}: ${is} of ${most}`];
}

function repeated(values: readonly string[]): string[] {
  return [...countBy(values, (value) => value)].flatMap(([value, times]) => (times > 1 ? [value] : []));
}

function countBy<T>(list: readonly T[], nameOf: (item: T) => string): Map<string, number> {
  return new Map([...Map.groupBy(list, nameOf)].map(([name, group]) => [name, group.length]));
}

function sumOf<T>(list: readonly T[], amountOf: (item: T) => number): number {
  return list.reduce((sum, item) => sum + amountOf(item), 0);
}
