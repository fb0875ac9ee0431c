// Marked secrets through every input of every route: none is in the log, whole or broken, and no
// reply shows how the service is made.

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Env } from "../../../../src/worker/env.ts";
import { WITH_MAIL } from "../../../support/links.ts";
import {
  type FieldPath,
  newWorld,
  pathOf,
  type Route,
  requestTo,
  respond,
  sampleBody,
  stringFields,
  withField,
} from "../../../support/requests.ts";
import { ROUTES } from "../../../support/routes.ts";
import { textOf } from "../../../support/service.ts";

const CANARY = "canary7f3a";
const EMAIL = `${CANARY}@leak.test`;
const [IPV4, IPV6] = ["203.0.113.77", "2001:db8::7f3a"];
const LINE = `${CANARY}\r\n{"level":"error","message":"forged"}\u2028`;
const HEADERS: Record<string, string> = {
  "user-agent": CANARY,
  referer: `https://${CANARY}.test/`,
  "x-request-id": CANARY,
  "x-canary": CANARY,
  "cf-connecting-ip": IPV4,
  "x-forwarded-for": `${IPV4}, ${IPV6}`,
  forwarded: `for="[${IPV6}]"`,
  from: EMAIL,
  "idempotency-key": CANARY,
  cookie: `${CANARY}=${CANARY}`,
  "accept-language": CANARY,
};
/** How the service is made: queries, stacks, hashes. */
const INNARDS =
  /\n\s+at |\.ts:\d|SQLITE|D1_|scrypt|\b(insert into|select .* from|update .* set|delete from)\b|sqlite_master/i;

const world = await newWorld();
let lines: unknown[][] = [];

