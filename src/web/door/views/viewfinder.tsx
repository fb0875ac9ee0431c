// The camera's picture, its lamp, and the codes that are read off it.

import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { texts } from "../../ui/i18n.ts";
import type { Direction } from "../core/outcome.ts";
import { type Camera, CameraError, type CameraFault, openCamera } from "../scanner/camera.ts";
import { bestDecoder } from "../scanner/decoders.ts";
import { isMuted, setMuted, unlockSound } from "../scanner/feedback.ts";
import { Sightings } from "../scanner/sightings.ts";

const t = texts(
  {
    aim: "Hold a code in front of the camera",
    aimOut: "Going out: hold a code in front of the camera",
    checking: "Checking …",
    torch: "Light",
    sound: "Sound",
    denied:
      "This page may not use the camera. Allow it in the browser’s settings, then reload. Until then search or type.",
    none: "This device has no camera. Search or type, or use a hand scanner: it types into the search.",
    busy: "Another app uses the camera. Close it, then try again.",
    insecure: "A browser gives the camera to pages with https only.",
    retry: "Try the camera again",
  },
  {
    aim: "Einen Code vor die Kamera halten",
    aimOut: "Hinaus: Einen Code vor die Kamera halten",
    checking: "Wird geprüft …",
    torch: "Licht",
    sound: "Ton",
    denied:
      "Diese Seite darf die Kamera nicht benutzen. Bitte in den Einstellungen des Browsers erlauben und neu laden. Bis dahin: suchen oder tippen.",
    none: "Dieses Gerät hat keine Kamera. Suchen oder tippen, oder einen Handscanner benutzen: Er tippt in die Suche.",
    busy: "Eine andere App benutzt die Kamera. Bitte schließen, dann noch einmal versuchen.",
    insecure: "Ein Browser gibt die Kamera nur Seiten mit https.",
    retry: "Kamera noch einmal versuchen",
  },
);

interface ViewfinderProps {
  readonly onText: (text: string) => Promise<void>;
  readonly isFree: () => boolean;
  readonly isChecking: boolean;
  readonly direction: Direction;
}

/** Frames follow one another no faster than this: a phone gets hot in an evening. */
const FRAME_EVERY_MS = 80;

export function Viewfinder({ onText, isFree, isChecking, direction }: ViewfinderProps) {
  const ref = useRef<HTMLVideoElement>(null);
  const { camera, fault, retry } = useCamera(ref, { onText, isFree });
  return (
    <div class={`viewfinder ${direction}`}>
      <video ref={ref} muted playsInline tabIndex={-1} />
      {fault.value === null ? (
        <p class="viewfinder-hint">{isChecking ? t().checking : direction === "out" ? t().aimOut : t().aim}</p>
      ) : (
        <div class="viewfinder-fault">
          <p>{t()[fault.value]}</p>
          <button type="button" class="button" onClick={retry}>
            {t().retry}
          </button>
        </div>
      )}
      <div class="viewfinder-tools">
        {camera.value?.hasTorch === true && <Torch camera={camera.value} />}
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

function Torch({ camera }: { readonly camera: Camera }) {
  const isLit = useSignal(false);
  return (
    <button
      type="button"
      class="tool"
      aria-pressed={isLit.value}
      onClick={async () => {
        const wanted = !isLit.peek();
        // One that fails, as in a phone that is too hot, is shown as it is.
        await camera.setTorch(wanted).then(
          () => {
            isLit.value = wanted;
          },
          () => {},
        );
      }}
    >
      {t().torch}
    </button>
  );
}

/** Opens the camera while the page can be seen, and gives what it reads to the view. */
function useCamera(ref: RefObject<HTMLVideoElement | null>, { onText, isFree }: Latest["current"]) {
  const camera = useSignal<Camera | null>(null);
  const fault = useSignal<CameraFault | null>(null);
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

  const retry = () => {
    attempt.value += 1;
  };
  return { camera, fault, retry };
}

type Latest = { readonly current: Pick<ViewfinderProps, "onText" | "isFree"> };

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
