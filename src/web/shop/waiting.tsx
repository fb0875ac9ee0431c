// What runs out while an order is not paid: the time of the hold, and the time at the bank.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { announce } from "../ui/announce.ts";
import type { Order } from "../ui/api-types.ts";
import { duration } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Notice } from "../ui/parts.tsx";
import { useTimeLeft } from "../ui/ticking.ts";
import { bankAsksUntil } from "./bank-time.ts";

const t = texts(
  {
    left: "They are yours for",
    almost: "Less than two minutes are left to pay. After that the tickets go back on sale.",
    bankLeft: "Time to confirm",
    bankOver: "The time to confirm is over. We look at what came of it.",
    payingText:
      "This takes a few seconds. You may leave this page: we keep your tickets while the payment is under way.",
    slow: "This takes longer than usual. You need not do anything.",
  },
  {
    left: "Wir halten sie fest für",
    almost: "Weniger als zwei Minuten bleiben, um zu bezahlen. Danach gehen die Tickets wieder in den Verkauf.",
    bankLeft: "Zeit zum Bestätigen",
    bankOver: "Die Zeit zum Bestätigen ist um. Wir sehen nach, was daraus geworden ist.",
    payingText:
      "Das dauert ein paar Sekunden. Sie dürfen diese Seite verlassen: Solange die Zahlung läuft, behalten Sie Ihre Tickets.",
    slow: "Es dauert länger als sonst. Sie müssen nichts tun.",
  },
);

const WARNING_MS = 2 * 60 * 1_000;
const SLOW_MS = 10_000;
const ASK_AGAIN_MS = 1_500;
/** No stream says that an event was moved meanwhile. */
const ASK_AT_BANK_MS = 10_000;

interface WaitingProps {
  readonly order: Order;
  readonly onDue: () => Promise<void>;
}

export function Countdown({ order, onDue }: WaitingProps) {
  const leftMs = useTimeLeft(order.expires_at);
  const isDue = leftMs !== null && leftMs <= 0;
  const isAlmost = leftMs !== null && leftMs <= WARNING_MS && !isDue;
  useEffect(() => {
    if (isAlmost) announce(t().almost, "assertive");
  }, [isAlmost]);
  useEffect(() => {
    if (!isDue) return;
    void onDue();
    return every(ASK_AGAIN_MS, onDue);
  }, [isDue]);
  if (leftMs === null) return null;
  return (
    <TimeLeft label={t().left} leftMs={leftMs} isAlmost={isAlmost}>
      {isAlmost && <p>{t().almost}</p>}
    </TimeLeft>
  );
}

/** While the bank asks: how long it does. */
export function AtBank({ order, onDue }: WaitingProps) {
  const leftMs = useTimeLeft(bankAsksUntil(order));
  useEffect(() => every(ASK_AT_BANK_MS, onDue), []);
  if (leftMs === null) return null;
  if (leftMs <= 0) return <Notice kind="warning">{t().bankOver}</Notice>;
  return <TimeLeft label={t().bankLeft} leftMs={leftMs} isAlmost={leftMs <= WARNING_MS} />;
}

interface TimeLeftProps {
  readonly label: string;
  readonly leftMs: number;
  readonly isAlmost: boolean;
  readonly children?: ComponentChildren;
}

function TimeLeft({ label, leftMs, isAlmost, children }: TimeLeftProps) {
  return (
    <div class={`time-left ${isAlmost ? "almost" : ""}`}>
      <span>{label}</span>
      <strong class="countdown" role="timer" aria-label={label}>
        {duration(leftMs / 1_000)}
      </strong>
      {children}
    </div>
  );
}

/** While the provider works: nothing to do, and after a while a word that nothing is lost. */
export function Charging({ order }: { readonly order: Order }) {
  const since = order.payment?.pending_since ?? null;
  const passedMs = -(useTimeLeft(since) ?? 0);
  return (
    <Notice>
      <p class="paying">
        <span class="spinner" aria-hidden="true" />
        <span>{t().payingText}</span>
      </p>
      {passedMs > SLOW_MS && <p>{t().slow}</p>}
    </Notice>
  );
}

function every(ms: number, look: () => Promise<void>): () => void {
  const timer = setInterval(look, ms);
  return () => clearInterval(timer);
}
