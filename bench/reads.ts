// Scenario `reads`: how many a second of what everybody reads, beside a plain reply.

import { atLeast, compare, contender, roundsText, type Turns, table } from "./comparison.ts";
import { Connection } from "./http.ts";
import { PLAIN } from "./paths.ts";
import type { Report } from "./report.ts";
import { Sale } from "./sale.ts";

const CONNECTIONS = 64;
const TICKETS = 10;
const LEAST_OF_PLAIN = 0.45;

export async function reads(folder: string, turns: Turns): Promise<Report> {
  const sale = await Sale.open(folder, "reads", { tickets: TICKETS, buyers: 1, capacity: 1_000 });
  try {
    const reader = (name: string, paths: readonly string[]) =>
      contender(name, { url: sale.service.url, requests: paths.map((path) => ({ path })), expect: [200] });
    const plain = reader("a plain 200", [PLAIN]);
    const ticketPaths = sale.tickets.map((ticket) => `/tickets/${ticket}`);
    const readers = [
      reader("GET /events", ["/events"]),
      reader("GET /events/{id}", [`/events/${sale.eventId}`]),
      reader("GET /tickets/{id}", ticketPaths),
    ];
    const contenders = [plain, ...readers];
    const wrong = await compare(folder, contenders, CONNECTIONS, turns);
    return {
      title: "Reading",
      ...table(contenders, plain),
      notes: [
        `${CONNECTIONS} connections without a session, one event, ${TICKETS} ticket types in turn; ${roundsText(turns)}`,
      ],
      wrong: [...wrong, ...(await misread(sale))],
      failures: readers.flatMap((one) => atLeast(LEAST_OF_PLAIN, one, plain)),
    };
  } finally {
    await sale.close();
  }
}

/** The ids that are missing in the replies, each in a sentence. */
async function misread({ service, eventId, tickets }: Sale): Promise<string[]> {
  const connection = new Connection(service.url);
  const expected: [path: string, ids: readonly string[]][] = [
    ["/events", [eventId]],
    [`/events/${eventId}`, tickets],
    ...tickets.map((ticket): [string, string[]] => [`/tickets/${ticket}`, [ticket]]),
  ];
  try {
    const missing: string[] = [];
    for (const [path, ids] of expected) {
      const { text } = await connection.must(path);
      for (const id of ids) if (!text.includes(`"${id}"`)) missing.push(`GET ${path} does not contain ${id}`);
    }
    return missing;
  } finally {
    connection.close();
  }
}
