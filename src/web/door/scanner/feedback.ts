// What a scan sounds and feels like: the crew looks at people, not at the screen.

import { signal } from "@preact/signals";
import { read, store } from "../../ui/i18n.ts";

const KEY = "door-muted";

export const isMuted = signal(read(KEY) === "yes");

export function setMuted(muted: boolean): void {
  isMuted.value = muted;
  store(KEY, muted ? "yes" : null);
}

interface Tone {
  readonly hertz: number;
  readonly atSeconds: number;
  readonly seconds: number;
  readonly shape: OscillatorType;
}

const GOOD: readonly Tone[] = [
  { hertz: 880, atSeconds: 0, seconds: 0.09, shape: "sine" },
  { hertz: 1_320, atSeconds: 0.1, seconds: 0.16, shape: "sine" },
];
// Lower, longer, and twice: nobody needs a good ear.
const BAD: readonly Tone[] = [
  { hertz: 196, atSeconds: 0, seconds: 0.22, shape: "square" },
  { hertz: 165, atSeconds: 0.28, seconds: 0.34, shape: "square" },
];
const VOLUME = 0.5;

let audio: AudioContext | null = null;

/** Browsers let a page sound only after a touch or a key: to be called in the handler of one. */
export function unlockSound(): void {
  try {
    audio ??= new AudioContext();
    void audio.resume().catch(() => {});
  } catch {
    // A browser without sound, or with too much of it: the screen says the same.
  }
}

export function giveFeedback(isGood: boolean): void {
  // Safari has none of it, and some browsers refuse it without a word.
  navigator.vibrate?.(isGood ? 80 : [180, 90, 180]);
  if (isMuted.peek() || audio === null) return;
  const context = audio;
  for (const { hertz, atSeconds, seconds, shape } of isGood ? GOOD : BAD) {
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    const startsAt = context.currentTime + atSeconds;
    oscillator.type = shape;
    oscillator.frequency.value = hertz;
    // Without a ramp the speaker clicks.
    gain.gain.setValueAtTime(0, startsAt);
    gain.gain.linearRampToValueAtTime(VOLUME, startsAt + 0.01);
    gain.gain.setValueAtTime(VOLUME, startsAt + seconds - 0.03);
    gain.gain.linearRampToValueAtTime(0, startsAt + seconds);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(startsAt);
    oscillator.stop(startsAt + seconds);
  }
}
