// One screen of green or red, with a large word, a sign, and why.

import { useEffect, useRef } from "preact/hooks";
import { ticketTypeIdOf } from "../../../domain/id-forms.ts";
import { readPassId } from "../../../domain/pass.ts";
import { texts } from "../../ui/i18n.ts";
import type { Verdict } from "../core/device.ts";
import { letsPass } from "../core/outcome.ts";
import { list } from "../device/door.ts";
import { BigSign, type Sign } from "./icons.tsx";
import { reasonOf, resultWord } from "./result-texts.ts";

const t = texts(
  { next: "Next", alone: "Decided offline", holder: "Name", disputed: "The payment is in dispute" },
  { next: "Weiter", alone: "Offline entschieden", holder: "Name", disputed: "Die Zahlung ist angefochten" },
);

/** A green one goes by itself: the next person stands there already. */
const GREEN_MS = 2_500;

interface VerdictViewProps {
  readonly verdict: Verdict;
  readonly timezone: string;
  readonly onClose: () => void;
}

export function VerdictView({ verdict, timezone, onClose }: VerdictViewProps) {
  const ref = useRef<HTMLButtonElement>(null);
  const { outcome, isAlone, passId } = verdict;
  const sign = signOf(verdict);
  // Where the person was who typed a code in.
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => {
    ref.current?.focus();
    if (!letsPass(outcome)) return;
    const timer = setTimeout(onClose, GREEN_MS);
    return () => clearTimeout(timer);
  }, [verdict]);
  const ticket = outcome.pass?.ticket ?? list.value?.tickets.find(({ id }) => id === ticketOf(passId))?.name;
  const reason = reasonOf(outcome, timezone);
  const isDisputed = outcome.pass?.isDisputed ?? isListedAsDisputed(passId);
  return (
    <div
      class={`verdict ${sign}`}
      role="alertdialog"
      aria-modal="true"
      aria-labelledby="verdict-word"
      aria-describedby="verdict-why"
      onClick={onClose}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <BigSign sign={sign} />
      <h2 id="verdict-word">{resultWord(outcome.result)}</h2>
      <div id="verdict-why" class="verdict-why">
        {reason !== null && <p class="verdict-reason">{reason}</p>}
        {ticket && <p class="verdict-ticket">{[ticket, outcome.pass?.price].filter(Boolean).join(" · ")}</p>}
        {isDisputed && <p class="verdict-disputed">{t().disputed}</p>}
        {outcome.pass?.holder && <p class="verdict-holder">{outcome.pass.holder}</p>}
        {isAlone && passId !== null && !isUnsure(verdict) && <p class="verdict-alone">{t().alone}</p>}
      </div>
      <button ref={ref} type="button" class="verdict-next" onClick={onClose}>
        {t().next}
      </button>
    </div>
  );
}

function isUnsure({ outcome }: Pick<Verdict, "outcome">): boolean {
  return ["undecided", "not_crew", "not_accepted"].includes(outcome.result);
}

function signOf({ outcome }: Verdict): Sign {
  if (isUnsure({ outcome })) return "unsure";
  if (outcome.result === "went_out") return "out";
  return letsPass(outcome) ? "good" : "bad";
}

function isListedAsDisputed(passId: string | null): boolean {
  const reservation = passId === null ? undefined : readPassId(passId)?.reservationId;
  return reservation !== undefined && (list.value?.disputed?.includes(reservation) ?? false);
}

function ticketOf(passId: string | null): string {
  return passId === null ? "" : ticketTypeIdOf(passId);
}
