// Scanning: the camera's picture, the verdict over it, and what the crew needs at hand.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { announce } from "../../ui/announce.ts";
import { counted, texts } from "../../ui/i18n.ts";
import { Notice } from "../../ui/parts.tsx";
import type { Verdict } from "../core/device.ts";
import { type Direction, letsPass } from "../core/outcome.ts";
import type { OwnScan } from "../core/scan.ts";
import type { DoorList } from "../core/store.ts";
import { recordNow, scanFound, scanText } from "../device/door.ts";
import { giveFeedback, unlockSound } from "../scanner/feedback.ts";
import { keepScreenOn } from "../scanner/screen.ts";
import { LogPanel, useConcerns } from "./log.tsx";
import { NumbersPanel } from "./numbers.tsx";
import { reasonOf, resultWord } from "./result-texts.ts";
import { SearchPanel } from "./search.tsx";
import { StateBar } from "./state-bar.tsx";
import { VerdictView } from "./verdict.tsx";
import { Viewfinder } from "./viewfinder.tsx";

const t = texts(
  {
    search: "Search or type",
    numbers: "Numbers",
    log: "Scans",
    goingIn: "In",
    goingOut: "Out",
    direction: "Which way people go",
    lost: "This device can’t keep its scans: its storage is full or forbidden. Nobody was let in by it.",
    concerns: (count: number) => counted(count, "thing to look at", "things to look at"),
  },
  {
    search: "Suchen oder tippen",
    numbers: "Zahlen",
    log: "Scans",
    goingIn: "Hinein",
    goingOut: "Hinaus",
    direction: "In welche Richtung gescannt wird",
    lost: "Dieses Gerät kann seine Scans nicht behalten: Der Speicher ist voll oder verboten. Es hat niemanden eingelassen.",
    concerns: (count: number) => counted(count, "Hinweis", "Hinweise"),
  },
);

const PANELS = ["search", "numbers", "log"] as const;
type Panel = (typeof PANELS)[number];

interface ScanningProps {
  readonly door: DoorList;
  readonly gate: string;
  readonly onGate: () => void;
}

export function Scanning({ door, gate, onGate }: ScanningProps) {
  const { timezone, reentry } = door.event;
  const direction = useSignal<Direction>("in");
  const panel = useSignal<Panel | null>(null);
  const { verdict, isChecking, isLost, decide } = useVerdict(timezone);
  const closePanel = () => {
    panel.value = null;
  };
  const take = (text: string) => {
    closePanel();
    return decide(() => scanText(text, gate, direction.peek()));
  };
  const takeFound = (passId: string) => {
    closePanel();
    return decide(() => scanFound(passId, gate, direction.peek()));
  };
  const record = (scan: OwnScan) => {
    closePanel();
    return decide(() => recordNow(scan));
  };
  // A refusal stays until somebody has read it.
  const isFree = () => !isChecking.peek() && panel.peek() === null && isOver(verdict.peek());
  useEffect(keepScreenOn, []);
  return (
    <main class="door-scan" id="content">
      <StateBar door={door} gate={gate} onGate={onGate} />
      <Viewfinder onText={take} isFree={isFree} isChecking={isChecking.value} direction={direction.value} />
      {isLost.value && (
        <Notice kind="bad">
          <p>{t().lost}</p>
        </Notice>
      )}
      {reentry && <DirectionSwitch direction={direction} />}
      <Actions
        label={door.event.name}
        onOpen={(chosen) => {
          panel.value = chosen;
        }}
      />
      {panel.value === "search" && (
        <SearchPanel door={door} direction={direction.value} onCode={take} onPass={takeFound} onClose={closePanel} />
      )}
      {panel.value === "numbers" && <NumbersPanel door={door} onClose={closePanel} />}
      {panel.value === "log" && <LogPanel door={door} onRecord={record} onClose={closePanel} />}
      {verdict.value !== null && (
        <VerdictView
          verdict={verdict.value}
          timezone={timezone}
          onClose={() => {
            verdict.value = null;
          }}
        />
      )}
    </main>
  );
}

/** Decides one scan at a time, and says what came of it to eyes, ears and hands. */
function useVerdict(timezone: string) {
  const verdict = useSignal<Verdict | null>(null);
  const isChecking = useSignal(false);
  const isLost = useSignal(false);
  const show = (found: Verdict) => {
    verdict.value = found;
    const { outcome } = found;
    giveFeedback(letsPass(outcome));
    announce([resultWord(outcome.result), reasonOf(outcome, timezone)].filter(Boolean).join(". "), "assertive");
  };
  const decide = async (work: () => Promise<Verdict>) => {
    if (isChecking.peek()) return;
    isChecking.value = true;
    try {
      show(await work());
      isLost.value = false;
    } catch {
      isLost.value = true;
      giveFeedback(false);
    } finally {
      isChecking.value = false;
    }
  };
  return { verdict, isChecking, isLost, decide };
}

function DirectionSwitch({ direction }: { readonly direction: Signal<Direction> }) {
  return (
    <fieldset class="segments">
      <legend class="unseen">{t().direction}</legend>
      {(["in", "out"] as const).map((one) => (
        <label key={one}>
          <input
            type="radio"
            name="direction"
            checked={direction.value === one}
            onChange={() => {
              direction.value = one;
            }}
          />
          <span>{one === "in" ? t().goingIn : t().goingOut}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface ActionsProps {
  readonly label: string;
  readonly onOpen: (panel: Panel) => void;
}

function Actions({ label, onOpen }: ActionsProps) {
  const concerns = useConcerns().length;
  return (
    <nav class="door-actions" aria-label={label}>
      {PANELS.map((one) => (
        <button
          key={one}
          type="button"
          class={one === "search" ? "button primary" : "button"}
          onClick={() => {
            unlockSound();
            onOpen(one);
          }}
        >
          {t()[one]}
          {one === "log" && concerns > 0 && (
            <span class="count">
              {concerns}
              <span class="unseen"> {t().concerns(concerns)}</span>
            </span>
          )}
        </button>
      ))}
    </nav>
  );
}

/** The next code may be taken: nothing is shown, or a green that goes by itself. */
function isOver(verdict: Verdict | null): boolean {
  return verdict === null || letsPass(verdict.outcome);
}
