// Reads a QR code off a picture: the browser's own detector where it has one, which is quick, and
// else the decoder of the `qr` package in a worker, so that the page stays at hand.

import type { Decoded, ToDecode } from "./decoder-worker.ts";

/** Null where it sees no code. */
export type Decode = (video: HTMLVideoElement) => Promise<string | null>;

// The path of the worker's script, which the build puts in.
declare const DECODER_SCRIPT: string;

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { readonly formats: readonly string[] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

export async function bestDecoder(): Promise<Decode> {
  return (await ownDecoder()) ?? packageDecoder();
}

async function ownDecoder(): Promise<Decode | null> {
  const { BarcodeDetector } = globalThis as { readonly BarcodeDetector?: DetectorClass };
  if (BarcodeDetector === undefined) return null;
  // Some have the class without the service behind it.
  const formats = await BarcodeDetector.getSupportedFormats().catch((): readonly string[] => []);
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return async (video) => {
    const found = await detector.detect(video).catch(() => []);
    // Somebody may hold up two: the pass is what we look for.
    const texts = found.map(({ rawValue }) => rawValue);
    return texts.find((text) => text.startsWith("TO1:")) ?? texts[0] ?? null;
  };
}

// A code fills a good part of the picture: more pixels take longer, and show no more.
const LONGER_SIDE = 720;

function packageDecoder(): Decode {
  const worker = new Worker(DECODER_SCRIPT, { type: "module" });
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return (video) => {
    const { videoWidth, videoHeight } = video;
    if (context === null || videoWidth === 0) return Promise.resolve(null);
    const scale = Math.min(1, LONGER_SIDE / Math.max(videoWidth, videoHeight));
    const [width, height] = [Math.round(videoWidth * scale), Math.round(videoHeight * scale)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.drawImage(video, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return new Promise((resolve) => {
      worker.onmessage = ({ data: { text } }: MessageEvent<Decoded>) => resolve(text);
      worker.onerror = () => resolve(null);
      worker.postMessage({ width, height, data } satisfies ToDecode, [data.buffer]);
    });
  };
}
