// Bodies that an attacker would send, to every route that takes one: refused, and the service is never at fault.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { answer } from "../../../../src/worker/app.ts";
import { fieldsOf } from "../../../../src/worker/http/body.ts";
import { MAX_ERRORS } from "../../../../src/worker/http/problems.ts";
import {
  credentialsFor,
  type FieldPath,
  isRecord,
  JSON_TYPE,
  MAX_BODY_BYTES,
  newWorld,
  pathOf,
  type Route,
  sampleBody,
  stringFields,
  WITH_BODY,
  type World,
  withField,
} from "../../../support/requests.ts";
import { type Answer, call, ORIGIN } from "../../../support/service.ts";

// Each test asks dozens of times.
vi.setConfig({ testTimeout: 60_000 });

let world: World;

beforeAll(async () => {
  world = await newWorld();
});

async function send(route: Route, raw: BodyInit, headers: Record<string, string> = JSON_TYPE) {
  return call(route.method, pathOf(route, world), { ...(await credentialsFor(route, world)), headers, raw });
}

function expectProblem(got: Answer, status: number, type: string): void {
  expect(got.body.type).toBe(`/problems/${type}`);
  expect(got.status).toBe(status);
}

/** `bytes` in pieces; the request does not say how many there are. */
function inChunks(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(sent, sent + size));
      sent += size;
    },
  });
}

/** A good body, made as long as is wanted by blanks behind it. */
function bodyOf(route: Route, length: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(sampleBody(route, world)).padEnd(length));
}

test("the samples are what the schemas take, so what is refused is refused for what was done to them", () => {
  for (const route of WITH_BODY) {
    expect(route.body?.safeParse(sampleBody(route, world)), `${route.method} ${route.path}`).toMatchObject({
      success: true,
    });
  }
});

describe.each(WITH_BODY)("$method $path", (route) => {
  test.each<[how: string, made: (bytes: Uint8Array) => BodyInit]>([
    ["with its length", (bytes) => bytes],
    ["without it, in one piece", (bytes) => inChunks(bytes, bytes.length)],
    ["without it, in many pieces", (bytes) => inChunks(bytes, 1_000)],
  ])("takes 16 KiB and not a byte more, %s", async (_how, made) => {
    const taken = await send(route, made(bodyOf(route, MAX_BODY_BYTES)));
    expect([400, 413, 415, 422], taken.text).not.toContain(taken.status);
    expect(taken.status).toBeLessThan(500);
    expectProblem(await send(route, made(bodyOf(route, MAX_BODY_BYTES + 1))), 413, "body-too-large");
  });

  test("takes no name twice, in any spelling, at any depth", async () => {
    const sample = sampleBody(route, world);
    const inside = JSON.stringify(sample).slice(1, -1);
    const bodies = Object.entries(sample).flatMap(([name, value]) => {
      const again = JSON.stringify(value);
      const code = name.charCodeAt(0).toString(16).padStart(4, "0");
      return [
        `{${inside},${JSON.stringify(name)}:${again}}`,
        `{"\\u${code}${name.slice(1)}":${again},${inside}}`,
        `{${inside},"other":[{"${name}":${again},"${name}" : 1}]}`,
        ...(isRecord(value) ? [`{${inside.replace(again, `{${again.slice(1, -1)},${again.slice(1, -1)}}`)}}`] : []),
      ];
    });
    for (const raw of bodies) expectProblem(await send(route, raw), 400, "malformed-request");
  });

  test.each<[what: string, raw: BodyInit, status: number, type: string]>([
    ["10,000 lists, open", "[".repeat(10_000), 400, "malformed-request"],
    ["10,000 objects, open", '{"":'.repeat(10_000).slice(0, MAX_BODY_BYTES), 400, "malformed-request"],
    ["10,000 lists, closed: more than is read", "[".repeat(10_000) + "]".repeat(10_000), 413, "body-too-large"],
    ["8,192 lists", "[".repeat(8_192) + "]".repeat(8_192), 422, "invalid-request"],
    ["2,700 objects", `${'{"":'.repeat(2_700)}0${"}".repeat(2_700)}`, 422, "invalid-request"],
    ["a NUL as it is", '{"a\0": 1}', 400, "malformed-request"],
    ["a surrogate in UTF-8", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), 400, "malformed-request"],
    ["a letter that is longer than it needs to be", new Uint8Array([0x22, 0xc1, 0x81, 0x22]), 400, "malformed-request"],
    ["a byte that no letter has", new Uint8Array([0x22, 0xff, 0x22]), 400, "malformed-request"],
    ["a byte order mark behind", "{}\ufeff", 400, "malformed-request"],
  ])("refuses %s", async (_what, raw, status, type) => {
    expectProblem(await send(route, raw), status, type);
  });

  test.each([
    ["half of a surrogate pair", "\\ud800"],
    ["the other half", "\\udc00"],
    ["a NUL", "\\u0000"],
    ["a line end that could begin a header", "\\r\\nX-Injected: 1"],
  ])("refuses a field named by %s, and its answer stays one", async (_what, name) => {
    const got = await send(route, `{"${name}": 1}`);
    expectProblem(got, 422, "invalid-request");
    expect(got.body.errors.map(({ path }) => path)).toContain(JSON.parse(`"${name}"`));
    expect(got.headers.has("x-injected")).toBe(false);
  });

  test.each(["__proto__", "constructor", "prototype", "account_id", "state", "role", "id", "created_at"])(
    "refuses %s beside what it knows and within it, and nothing is changed by it",
    async (name) => {
      const sample = sampleBody(route, world);
      const own = `{"${name}":{"role":"admin","polluted":true},`;
      const bodies = [JSON.stringify(sample).replace("{", own)];
      for (const [field, value] of Object.entries(sample)) {
        const inner = JSON.stringify(value);
        if (isRecord(value)) bodies.push(JSON.stringify(sample).replace(inner, inner.replace("{", own)));
        else
          bodies.push(
            JSON.stringify({ ...sample, [field]: null }).replace(`"${field}":null`, `"${field}":${own}"x":1}`),
          );
      }
      const known = new Set(Object.keys(sample));
      for (const raw of bodies.slice(known.has(name) ? 1 : 0)) {
        expectProblem(await send(route, raw), 422, "invalid-request");
      }
      expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
      expect(Reflect.get({}, "role")).toBeUndefined();
    },
  );

  test.each(stringFields(route.body))("refuses what is no text in %s", async (...at: string[]) => {
    for (const bad of ["\ud800", "x\udfff", "\0", "a\0b", []]) {
      const got = await send(route, JSON.stringify(withField(sampleBody(route, world), at, bad)));
      expect(got.status).toBeLessThan(500);
      // A password may be of any characters; it is hashed, and read by nobody.
      if (!isPassword(at) || bad !== "a\0b") expect(got.status).toBeGreaterThanOrEqual(400);
    }
    const deep = JSON.stringify(withField(sampleBody(route, world), at, "HERE"));
    const nested = "[".repeat(7_000) + "]".repeat(7_000);
    expectProblem(await send(route, deep.replace('"HERE"', nested)), 422, "invalid-request");
  });
});

