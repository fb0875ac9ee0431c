// Programme files: checked whole by the service's own rules, and loaded whole or not at all.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadProgramme, type Programme, readProgramme } from "../../../scripts/lib/programme.ts";

const ticket = { name: "Day", price: { amount: 1000, currency: "EUR" }, capacity: 5 };
const ADULT = { name: "Adult", price: { amount: 1000, currency: "EUR" } };
const [starts_at, ends_at] = ["2029-05-01T10:00:00.000Z", "2029-05-01T18:00:00.000Z"];
const event = { name: "Fair", venue: "Barn", timezone: "Europe/Paris", starts_at, ends_at, tickets: [ticket] };

describe("a file with mistakes", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "programme-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function mistakesOf(events: unknown[]): string[] {
    const file = join(folder, "programme.json");
    writeFileSync(file, JSON.stringify({ events }));
    try {
      readProgramme(file);
      return [];
    } catch (fault) {
      return (fault as Error).message
        .split("\n")
        .slice(1)
        .map((line) => line.trim().replace(/: .*/, ""));
    }
  }

  function read(content: string | Buffer): Programme {
    writeFileSync(join(folder, "programme.json"), content);
    return readProgramme(join(folder, "programme.json"));
  }

  test.each<[what: string, content: string | Buffer, refusal: RegExp]>([
    [
      "text in another encoding",
      Buffer.from(JSON.stringify({ events: [{ ...event, name: "Café" }] }), "latin1"),
      /utf-8/,
    ],
    ["two members of one name", `{"events": [], "events": ${JSON.stringify([event])}}`, /two members of one name/],
    ["half of a file", '{"events": [', /JSON/],
  ])("is refused whole: %s", (_what, content, refusal) => {
    expect(() => read(content)).toThrow(refusal);
  });

  test("a byte order mark, and blanks at the ends of names, are no mistakes", () => {
    const events = [{ ...event, name: " Fair ", tickets: [{ ...ticket, name: "Day " }] }];
    const [first] = read(`\ufeff${JSON.stringify({ events })}`).events;
    // As the service keeps them, or the next load would add them again.
    expect([first?.name, first?.tickets[0]?.name]).toEqual(["Fair", "Day"]);
  });

  const priced = (currency: string, name = "Day") => ({ ...ticket, name, price: { amount: 1, currency } });

  test.each<[what: string, events: unknown[], paths: string[]]>([
    ["none", [event, { ...event, name: "Market", tickets: [priced("SLE")] }], []],
    [
      "what one runtime takes and the other does not",
      [event, { ...event, name: "A", timezone: "Europe/Bonn", tickets: [priced("HRK"), priced("XXX", "Night")] }],
      ["events.1.timezone", "events.1.tickets.0.price.currency", "events.1.tickets.1.price.currency"],
    ],
    [
      "too many ticket types",
      [{ ...event, tickets: Array.from({ length: 101 }, (_, n) => priced("EUR", `${n}`)) }],
      ["events.0.tickets"],
    ],
    [
      "what is refused of a ticket type with its event",
      [{ ...event, tickets: [{ ...ticket, sales_start: ends_at }, priced("USD", "Night")] }, event],
      ["events.1", "events.0.tickets.0.sales_start", "events.0.tickets.1.price.currency"],
    ],
    [
      "prices that the object would refuse, and codes that open none",
      [
        {
          ...event,
          tickets: [
            {
              ...{ name: "Day", capacity: 5, sales_start: starts_at },
              prices: [
                { ...ADULT, sales_start: "2029-04-01T10:00:00.000Z" },
                { ...ADULT, name: "Group", min_per_order: 5, max_per_order: 4 },
                { ...ADULT, name: "Members", requires_code: true },
              ],
              codes: { Adult: { codes: ["A"] }, Members: { count: 3 }, Nobody: { count: 1 } },
            },
          ],
        },
      ],
      [
        ...["events.0.tickets.0.prices.0", "events.0.tickets.0.prices.1"],
        ...["events.0.tickets.0.codes.Adult", "events.0.tickets.0.codes.Nobody"],
      ],
    ],
  ])("is refused for each, by its path: %s", (_what, events, paths) => {
    expect(mistakesOf(events)).toEqual(paths);
  });
});

interface Kept {
  id: string;
  name: string;
  starts_at: string;
  status: string;
  tickets: { id: string; name: string; prices: { id: string; name: string }[] }[];
}

/** The service as far as a load needs it. It refuses the request number `refused`. */
class Service {
  events: Kept[] = [];
  /** By the path of their price. */
  codes = new Map<string, unknown>();
  refused = 0;
  #asked = 0;
  #server: Server | null = null;

