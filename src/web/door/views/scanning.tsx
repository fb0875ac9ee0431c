// Scanning: the camera's picture, the verdict over it, and what the crew needs at hand.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { announce } from "../../ui/announce.ts";
import { counted, texts } from "../../ui/i18n.ts";
import { Notice } from "../../ui/parts.tsx";
import type { Verdict } from "../core/device.ts";
import { type Direction, letsPass } from "../core/outcome.ts";
import type { DoorList } from "../core/store.ts";
import { scanFound, scanText } from "../device/door.ts";
import { type Camera, CameraError, type CameraFault, openCamera } from "../scanner/camera.ts";
import { bestDecoder } from "../scanner/decoders.ts";
import { giveFeedback, isMuted, setMuted, unlockSound } from "../scanner/feedback.ts";
import { keepScreenOn } from "../scanner/screen.ts";
import { Sightings } from "../scanner/sightings.ts";
import { LogPanel, useConcerns } from "./log.tsx";
import { NumbersPanel } from "./numbers.tsx";
import { reasonOf, resultWord } from "./result-texts.ts";
import { SearchPanel } from "./search.tsx";
import { StateBar } from "./state-bar.tsx";
import { VerdictView } from "./verdict.tsx";

const t = texts(
  {
    aim: "Hold a code in front of the camera",
    checking: "Checking …",
    torch: "Light",
    sound: "Sound",
    search: "Search or type",
    numbers: "Numbers",
    log: "Scans",
    goingIn: "In",
    goingOut: "Out",
    direction: "Which way people go",
    denied: "This page may not use the camera. Allow it in the browser’s settings, then reload. Until then search or type.",
    none: "This device has no camera. Search or type, or use a hand scanner: it types into the search.",
    busy: "Another app uses the camera. Close it, then reload this page.",
    insecure: "A browser gives the camera to pages with https only.",
    retry: "Try the camera again",
    lost: "This device can’t keep its scans: its storage is full or forbidden. Nobody was let in by it.",
    concerns: (count: number) => counted(count, "thing to look at", "things to look at"),
  },
  {
    aim: "Einen Code vor die Kamera halten",
    checking: "Wird geprüft …",
    torch: "Licht",
    sound: "Ton",
    search: "Suchen oder tippen",
    numbers: "Zahlen",
    log: "Scans",
    goingIn: "Hinein",
    goingOut: "Hinaus",
    direction: "In welche Richtung gescannt wird",
    denied:
      "Diese Seite darf die Kamera nicht benutzen. Bitte in den Einstellungen des Browsers erlauben und neu laden. Bis dahin: suchen oder tippen.",
    none: "Dieses Gerät hat keine Kamera. Suchen oder tippen, oder einen Handscanner benutzen: Er tippt in die Suche.",
    busy: "Eine andere App benutzt die Kamera. Bitte schließen und diese Seite neu laden.",
    insecure: "Ein Browser gibt die Kamera nur Seiten mit https.",
    retry: "Kamera noch einmal versuchen",
    lost: "Dieses Gerät kann seine Scans nicht behalten: Der Speicher ist voll oder verboten. Es hat niemanden eingelassen.",
    concerns: (count: number) => counted(count, "Hinweis", "Hinweise"),
  },
);

type Panel = "search" | "numbers" | "log";

interface ScanningProps {
  readonly door: DoorList;
  readonly gate: string;
  readonly onGate: () => void;
}