function isPassword(at: FieldPath): boolean {
  return at.at(-1)?.includes("password") === true;
}

test("nothing of a body that ends in the middle of a letter is in the next one", async () => {
  for (const route of WITH_BODY) {
    expectProblem(await send(route, new Uint8Array([0x22, 0xe2, 0x82])), 400, "malformed-request");
    expect((await send(route, bodyOf(route, 0))).status).not.toBe(400);
  }
});

test.each(["gzip", "br", "deflate", "x-unknown", "identity", "gzip, identity"])(
  "a body that says it is packed, as %s, is not read as if it were not",
  async (coding) => {
    for (const route of WITH_BODY) {
      const headers = { ...JSON_TYPE, "content-encoding": coding };
      expectProblem(await send(route, bodyOf(route, 0), headers), 415, "unsupported-media-type");
    }
  },
);

describe("a form", () => {
  const TYPE = { "content-type": "application/x-www-form-urlencoded" };
  const forms = WITH_BODY.filter(({ takesForm }) => takesForm);

  test.each(forms)("to $method $path is read as strictly as JSON", async (route) => {
    const good = new URLSearchParams();
    for (const [name, value] of Object.entries(sampleBody(route, world))) good.set(name, String(value));
    for (const name of good.keys()) {
      expectProblem(await send(route, `${good}&${name}=again`, TYPE), 422, "invalid-request");
      expectProblem(
        await send(route, `${good}&%${name.charCodeAt(0).toString(16)}${name.slice(1)}=`, TYPE),
        422,
        "invalid-request",
      );
      expectProblem(await send(route, `${good}&${name}[role]=admin`, TYPE), 422, "invalid-request");
    }
    for (const name of ["__proto__", "constructor", "role"]) {
      expectProblem(await send(route, `${good}&${name}=admin`, TYPE), 422, "invalid-request");
    }
    for (const bad of ["%ff", "%ed%a0%80", "%c1%81", "%e2%82"]) {
      expectProblem(await send(route, `${good}${bad}`, TYPE), 400, "malformed-request");
    }
    expect((await send(route, `${good}100%`, TYPE)).status).not.toBe(400);
    const blank = `${good}&`.padEnd(MAX_BODY_BYTES, "&");
    expect([400, 413, 422]).not.toContain((await send(route, blank, TYPE)).status);
    expectProblem(await send(route, `${blank}&`, TYPE), 413, "body-too-large");
  });

  test("or a query of thousands of fields takes no longer than its bytes: not each field as long as all", () => {
    const text = Array.from({ length: MAX_BODY_BYTES / 4 }, (_, n) => (n + 36 ** 2).toString(36)).join("&");
    const times = Array.from({ length: 5 }, () => {
      const startMs = performance.now();
      expect(Object.keys(fieldsOf(new URLSearchParams(text)))).toHaveLength(MAX_BODY_BYTES / 4);
      return performance.now() - startMs;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  });

  test("is taken by no other route", async () => {
    for (const route of WITH_BODY.filter(({ takesForm }) => !takesForm)) {
      expectProblem(await send(route, "a=1", TYPE), 415, "unsupported-media-type");
    }
  });
});

describe("thousands of unknown fields are answered by the first twenty, fast,", () => {
  const names = Array.from({ length: 4_000 }, (_, index) => index.toString(36));
  const form = names.join("&");
  const json = `{${names.slice(0, 1_800).map((name) => `"${name}":0`)}}`;

  test.each<[where: string, method: string, path: string, type: string, raw: string | undefined]>([
    ["of a body", "POST", "/register", "application/json", json],
    ["of a form", "POST", "/api-auth/login", "application/x-www-form-urlencoded", form],
    ["of a query", "GET", `/events?${form}`, "", undefined],
  ])("%s", async (_where, method, path, type, raw) => {
    const got = await call(method, path, raw === undefined ? {} : { headers: { "content-type": type }, raw });
    expectProblem(got, 422, "invalid-request");
    expect(got.body.errors).toHaveLength(MAX_ERRORS);
    expect(got.body.detail).toBe(`See errors for the first ${MAX_ERRORS} fields.`);
    expect(got.text.length).toBeLessThan(2_000);
  });

  test("however many there are", () => {
    const many = new URLSearchParams(Array.from({ length: 50_000 }, (_, index) => [`${index}`, ""]));
    const startedMs = performance.now();
    expect(Object.keys(fieldsOf(many))).toHaveLength(50_000);
    // It takes a twentieth of that. To look up each among all takes ten seconds.
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});

describe("the limit holds while reading:", () => {
  const CHUNK = 1_000;

  /** A body that never ends, given straight to the service; and how much of it was asked for. */
  async function pulledFrom(
    headers: Record<string, string>,
    stallsAfter = Infinity,
  ): Promise<{ status: number; pulled: number }> {
    let pulled = 0;
    const never = new Promise<void>(() => {});
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (pulled >= stallsAfter) return never;
          pulled += CHUNK;
          controller.enqueue(new Uint8Array(CHUNK).fill(0x20));
          return Promise.resolve();
        },
      },
      { highWaterMark: 0 },
    );
    const request = new Request(`${ORIGIN}/register`, { method: "POST", headers: { ...JSON_TYPE, ...headers }, body });
    const { status } = await answer(request, env);
    return { status, pulled };
  }

  test("a body without end is read to the limit", async () => {
    const { status, pulled } = await pulledFrom({});
    expect(status).toBe(413);
    expect(pulled).toBeGreaterThan(MAX_BODY_BYTES);
    expect(pulled).toBeLessThanOrEqual(MAX_BODY_BYTES + 2 * CHUNK);
  });

  test("nobody waits for the rest of one that is too large", async () => {
    expect((await pulledFrom({}, MAX_BODY_BYTES + 1)).status).toBe(413);
  });

  test("nothing is read of one that says that it is too large", async () => {
    for (const length of [String(MAX_BODY_BYTES + 1), "99999999999999999999"]) {
      const { status, pulled } = await pulledFrom({ "content-length": length });
      expect(status).toBe(413);
      expect(pulled).toBeLessThanOrEqual(CHUNK);
    }
  });

  test.each(["0", "5", "-1", "", "nonsense", "NaN"])("a length of %j is not believed", async (length) => {
    const { status, pulled } = await pulledFrom({ "content-length": length });
    expect(status).toBe(413);
    expect(pulled).toBeLessThanOrEqual(MAX_BODY_BYTES + 2 * CHUNK);
  });
});