  async start(): Promise<string> {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const [status, body] = this.#answer(request.method ?? "", request.url ?? "", text === "" ? {} : JSON.parse(text));
      response.writeHead(status, { connection: "close" }).end(body === null ? "" : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  stop(): void {
    this.#server?.close();
  }

  #answer(method: string, url: string, body: Record<string, string>): [status: number, body: unknown] {
    this.#asked += 1;
    const [, kind, id, more] = url.split("/");
    if (method !== "DELETE" && this.#asked === this.refused) return [503, { type: "/problems/unavailable" }];
    if (more === "prices") return this.#codesAt(method, url.replace(/\?.*/, ""), body);
    if (method === "GET") return [200, kind === "me" ? { id: "me" } : url.includes("past") ? [] : this.events];
    if (method === "POST" && id === undefined)
      return [201, this.#add({ id: `e${this.#asked}`, tickets: [], ...body } as unknown as Kept)];
    const found = this.events.find((event) => event.id === id);
    if (method === "PATCH" && found !== undefined) return [200, Object.assign(found, body)];
    if (method === "POST" && more === "tickets") {
      const made = { id: `t${this.#asked}`, name: body.name ?? "", prices: pricesOf(body) };
      found?.tickets.push(made);
      return [201, made];
    }
    this.events = this.events.filter((event) => event.id !== id);
    for (const event of this.events) event.tickets = event.tickets.filter((ticket) => ticket.id !== id);
    return [204, null];
  }

  #codesAt(method: string, path: string, body: unknown): [status: number, body: unknown] {
    if (method === "POST") this.codes.set(path, body);
    return [method === "POST" ? 201 : 200, this.codes.has(path) ? [{}] : []];
  }

  #add(event: Kept): Kept {
    this.events.push(event);
    return event;
  }
}

function pricesOf({
  prices = [{ name: "Standard" }],
}: {
  readonly prices?: unknown;
}): Kept["tickets"][number]["prices"] {
  const named = Array.isArray(prices) ? prices : [];
  return named.map(({ name }: { readonly name: string }, index) => ({ id: `p${index}`, name }));
}

describe("a load", () => {
  let service: Service;
  let url: string;
  beforeEach(async () => {
    service = new Service();
    url = await service.start();
  });
  afterEach(() => service.stop());

  const night = { ...ticket, name: "Night" };
  const programme: Programme = {
    events: [
      { ...event, tickets: [ticket, night] },
      { ...event, name: "Market" },
      { ...event, name: "Off", status: "cancelled" },
    ],
  };
  const state = () =>
    service.events.map(({ name, status, tickets }) => `${name}: ${status}, ${tickets.map(({ name }) => name)}`);
  const WHOLE = ["Fair: published, Day,Night", "Market: published, Day", "Off: cancelled, Day"];

  test("makes all of it, and the next one makes nothing", async () => {
    expect(await loadProgramme(programme, url, "token")).toEqual({ events: 3, tickets: 4, prices: 4, codes: 0 });
    expect(state()).toEqual(WHOLE);
    expect(await loadProgramme(programme, url, "token")).toEqual({ events: 0, tickets: 0, prices: 0, codes: 0 });
    expect(state()).toEqual(WHOLE);
  });

  // It makes 13 requests.
  test.each(Array.from({ length: 13 }, (_, n) => n + 1))(
    "leaves nothing where request %i is refused",
    async (refused) => {
      service.refused = refused;
      await expect(loadProgramme(programme, url, "token")).rejects.toThrow("answered 503");
      expect(state()).toEqual([]);
    },
  );

  test("makes the codes of prices, also where it was cut short before them, and makes them once", async () => {
    const members = { ...ADULT, name: "Members", requires_code: true };
    const codes = { Members: { codes: ["LANTERN"], uses: 9 } };
    const coded = { name: "Day", capacity: 5, prices: [ADULT, members], codes };
    const withCodes: Programme = { events: [{ ...event, tickets: [coded] }] };
    expect(await loadProgramme(withCodes, url, "token")).toEqual({ events: 1, tickets: 1, prices: 2, codes: 1 });
    const [path = ""] = service.codes.keys();
    expect(path).toMatch(/^\/tickets\/t\d+\/prices\/p1\/codes$/);
    expect([...service.codes.values()]).toEqual([codes.Members]);
    service.codes.clear();
    expect(await loadProgramme(withCodes, url, "token")).toEqual({ events: 0, tickets: 0, prices: 0, codes: 1 });
    expect([...service.codes]).toEqual([[path, codes.Members]]);
    service.codes.set(path, "as they were");
    await loadProgramme(withCodes, url, "token");
    expect(service.codes.get(path)).toBe("as they were");
  });

  test("names the place of what the service refuses", async () => {
    // After the account and two pages of its events come an event, and its two ticket types.
    service.refused = 6;
    await expect(loadProgramme(programme, url, "token")).rejects.toThrow("events.0.tickets.1: POST");
  });

  test("leaves what was there as it was, and finishes what was cut short", async () => {
    const there = [
      { id: "e", name: "Fair", starts_at, status: "published", tickets: [{ id: "t", name: "Day", prices: [] }] },
      { id: "d", name: "Market", starts_at, status: "draft", tickets: [] },
    ];
    service.events = structuredClone(there);
    // The last of nine requests, which makes the last event public.
    service.refused = 9;
    await expect(loadProgramme(programme, url, "token")).rejects.toThrow("answered 503");
    expect(state()).toEqual(["Fair: published, Day", "Market: draft, "]);
    expect(await loadProgramme(programme, url, "token")).toEqual({ events: 1, tickets: 3, prices: 3, codes: 0 });
    expect(state()).toEqual(WHOLE);
  });
});
