// Why nothing can be bought of an event, if so, and what else is on.

import { useEffect } from "preact/hooks";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { EventDetail } from "../ui/api-types.ts";
import { serverNowMs } from "../ui/clock.ts";
import { dayAndTime, duration } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { useLoaded } from "../ui/loaded.ts";
import { Notice } from "../ui/parts.tsx";
import { useTimeLeft } from "../ui/ticking.ts";
import { EventList } from "./event-list.tsx";
import { isForSale } from "./sale.tsx";

const t = texts(
  {
    calledOff: "This event was called off",
    calledOffText: "Everybody who has tickets gets a message.",
    refunded: "Tickets are refunded by themselves.",
    upcoming: "Tickets are not on sale yet",
    upcomingText: (at: string) => `The sale begins on ${at}.`,
    in: (left: string) => `In ${left}`,
    nowOnSale: "Tickets are on sale now.",
    soldOut: "Sold out",
    soldOutText: "Tickets come back when somebody does not pay for theirs in time: this page then shows them at once.",
    ended: "The sale has ended",
    endedText: (name: string) =>
      `Tickets for ${name} are not sold here any more. Who has some finds them in “My tickets”.`,
    over: "This event is over",
    overText: "Thank you to all who were there.",
    none: "There are no tickets for this event yet.",
    else: "What else is on",
  },
  {
    calledOff: "Diese Veranstaltung wurde abgesagt",
    calledOffText: "Wer Tickets hat, bekommt eine Nachricht.",
    refunded: "Tickets werden von selbst erstattet.",
    upcoming: "Der Verkauf hat noch nicht begonnen",
    upcomingText: (at: string) => `Er beginnt am ${at}.`,
    in: (left: string) => `In ${left}`,
    nowOnSale: "Der Verkauf hat begonnen.",
    soldOut: "Ausverkauft",
    soldOutText:
      "Wenn jemand seine Tickets nicht rechtzeitig bezahlt, werden sie frei: Diese Seite zeigt sie dann sofort.",
    ended: "Der Verkauf ist beendet",
    endedText: (name: string) =>
      `Für ${name} werden hier keine Tickets mehr verkauft. Wer welche hat, findet sie unter „Meine Tickets“.`,
    over: "Diese Veranstaltung ist vorbei",
    overText: "Danke an alle, die da waren.",
    none: "Für diese Veranstaltung gibt es noch keine Tickets.",
    else: "Was es sonst gibt",
  },
);

const ELSE = 3;
/** Longer than that a timer can't run. */
const LONGEST_TIMER_MS = 24 * 60 * 60 * 1_000;

interface SaleStateProps {
  readonly event: EventDetail;
  /** Looks at the event anew. */
  readonly onChange: () => Promise<void>;
}

export function SaleState({ event, onChange }: SaleStateProps) {
  useEndOfSale(event, onChange);
  if (event.status === "cancelled") {
    return (
      <Notice kind="bad" title={t().calledOff}>
        {event.cancellation?.message ? (
          <p class="description">{event.cancellation.message}</p>
        ) : (
          <p>{t().calledOffText}</p>
        )}
        {event.cancellation?.refund && <p>{t().refunded}</p>}
      </Notice>
    );
  }
  const states = event.tickets.map(({ sale_state }) => sale_state);
  if (states.includes("open")) {
    return event.tickets.some(isForSale) ? null : (
      <Notice kind="warning" title={t().soldOut}>
        <p>{t().soldOutText}</p>
      </Notice>
    );
  }
  const starts = event.tickets.flatMap(({ sale_state, sales_start }) =>
    sale_state === "upcoming" && sales_start !== null ? [sales_start] : [],
  );
  const first = starts.sort()[0];
  if (first !== undefined) return <Upcoming at={first} timezone={event.timezone} onOpen={onChange} />;
  const isOver = Date.parse(event.ends_at) <= serverNowMs();
  if (!isOver && !states.includes("ended")) return <p class="card soft">{t().none}</p>;
  return (
    <Notice title={isOver ? t().over : t().ended}>
      <p>{isOver ? t().overText : t().endedText(event.name)}</p>
    </Notice>
  );
}

/** No message says that the clock has ended a sale. */
function useEndOfSale({ tickets }: EventDetail, onChange: () => Promise<void>): void {
  const ends = tickets.flatMap(({ sale_state, sale_ends_at }) => (sale_state === "open" && sale_ends_at) || []);
  const end = ends.sort()[0];
  useEffect(() => {
    const leftMs = end === undefined ? LONGEST_TIMER_MS : Date.parse(end) - serverNowMs();
    if (leftMs >= LONGEST_TIMER_MS) return;
    // The copy that is shown may be a second old.
    const timer = setTimeout(onChange, Math.max(leftMs, 0) + 1_500);
    return () => clearTimeout(timer);
  }, [end]);
}

/** Where nothing can be bought of the event, now or later: others that have tickets left. */
export function Else({ event: { id: own, status, tickets } }: { readonly event: EventDetail }) {
  const isHopeless = status === "cancelled" || !tickets.some((one) => one.sale_state === "upcoming" || isForSale(one));
  const query = { limit: ELSE + 1, available: "true" } as const;
  const { value } = useLoaded(async () => (isHopeless ? call("GET /events", { query }) : []), [isHopeless]);
  const others = (value.value ?? []).filter(({ id }) => id !== own).slice(0, ELSE);
  if (others.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="else">
      <h2 id="else">{t().else}</h2>
      <EventList events={others} />
    </section>
  );
}

interface UpcomingProps {
  readonly at: string;
  readonly timezone: string;
  readonly onOpen: () => Promise<void>;
}

/** Counts down to the beginning of the sale, and then shows it. */
function Upcoming({ at, timezone, onOpen }: UpcomingProps) {
  const leftMs = useTimeLeft(at) ?? 0;
  const isDue = leftMs <= 0;
  useEffect(() => {
    if (!isDue) return;
    void onOpen().then(() => announce(t().nowOnSale));
    // The copy that is shown may be a second old.
    const timer = setInterval(onOpen, 1_500);
    return () => clearInterval(timer);
  }, [isDue]);
  return (
    <Notice title={t().upcoming}>
      <p>{t().upcomingText(dayAndTime(at, timezone))}</p>
      <p class="countdown" role="timer">
        {leftMs < 2 * 24 * 60 * 60 * 1_000 ? t().in(duration(leftMs / 1_000)) : null}
      </p>
    </Notice>
  );
}