export function Scanning({ door, gate, onGate }: ScanningProps) {
  const { timezone, reentry, name } = door.event;
  const verdict = useSignal<Verdict | null>(null);
  const isChecking = useSignal(false);
  const isLost = useSignal(false);
  const direction = useSignal<Direction>("in");
  const panel = useSignal<Panel | null>(null);
  const concerns = useConcerns();

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
  const take = (text: string) => decide(() => scanText(text, gate, direction.peek()));
  const takeFound = (passId: string) => {
    panel.value = null;
    return decide(() => scanFound(passId, gate, direction.peek()));
  };
  // A refusal stays until somebody has read it.
  const isFree = () => !isChecking.peek() && panel.peek() === null && (verdict.peek() === null || isGreen(verdict.peek()));

  useEffect(keepScreenOn, []);
  return (
    <main class="door-scan" id="content">
      <StateBar door={door} gate={gate} onGate={onGate} />
      <CameraView onText={take} isFree={isFree} isChecking={isChecking.value} />
      {isLost.value && (
        <Notice kind="bad">
          <p>{t().lost}</p>
        </Notice>
      )}
      {reentry && (
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
      )}
      <nav class="door-actions" aria-label={name}>
        {(["search", "numbers", "log"] as const).map((one) => (
          <button
            key={one}
            type="button"
            class={one === "search" ? "button primary" : "button"}
            onClick={() => {
              unlockSound();
              panel.value = one;
            }}
          >
            {t()[one]}
            {one === "log" && concerns.length > 0 && (
              <span class="badge">
                {concerns.length}
                <span class="unseen"> {t().concerns(concerns.length)}</span>
              </span>
            )}
          </button>
        ))}
      </nav>
      {panel.value === "search" && (
        <SearchPanel
          door={door}
          onCode={(text) => {
            panel.value = null;
            void take(text);
          }}
          onPass={takeFound}
          onClose={() => {
            panel.value = null;
          }}
        />
      )}
      {panel.value === "numbers" && <NumbersPanel door={door} onClose={() => { panel.value = null; }} />}
      {panel.value === "log" && <LogPanel door={door} onClose={() => { panel.value = null; }} />}
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

interface CameraViewProps {
  readonly onText: (text: string) => Promise<void>;
  readonly isFree: () => boolean;
  readonly isChecking: boolean;
}

/** Frames follow one another no faster than this: a phone gets hot in an evening. */
const FRAME_EVERY_MS = 80;

function CameraView({ onText, isFree, isChecking }: CameraViewProps) {
  const ref = useRef<HTMLVideoElement>(null);
  const camera = useSignal<Camera | null>(null);
  const fault = useSignal<CameraFault | null>(null);
  const isLit = useSignal(false);
  const attempt = useSignal(0);
  // The loop outlives many drawings of this view.
  const latest = useRef({ onText, isFree });
  latest.current = { onText, isFree };

  useEffect(() => {
    const video = ref.current;
    if (video === null) return;
    let isOver = false;
    const stop = () => {
      camera.peek()?.stop();
      camera.value = null;
      isLit.value = false;
    };
    const start = async () => {
      if (isOver || camera.peek() !== null || document.visibilityState !== "visible") return;
      try {
        const opened = await openCamera(video);
        if (isOver) return opened.stop();
        camera.value = opened;
        fault.value = null;
        void opened.ended.then(stop);
      } catch (caught) {
        fault.value = caught instanceof CameraError ? caught.fault : "none";
      }
    };
    // Phones take the camera away from a page that is hidden, some of them without saying so.
    const onVisibility = () => (document.visibilityState === "visible" ? void start() : stop());
    document.addEventListener("visibilitychange", onVisibility);
    void start();
    void readFrames(video, () => isOver, latest);
    return () => {
      isOver = true;
      document.removeEventListener("visibilitychange", onVisibility);
      stop();
    };
  }, [attempt.value]);

  return (
    <div class="viewfinder">
      <video ref={ref} muted playsInline aria-hidden="true" />
      {fault.value === null ? (
        <p class="viewfinder-hint">{isChecking ? t().checking : t().aim}</p>
      ) : (
        <div class="viewfinder-fault">
          <p>{t()[fault.value]}</p>
          <button
            type="button"
            class="button"
            onClick={() => {
              attempt.value += 1;
            }}
          >
            {t().retry}
          </button>
        </div>
      )}
      <div class="viewfinder-tools">
        {camera.value?.hasTorch === true && (
          <button
            type="button"
            class="tool"
            aria-pressed={isLit.value}
            onClick={async () => {
              await camera.peek()?.setTorch(!isLit.peek());
              isLit.value = !isLit.peek();
            }}
          >
            {t().torch}
          </button>
        )}
        <button
          type="button"
          class="tool"
          aria-pressed={!isMuted.value}
          onClick={() => {
            unlockSound();
            setMuted(!isMuted.peek());
          }}
        >
          {t().sound}
        </button>
      </div>
    </div>
  );
}

type Latest = { readonly current: Pick<CameraViewProps, "onText" | "isFree"> };

async function readFrames(video: HTMLVideoElement, isOver: () => boolean, latest: Latest): Promise<void> {
  const decode = await bestDecoder();
  const sightings = new Sightings();
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, FRAME_EVERY_MS));
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.paused) continue;
    const grabbedAt = performance.now();
    const text = await decode(video);
    if (isOver() || text === null) continue;
    if (!latest.current.isFree()) {
      // Still the one that was decided: it is not to be scanned again once the verdict is gone.
      sightings.keep(text, performance.now());
      continue;
    }
    if (!sightings.isNew(text, performance.now())) continue;
    await latest.current.onText(text);
    performance.measure("frame to verdict", { start: grabbedAt, end: performance.now() });
  }
}

function isGreen(verdict: Verdict | null): boolean {
  return verdict !== null && letsPass(verdict.outcome);
}
