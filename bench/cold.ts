// Scenario `cold`: what a first request after a start takes longer, and the bundle's size.

import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "../scripts/lib/build.ts";
import { type Ask, Connection } from "./http.ts";
import { PLAIN } from "./paths.ts";
import { milliseconds, progress, type Report, when } from "./report.ts";
import { Sale } from "./sale.ts";
import { median } from "./statistics.ts";

const MOST_KIB = 130;
const MOST_MS = 50;

interface Kind {
  readonly name: string;
  readonly path: string;
  readonly ask: Ask;
  readonly firstMs: number[];
  readonly secondMs: number[];
}

/** With so many starts for each kind of request. */
export async function cold(folder: string, starts: number): Promise<Report> {
  const { text } = await build(join(folder, "bundle"), "production");
  const gzippedKib = gzipSync(text, { level: 9 }).length / 1_024;
  const sale = await Sale.open(folder, "cold", { tickets: 1, buyers: 1, capacity: 1_000 });
  try {
    const [ticket] = sale.tickets;
    const reserve = { method: "POST", token: sale.tokens[0] ?? null, body: { ticket, quantity: 1 } };
    const kind = (name: string, path: string, ask: Ask = {}): Kind => ({ name, path, ask, firstMs: [], secondMs: [] });
    const plain = kind("a plain 200", PLAIN);
    const ours = [
      kind("GET /events", "/events"),
      kind("GET /tickets/{id}", `/tickets/${ticket}`),
      kind("POST /reservations", "/reservations", reserve),
    ];
    for (let start = 0; start < starts; start++) {
      for (const { path, ask, firstMs, secondMs } of [plain, ...ours]) {
        await sale.service.kill();
        await sale.service.start();
        const connection = new Connection(sale.service.url);
        for (const times of [firstMs, secondMs]) times.push((await connection.must(path, ask)).ms);
        connection.close();
      }
      progress(`start ${start + 1} of ${starts}`);
    }
    return reportOf(plain, ours, gzippedKib, Buffer.byteLength(text) / 1_024);
  } finally {
    await sale.close();
  }
}

function reportOf(plain: Kind, ours: readonly Kind[], gzippedKib: number, kib: number): Report {
  const longer = ({ firstMs, secondMs }: Kind) => median(firstMs.map((ms, start) => ms - (secondMs[start] ?? 0)));
  const ownMs = (kind: Kind) => longer(kind) - longer(plain);
  return {
    title: "Cold",
    headings: ["", "first request, ms", "second, ms", "longer, ms", "of that ours, ms"],
    rows: [plain, ...ours].map((kind) => [
      kind.name,
      milliseconds(median(kind.firstMs)),
      milliseconds(median(kind.secondMs)),
      milliseconds(longer(kind)),
      kind === plain ? "–" : milliseconds(ownMs(kind)),
    ]),
    notes: [
      `The bundle of a production build: ${gzippedKib.toFixed(1)} KiB gzipped, ${kib.toFixed(0)} KiB before.`,
      `The service is killed and started anew for each pair of requests, ${plain.firstMs.length} times for each kind; medians. ` +
        "What a plain 200 takes longer is the platform's; the rest of it is ours: to load, to open D1 and the object.",
    ],
    failures: [
      ...when(gzippedKib > MOST_KIB, `the bundle has ${gzippedKib.toFixed(1)} KiB, at most ${MOST_KIB} are promised`),
      ...ours.flatMap((kind) =>
        when(ownMs(kind) > MOST_MS, `the first ${kind.name} takes ${ownMs(kind).toFixed(0)} ms longer than the second`),
      ),
    ],
  };
}
