// From the picture of a pass to the door: the service draws a code, a camera sees it, a page reads
// it off, and whoever shows it is let in.

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Client, client, must } from "../../../scripts/lib/client.ts";
import { putOnSale } from "../../crash/sale.ts";
import type { Service } from "../../crash/service.ts";
import { hasChromium } from "../../support/browser.ts";
import { startService, useFolder } from "../../support/built-service.ts";
import { draw, type Sight, scan } from "../../support/camera.ts";

const LONGEST_MS = 180_000;
const SVG = /<svg [\s\S]*?<\/svg>/;

type Source = "code.svg" | "code.gif" | "the page to print";
const STRAIGHT = { side: 320, turnDegrees: 0, slant: 0, blurPx: 0 };
const ROWS: readonly [how: string, source: Source, sight: Omit<Sight, "picture">][] = [
  ["straight", "code.svg", STRAIGHT],
  ["as a mail shows it", "code.gif", { ...STRAIGHT, side: 196 }],
  ["printed", "the page to print", { ...STRAIGHT, side: 280, turnDegrees: 5, blurPx: 1 }],
  ["turned", "code.svg", { ...STRAIGHT, turnDegrees: 28 }],
  ["upside down", "code.svg", { ...STRAIGHT, turnDegrees: 180 }],
  ["out of focus", "code.svg", { ...STRAIGHT, blurPx: 2 }],
  ["from afar", "code.svg", { ...STRAIGHT, side: 170 }],
  ["askew, turned and out of focus", "code.svg", { side: 300, turnDegrees: -14, slant: 0.15, blurPx: 1 }],
];

const folder = useFolder("scanned");
let service: Service | undefined;
let sale: Awaited<ReturnType<typeof putOnSale>>;
let buyer: Client;
let passes: { readonly id: string; readonly reservation: string }[];

beforeAll(async () => {
  if (!hasChromium) return;
  service = await startService(folder.path, 3_600);
  sale = await putOnSale(service, 1, [{ capacity: ROWS.length, priceMinor: 0 }]);
  buyer = client(service.url, sale.buyers[0]?.token);
  const wanted = { ticket: sale.tickets[0]?.id, quantity: ROWS.length };
  const { id } = (await must<{ id: string }>(buyer, "POST", "/reservations", wanted)).body;
  await must(buyer, "POST", `/reservations/${id}/payment`, {});
  passes = (await must<typeof passes>(buyer, "GET", `/reservations/${id}/passes`)).body;
}, LONGEST_MS);
afterAll(async () => service?.kill());

test.skipIf(!hasChromium)(
  "the picture of a pass is read by a camera, and lets in",
  { timeout: LONGEST_MS },
  async () => {
    expect(passes).toHaveLength(ROWS.length);
    const pictures = await Promise.all(ROWS.map(([, source], row) => pictureOf(source, row)));
    const sights = ROWS.map(([, , sight], row) => ({ ...sight, picture: pictures[row] ?? "" }));
    const seen = await draw(sights);
    const organiser = client(service?.url ?? "", sale.organiserToken);
    for (const [row, [how]] of ROWS.entries()) {
      const code = await scan(folder.path, seen[row] ?? new Uint8Array());
      const checkIn = { event: sale.eventId, code, gate: "North", key: randomUUID() };
      const { body } = await must<{ result: string; pass: { id: string } }>(organiser, "POST", "/check-ins", checkIn);
      expect([body.result, body.pass?.id], how).toEqual(["admitted", passes[row]?.id]);
      const again = await must<{ result: string }>(organiser, "POST", "/check-ins", { ...checkIn, key: randomUUID() });
      expect(again.body.result, how).toBe("already_admitted");
    }
  },
);

/** As a `data:` URL. */
async function pictureOf(source: Source, row: number): Promise<string> {
  const { id, reservation } = passes[row] ?? {};
  if (source === "code.gif")
    return `data:image/gif;base64,${(await fileAt(`/passes/${id}/code.gif`)).toString("base64")}`;
  if (source === "code.svg") return svgUrl(await fileAt(`/passes/${id}/code.svg`));
  // The passes of a reservation stand there in their order.
  const page = (await fileAt(`/reservations/${reservation}/passes/print`)).toString();
  return svgUrl([...page.matchAll(new RegExp(SVG, "g"))][row]?.[0] ?? "");
}

function svgUrl(svg: Buffer | string): string {
  // In a page its style gives it a size.
  const sized = svg.toString().replace("<svg ", '<svg width="980" height="980" ');
  return `data:image/svg+xml,${encodeURIComponent(sized)}`;
}

async function fileAt(path: string): Promise<Buffer> {
  const headers = { authorization: `Bearer ${sale.buyers[0]?.token}` };
  const response = await fetch(`${service?.url}${path}`, { headers });
  expect(response.status, path).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}
