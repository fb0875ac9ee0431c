// What is on: by date, to search.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { PROGRAMME_PAGE } from "../../domain/programme.ts";
import { announce } from "../ui/announce.ts";
import { nextPage, send } from "../ui/api.ts";
import type { EventSummary } from "../ui/api-types.ts";
import { firstReply } from "../ui/first-reply.ts";
import { counted, texts } from "../ui/i18n.ts";
import { Button, Checkbox, Fault, Field, Form, Loading } from "../ui/parts.tsx";
import { address, setQuery } from "../ui/router.ts";
import { useTask } from "../ui/task.ts";
import { Heading } from "../ui/view.tsx";
import { EventList } from "./event-list.tsx";
import { searchedTime } from "./search-days.ts";

const t = texts(
  {
    title: "What’s on",
    tab: "What’s on – tickets",
    search: "Search",
    searchHint: "Name, artist or place",
    from: "From",
    to: "Until",
    available: "Only with tickets left",
    none: "Nothing was found. Try fewer words or other dates.",
    nothing: "There is nothing on at the moment.",
    more: "Show more",
    found: (count: number, isAll: boolean) =>
      isAll ? counted(count, "event found", "events found") : `More than ${count} events found`,
  },
  {
    title: "Programm",
    tab: "Programm – Tickets",
    search: "Suche",
    searchHint: "Name, Künstler oder Ort",
    from: "Von",
    to: "Bis",
    available: "Nur mit freien Plätzen",
    none: "Nichts gefunden. Versuchen Sie weniger Wörter oder andere Tage.",
    nothing: "Zurzeit gibt es kein Programm.",
    more: "Mehr zeigen",
    found: (count: number, isAll: boolean) =>
      isAll
        ? counted(count, "Veranstaltung gefunden", "Veranstaltungen gefunden")
        : `Mehr als ${count} Veranstaltungen gefunden`,
  },
);

const TYPING_MS = 300;
const FIELDS = ["q", "from", "to", "available"] as const;

export function Programme() {
  const { query } = address.value;
  const wanted = FIELDS.map((name) => query.get(name) ?? "").join("\n");
  const first = useMemo(() => firstReply("GET /events", { query: queryOf(query) }), []);
  const events = useSignal<EventSummary[] | null>(first?.body ?? null);
  const next = useSignal<string | null>(first?.next ?? null);
  const fault = useSignal<unknown>(null);
  const more = useTask();
  // The first list is what the page is about; those of a search are announced.
  const isSearch = useRef(false);
  useEffect(() => {
    const given = new AbortController();
    const load = async () => {
      try {
        const reply = await send("GET /events", { query: queryOf(query), signal: given.signal });
        events.value = reply.body;
        next.value = reply.next;
        fault.value = null;
        if (isSearch.current) announce(t().found(reply.body.length, reply.next === null));
        isSearch.current = true;
      } catch (caught) {
        if (!given.signal.aborted) fault.value = caught;
      }
    };
    const isThere = first !== null && !isSearch.current;
    isSearch.current ||= isThere;
    const timer = isThere ? undefined : setTimeout(load, isSearch.current ? TYPING_MS : 0);
    addEventListener("online", load);
    return () => {
      clearTimeout(timer);
      given.abort();
      removeEventListener("online", load);
    };
  }, [wanted]);
  const showMore = () =>
    more.run(async () => {
      const reply = await nextPage<"GET /events">(next.peek() ?? "");
      events.value = [...(events.peek() ?? []), ...reply.body];
      next.value = reply.next;
    });
  return (
    <div class="stack">
      <Heading title={t().tab}>{t().title}</Heading>
      <Search query={query} />
      <Fault fault={fault.value} />
      {events.value === null && fault.value === null && <Loading />}
      {events.value !== null && (fault.value === null || events.value.length > 0) && (
        <Found events={events.value} isSearched={wanted.trim() !== ""} />
      )}
      <Fault fault={more.fault.value} />
      {next.value !== null && (
        <div class="row center">
          <Button isBusy={more.isBusy.value} onClick={showMore}>
            {t().more}
          </Button>
        </div>
      )}
    </div>
  );
}

function Search({ query }: { readonly query: URLSearchParams }) {
  const set = (name: (typeof FIELDS)[number], value: string) => {
    const changed = new URLSearchParams(query);
    if (value === "") changed.delete(name);
    else changed.set(name, value);
    setQuery(changed);
  };
  return (
    <search>
      <Form class="search" onSubmit={() => {}}>
        <Field
          label={t().search}
          name="q"
          type="search"
          value={query.get("q") ?? ""}
          onInput={(value) => set("q", value)}
          hint={t().searchHint}
          maxLength={100}
        />
        <Field
          label={t().from}
          name="from"
          type="date"
          value={query.get("from") ?? ""}
          onInput={(value) => set("from", value)}
        />
        <Field
          label={t().to}
          name="to"
          type="date"
          value={query.get("to") ?? ""}
          onInput={(value) => set("to", value)}
        />
        <Checkbox
          label={t().available}
          isChecked={query.get("available") === "true"}
          onChange={(isChecked) => set("available", isChecked ? "true" : "")}
        />
      </Form>
    </search>
  );
}

function Found({ events, isSearched }: { readonly events: readonly EventSummary[]; readonly isSearched: boolean }) {
  if (events.length === 0) return <p class="card soft">{isSearched ? t().none : t().nothing}</p>;
  return <EventList events={events} />;
}

function queryOf(query: URLSearchParams) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const q = query.get("q")?.trim();
  return {
    limit: PROGRAMME_PAGE,
    ...(q ? { q } : {}),
    ...searchedTime(query.get("from"), query.get("to"), zone),
    ...(query.get("available") === "true" ? { available: "true" as const } : {}),
  };
}