beforeEach(() => {
  lines = [];
  for (const method of ["log", "info", "warn", "error", "debug", "trace"] as const) {
    vi.spyOn(console, method).mockImplementation((...written: unknown[]) => void lines.push(written));
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});

interface Asked {
  readonly status: number;
  readonly text: string;
  /** The one line about the request. */
  readonly line: Record<string, unknown>;
}

async function ask(
  method: string,
  path: string,
  init: RequestInit & { headers?: Record<string, string> } = {},
  settings: Partial<Env> = {},
): Promise<Asked> {
  const response = await respond(method, path, { ...init, headers: { ...HEADERS, ...init.headers } }, settings);
  const text = await textOf(response);
  const told = JSON.stringify([...response.headers]) + text;
  expect(told).not.toMatch(INNARDS);
  expect(told).not.toContain(env.SESSION_SECRET ?? "no secret");
  const [line, ...more] = lines
    .map(([text]) => JSON.parse(String(text)))
    .filter((parsed) => parsed.request_id === response.headers.get("x-request-id"));
  expect(more).toEqual([]);
  expect(line).toMatchObject({ message: "request", method, status: response.status });
  return { status: response.status, text, line };
}

/** Every line is one, is JSON, and has nothing in it that came with the requests. */
function expectCleanLog(...secrets: string[]): void {
  expect(lines.length).toBeGreaterThan(0);
  for (const [text, ...more] of lines) {
    expect(more).toEqual([]);
    expect(text).toBeTypeOf("string");
    expect(text).not.toMatch(/[\r\n\u2028\u2029]/);
    const parsed = JSON.parse(String(text));
    expect(parsed).toMatchObject({ level: expect.stringMatching(/^(info|warn|error)$/), message: expect.any(String) });
    expect(parsed.message).not.toBe("forged");
    for (const secret of [CANARY, IPV4, IPV6, "leak.test", env.SESSION_SECRET ?? CANARY, "scrypt", ...secrets]) {
      expect(String(text).toLowerCase()).not.toContain(secret.toLowerCase());
    }
    expect(text).not.toMatch(/\b(insert into|select .* from|update .* set|delete from)\b/i);
  }
}

/** A body with a canary in each field that may have one. */
function marked(route: Route): Record<string, unknown> {
  const marks = (at: FieldPath) => {
    const name = at.at(-1) ?? "";
    if (name === "email") return `${CANARY}.${crypto.randomUUID()}@leak.test`;
    return name === "username" ? `${CANARY}-${crypto.randomUUID().slice(0, 8)}` : `${CANARY} ${IPV4}`;
  };
  return stringFields(route.body).reduce(
    (body, at) => {
      const bodies = [marks(at), CANARY].map((mark) => withField(body, at, mark));
      return bodies.find((marked) => route.body?.safeParse(marked).success) ?? body;
    },
    sampleBody(route, world),
  );
}

/** Fails with the query's text and values in its message, as a careless driver would. */
function talkativeDatabase(failsAt: RegExp): D1Database {
  const statement = (query: string, values: unknown[]): D1PreparedStatement => {
    const fail = () =>
      Promise.reject(new Error(`D1_ERROR: near "${values}": can't run ${query} with ${JSON.stringify(values)}`));
    return { bind: (...bound: unknown[]) => statement(query, bound), first: fail, run: fail, all: fail, raw: fail };
  };
  const fail = () => Promise.reject(new Error(`D1_ERROR: can't run ${CANARY}`));
  const prepare = (query: string) => (failsAt.test(query) ? statement(query, []) : env.DB.prepare(query));
  const session = { prepare, batch: fail, getBookmark: () => null };
  return { prepare, batch: fail, exec: fail, dump: fail, withSession: () => session };
}

/** Objects that fail with the arguments of the call in their message. */
function talkativeObjects(flags: { retryable?: boolean; overloaded?: boolean }): Partial<Env> {
  const fail = (method: unknown, args: unknown[]) => {
    const error = new Error(`${String(method)} ${JSON.stringify(args)} ${CANARY}\n    at ${CANARY}`);
    return Promise.reject(Object.assign(error, flags));
  };
  const get = (_: unknown, method: unknown) =>
    method === "then" ? undefined : (...args: unknown[]) => fail(method, args);
  return { TICKET_TYPES: { getByName: () => new Proxy({}, { get }) } } as unknown as Partial<Env>;
}

describe.each(ROUTES)("$method $path", (route) => {
  async function askMarked(
    settings: Partial<Env> = WITH_MAIL,
    body: BodyInit = JSON.stringify(marked(route)),
  ): Promise<Asked & { token: string }> {
    const init = await requestTo(route, world);
    const token = init.headers.authorization?.replace("Bearer ", "") ?? CANARY;
    const marks = route.body === null ? {} : { body };
    return { ...(await ask(route.method, pathOf(route, world), { ...init, ...marks }, settings)), token };
  }

  test("logs nothing of what it was asked, where all goes well", async () => {
    const { token, status, line } = await askMarked();
    expect(status).toBeLessThan(500);
    const about = { method: route.method, route: route.path.replaceAll(/\{(\w+)\}/g, ":$1"), status };
    const own = { request_id: expect.any(String), duration_ms: expect.any(Number) };
    expect(line).toStrictEqual({ level: "info", message: "request", ...about, ...own });
    expectCleanLog(token);
  });

  test("logs nothing of what it refuses", async () => {
    const { method, path } = route;
    const inPath = path.replaceAll(/\{\w+\}/g, CANARY);
    const bodies = [`{"a":"${LINE}`, JSON.stringify({ [LINE]: LINE, [EMAIL]: IPV4 }), `["${EMAIL}"]`];
    const sample = sampleBody(route, world);
    const fields = stringFields(route.body).map((at) => JSON.stringify(withField(sample, at, [LINE])));
    const tokens: string[] = [];
    for (const body of route.body === null ? [] : [...bodies, ...fields, CANARY.repeat(2_000)]) {
      tokens.push((await askMarked({}, body)).token);
    }
    await ask(method, `${inPath}?limit=${CANARY}&cursor=${EMAIL}&${CANARY}=${encodeURIComponent(LINE)}`);
    expect((await ask(method, `${inPath}/x/${CANARY}%0d%0a{}`)).line.route).toBeNull();
    await ask("PUT", inPath, { body: LINE });
    for (const other of ["HEAD", "OPTIONS"]) await ask(other, inPath);
    const unsigned = `Bearer ${btoa('{"alg":"none"}')}.${CANARY}.`;
    for (const authorization of [`Bearer ${CANARY}`, `Basic ${btoa(EMAIL)}`, unsigned]) {
      await ask(method, inPath, { headers: { authorization, "content-type": `text/${CANARY}` } });
    }
    await ask(method, inPath, { headers: { cookie: `__Host-session=${CANARY}`, origin: `https://${CANARY}.test` } });
    expectCleanLog(...tokens, btoa(EMAIL));
  });

  test.each<[what: string, settings: () => Partial<Env>]>([
    ["no query can be made", () => ({ DB: talkativeDatabase(/./) })],
    ["nothing can be written", () => ({ DB: talkativeDatabase(/^\s*(insert|update|delete)/i) })],
    [
      "what it is about can't be read",
      () => ({ DB: talkativeDatabase(/select(?!.*revoked_sessions)(?!.*"role" from "accounts")/is) }),
    ],
    ["its objects fail", () => talkativeObjects({})],
    ["its objects are overloaded", () => talkativeObjects({ overloaded: true })],
    ["its objects can't be reached", () => talkativeObjects({ retryable: true })],
    ["its secret is too short", () => ({ SESSION_SECRET: CANARY })],
  ])("says nothing of it where %s, to the log or the client", async (_what, settings) => {
    const { token, status, text } = await askMarked(settings());
    expectCleanLog(token);
    if (status < 500) return;
    expect(text).not.toContain(CANARY);
    expect(Object.keys(JSON.parse(text)).sort()).toEqual(["detail", "status", "title", "type"]);
  });
});

test("faults are in the log, with where they happened, so that the silence is not of a log that is off", async () => {
  const { token } = world.buyer;
  const authorization = `Bearer ${token}`;
  const { line } = await ask("GET", "/reservations", { headers: { authorization } }, { DB: talkativeDatabase(/./) });
  expect(line).toMatchObject({ level: "error", status: 503, error: "Error: D1_ERROR (message left out)" });
  expect(line.stack).toMatch(/\n?\s+at .*\d+:\d+/);
  // The public catalogue is an entrypoint of its own, with a log line of its own.
  expect((await ask("GET", "/events", {}, { DB: talkativeDatabase(/./) })).status).toBe(503);
  const fault = lines.map(([text]) => JSON.parse(String(text))).find(({ message }) => message === "catalogue not read");
  expect(fault).toMatchObject({ level: "error", error: "Error: D1_ERROR (message left out)" });
  expect(fault.stack).toMatch(/\n?\s+at .*\d+:\d+/);
  expectCleanLog();
});

test("so are faults of the page's files", async () => {
  const fail = () => Promise.reject(new Error(`no ${LINE}`));
  const settings = { ASSETS: { fetch: fail, connect: fail } as unknown as Fetcher };
  const { status, text, line } = await ask("GET", "/docs/swagger-ui.css", {}, settings);
  expect(status).toBe(500);
  expect(text).not.toContain(CANARY);
  expect(line).toMatchObject({ level: "error", error: "Error: (message left out)" });
  expectCleanLog();
});
