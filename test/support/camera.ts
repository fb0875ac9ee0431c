// A camera that looks at a picture: Chromium draws what it sees, and Chromium's camera shows that
// to a page that scans. Nothing leaves this machine.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { launch } from "./browser.ts";

export interface Sight {
  /** A `data:` URL. */
  readonly picture: string;
  /** Pixels, of the 640 by 480 that the camera has. */
  readonly side: number;
  readonly turnDegrees: number;
  /** How far each line is moved against the one above it, as a part of its height. */
  readonly slant: number;
  readonly blurPx: number;
}

const WIDTH = 640;
const HEIGHT = 480;
const FRAMES = 10;
const TABLE_LUMA = 132;
const TIMEOUT_MS = 60_000;
const PAGES = join(import.meta.dirname, "camera");
const QR = dirname(createRequire(import.meta.url).resolve("qr"));

/** What the camera sees of each, in shades of grey. */
export function draw(sights: readonly Sight[]): Promise<Uint8Array[]> {
  return visit("draw.html", { width: WIDTH, height: HEIGHT, sights }, sights.length, []);
}

/** The text that a scanner reads off what the camera sees; rejects where it finds none in time. */
export async function scan(folder: string, luma: Uint8Array): Promise<string> {
  const camera = cameraShowing(folder, [{ luma, frames: FRAMES }]);
  const [text] = await visit("scan.html", { width: WIDTH, height: HEIGHT }, 1, camera);
  return Buffer.from(text ?? []).toString("utf8");
}

export interface Shot {
  /** What the camera sees, from `draw`; null for the table alone. */
  readonly luma: Uint8Array | null;
  /** Of a tenth of a second each. */
  readonly frames: number;
}

/** Flags of a Chromium whose camera shows these one after another, again and again. */
export function cameraShowing(folder: string, shots: readonly Shot[]): string[] {
  const film = join(folder, `${randomUUID()}.y4m`);
  writeFileSync(film, filmOf(shots));
  return [
    ...["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
    `--use-file-for-fake-video-capture=${film}`,
  ];
}

/** YUV4MPEG2: after a header, for each frame its brightness, then its colours at half the size. */
function filmOf(shots: readonly Shot[]): Buffer {
  const table = new Uint8Array(WIDTH * HEIGHT).fill(TABLE_LUMA);
  const grey = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const frames = shots.flatMap(({ luma, frames: count }) =>
    Array.from({ length: count }, () => [Buffer.from("FRAME\n"), luma ?? table, grey]),
  );
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  return Buffer.concat([header, ...frames.flat()]);
}

/** Opens the page until it has sent so many results. */
async function visit(page: string, task: object, count: number, flags: readonly string[]): Promise<Uint8Array[]> {
  const results: Uint8Array[] = [];
  const done = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    if (request.method === "POST") {
      results.push(Buffer.concat(await request.toArray()));
      response.end();
      if (results.length === count) done.resolve();
      return;
    }
    const { type, content } = fileAt(request.url ?? "/", page, task);
    response.writeHead(200, { "content-type": type }).end(content);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const browser = await launch(flags);
  const timer = setTimeout(() => done.reject(new Error(`${page} was not done in time`)), TIMEOUT_MS);
  browser.once("disconnected", () => done.reject(new Error("Chromium has ended")));
  try {
    const tab = await browser.newPage();
    await Promise.all([tab.goto(`http://127.0.0.1:${port}/`), done.promise]);
    return results;
  } finally {
    clearTimeout(timer);
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}

function fileAt(path: string, page: string, task: object): { type: string; content: string | Buffer } {
  if (path === "/") return { type: "text/html", content: readFileSync(join(PAGES, page)) };
  if (path === "/task") return { type: "application/json", content: JSON.stringify(task) };
  const [, module] = /^\/qr\/(decode|index)\.js$/.exec(path) ?? [];
  if (module === undefined) return { type: "text/plain", content: "" };
  return { type: "text/javascript", content: readFileSync(join(QR, `${module}.js`)) };
}
