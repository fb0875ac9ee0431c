// Which event's door: those in whose crew one is, one's own, and what this device has a list of.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listAll, Problem } from "../../ui/api.ts";
import { serverNowMs } from "../../ui/clock.ts";
import { dayAndTime, zoneIfForeign } from "../../ui/format.ts";
import { texts } from "../../ui/i18n.ts";
import { Button, Fault, Loading, Notice } from "../../ui/parts.tsx";
import { account, loadAccount } from "../../ui/session.ts";
import { Heading } from "../../ui/view.tsx";
import { isOnline, store } from "../device/door.ts";
import { canVerify } from "../device/verify.ts";
import { canInstall, install } from "../install.ts";

const t = texts(
  {
    title: "Which door?",
    none: "You work at no door yet. The event’s organiser adds you to its crew: tell them your number.",
    yours: "Your number",
    doors: "Doors open",
    starts: "Starts",
    offline: "No network: these are the events that this device knows.",
    unable:
      "This browser can’t check codes by itself: without a network it lets nobody in. Use a newer one (Safari 17, Chrome 137, Firefox 129).",
    install: "Install as an app",
    past: "Over",
  },
  {
    title: "Welcher Einlass?",
    none: "Sie arbeiten noch an keinem Einlass. Wer die Veranstaltung ausrichtet, nimmt Sie ins Team auf: Geben Sie dafür Ihre Nummer an.",
    yours: "Ihre Nummer",
    doors: "Einlass",
    starts: "Beginn",
    offline: "Kein Netz: Diese Veranstaltungen kennt das Gerät.",
    unable:
      "Dieser Browser kann Codes nicht selbst prüfen: Ohne Netz lässt er niemanden ein. Bitte einen neueren nehmen (Safari 17, Chrome 137, Firefox 129).",
    install: "Als App installieren",
    past: "Vorbei",
  },
);

interface DoorChoice {
  readonly id: string;
  readonly name: string;
  readonly venue: string | null;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly doorsOpenAt: string | null;
  readonly timezone: string;
}

const DAY_MS = 86_400_000;
const PAGE = 100;

export function Choose() {
  const found = useSignal<readonly DoorChoice[] | null>(null);
  const isOffline = useSignal(false);
  const fault = useSignal<unknown>(null);
  const isAble = useSignal(true);
  const load = async () => {
    isAble.value = await canVerify();
    try {
      found.value = await ofAccount();
      [isOnline.value, isOffline.value, fault.value] = [true, false, null];
    } catch (caught) {
      // Signed out meanwhile: the page then asks to sign in.
      if (caught instanceof Problem && caught.status === 401 && (await loadAccount()) === null) isOnline.value = true;
      found.value = await ofDevice();
      isOffline.value = true;
      fault.value = found.value.length === 0 ? caught : null;
    }
  };
  useEffect(() => {
    const again = () => void load();
    again();
    for (const change of ["online", "offline"]) addEventListener(change, again);
    return () => {
      for (const change of ["online", "offline"]) removeEventListener(change, again);
    };
  }, [account.value?.id]);
  return (
    <div class="narrow stack">
      <Heading>{t().title}</Heading>
      {!isAble.value && (
        <Notice kind="warning">
          <p>{t().unable}</p>
        </Notice>
      )}
      {isOffline.value && found.value !== null && found.value.length > 0 && (
        <Notice kind="warning">
          <p>{t().offline}</p>
        </Notice>
      )}
      <Fault fault={fault.value} />
      {found.value === null && <Loading />}
      {found.value?.length === 0 && fault.value === null && (
        <Notice>
          <p>{t().none}</p>
          <p>
            {t().yours}: <code>{account.value?.id}</code>
          </p>
        </Notice>
      )}
      <ul class="doors">
        {found.value?.map((one) => (
          <li key={one.id}>
            <a class="card" href={`/door/${one.id}`}>
              <span class="doors-name">{one.name}</span>
              {one.venue !== null && <span class="soft">{one.venue}</span>}
              <span class="soft">{whenOf(one)}</span>
            </a>
          </li>
        ))}
      </ul>
      {canInstall.value && <Button onClick={() => void install()}>{t().install}</Button>}
    </div>
  );
}

function whenOf({ startsAt, endsAt, doorsOpenAt, timezone }: DoorChoice): string {
  const when = doorsOpenAt ?? startsAt;
  const zone = zoneIfForeign(when, timezone);
  const what = doorsOpenAt === null ? t().starts : t().doors;
  const shown = `${what} ${dayAndTime(when, timezone)}${zone === null ? "" : ` (${zone})`}`;
  return Date.parse(endsAt) < serverNowMs() ? `${t().past} · ${shown}` : shown;
}

async function ofAccount(): Promise<DoorChoice[]> {
  const who = account.peek();
  const [parts, own] = await Promise.all([
    listAll("GET /me/crew", { query: { limit: PAGE } }),
    who?.role === "organizer" || who?.role === "admin"
      ? listAll("GET /events", { query: { organizer: who.id, limit: PAGE } })
      : [],
  ]);
  const choices = [...parts.map(({ event }) => event), ...own].map(
    ({ id, name, venue, starts_at, ends_at, doors_open_at, timezone }) => {
      const times = { startsAt: starts_at, endsAt: ends_at, doorsOpenAt: doors_open_at ?? null };
      return { id, name, venue, ...times, timezone };
    },
  );
  return inOrder([...new Map(choices.map((choice) => [choice.id, choice])).values()]);
}

async function ofDevice(): Promise<DoorChoice[]> {
  const lists = await store.lists();
  return inOrder(
    lists.map(({ event }) => {
      const { id, name, timezone, startsAtMs, endsAtMs, doorsOpenAtMs } = event;
      const doorsOpenAt = doorsOpenAtMs === null ? null : iso(doorsOpenAtMs);
      return { id, name, venue: null, startsAt: iso(startsAtMs), endsAt: iso(endsAtMs), doorsOpenAt, timezone };
    }),
  );
}

/** Tonight's first, then what comes, and what was over a day ago last. */
function inOrder(choices: readonly DoorChoice[]): DoorChoice[] {
  const isOver = ({ endsAt }: DoorChoice) => Date.parse(endsAt) < serverNowMs() - DAY_MS;
  const byStart = choices.toSorted((one, other) => Date.parse(one.startsAt) - Date.parse(other.startsAt));
  return [...byStart.filter((one) => !isOver(one)), ...byStart.filter(isOver).reverse()];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
