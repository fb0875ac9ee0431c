// Scenario `reads`: how many a second of what everybody reads, beside a plain reply.

import { compete, contender, INDIRECT, relativeTo, table } from "./contest.ts";
import { Connection } from "./http.ts";
import { PLAIN } from "./paths.ts";
import type { Report } from "./report.ts";
import { Stage } from "./stage.ts";

export interface ReadOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly isIndirect: boolean;
  readonly onProgress: (line: string) => void;
}

const CONNECTIONS = 64;
const TICKETS = 10;
const LEAST = 0.8;

export async function reads(folder: string, { rounds, seconds, isIndirect, onProgress }: ReadOptions): Promise<Report> {
  const stage = await Stage.open(folder, "reads", { tickets: TICKETS, buyers: 1, capacity: 1_000 });
  try {
    const url = stage.service[isIndirect ? "indirectUrl" : "url"];
    const reader = (name: string, paths: readonly string[]) =>
      contender(paths.includes(PLAIN) ? "reference" : "ours", name, {
        url,
        requests: paths.map((path) => ({ path })),
        expect: [200],
      });
    const plain = reader("a plain 200", [PLAIN]);
    const readers = [
      reader("GET /events", ["/events"]),
      reader("GET /events/{id}", [`/events/${stage.eventId}`]),
      reader(
        "GET /tickets/{id}",
        stage.tickets.map((ticket) => `/tickets/${ticket}`),
      ),
    ];
    const contenders = [plain, ...readers];
    const wrong = await compete(folder, contenders, { rounds, seconds, connections: CONNECTIONS, onProgress });
    return {
      title: "Reading",
      ...table(contenders, plain),
      notes: [
        `${CONNECTIONS} connections that nobody is signed in on, one event, ${TICKETS} ticket types in turn; ${rounds} rounds of ` +
          `${seconds} s each after one to warm up, in turn, and who comes first changes. Medians over the rounds, with their ` +
          "middle half.",
        ...(isIndirect ? [INDIRECT] : []),
      ],
      wrong: [...wrong, ...(await misread(stage))],
      failures: [
        ...readers.flatMap((one) => {
          const { median } = relativeTo(one, plain);
          return median >= LEAST
            ? []
            : [
                `${one.name}: ${median.toFixed(2)} times as many a second as ${plain.name}, at least ${LEAST} was promised`,
              ];
        }),
      ],
    };
  } finally {
    await stage.close();
  }
}

/** What is not in the replies that was asked for. */
async function misread({ service, eventId, tickets }: Stage): Promise<string[]> {
  const connection = new Connection(service.url);
  const expected = [
    ["/events", [eventId]] as const,
    [`/events/${eventId}`, tickets] as const,
    ...tickets.map((ticket) => [`/tickets/${ticket}`, [ticket]] as const),
  ];
  try {
    const missing: string[] = [];
    for (const [path, ids] of expected) {
      const text = JSON.stringify(await connection.must<unknown>(path));
      for (const id of ids) if (!text.includes(`"${id}"`)) missing.push(`GET ${path} did not tell of ${id}`);
    }
    return missing;
  } finally {
    connection.close();
  }
}
