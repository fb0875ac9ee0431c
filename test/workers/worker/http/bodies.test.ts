// Bodies of attackers and careless clients, to every route: each is refused, and nothing breaks.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { answer } from "../../../../src/worker/app.ts";
import { fieldsOf } from "../../../../src/worker/http/body.ts";
import { MAX_ERRORS } from "../../../../src/worker/http/problems.ts";
import { WITH_MAIL } from "../../../support/links.ts";
import {
  credentialsFor,
  isRecord,
  JSON_TYPE,
  MAX_BODY_BYTES,
  maxBytesOf,
  newWorld,
  pathOf,
  type Route,
  sampleBody,
  stringFields,
  WITH_BODY,
  withField,
} from "../../../support/requests.ts";
import { call, ORIGIN, objectOf } from "../../../support/service.ts";

const FORM_TYPE = { "content-type": "application/x-www-form-urlencoded" };
const MALFORMED = [400, "/problems/malformed-request"];
const TOO_LARGE = [413, "/problems/body-too-large"];
const WRONG_TYPE = [415, "/problems/unsupported-media-type"];
const INVALID = [422, "/problems/invalid-request"];
const world = await newWorld();

async function send(route: Route, raw: BodyInit, headers: Record<string, string> = JSON_TYPE) {
  const reply = await call(route.method, pathOf(route, world), {
    ...(await credentialsFor(route, world)),
    headers,
    raw,
    settings: WITH_MAIL,
  });
  expect(reply.status).toBeLessThan(500);
  return reply;
}

/** How the route refuses a body: its status and type of problem. */
async function refusalOf(route: Route, raw: BodyInit, headers?: Record<string, string>): Promise<unknown[]> {
  const { status, body } = await send(route, raw, headers);
  return [status, body?.type];
}

/** `bytes` in chunks; the request does not say how many there are. */
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

/** A good body, padded with blanks to `length`. */
function bodyOf(route: Route, length: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(sampleBody(route, world)).padEnd(length));
}

test("the samples are good, so that a refusal is due to what a test does to them", () => {
  expect(WITH_BODY.length).toBeGreaterThanOrEqual(8);
  for (const route of WITH_BODY) {
    expect(route.body?.safeParse(sampleBody(route, world)), route.operationId).toMatchObject({ success: true });
  }
});

describe.each(WITH_BODY)("$method $path", (route) => {
  const maxBytes = maxBytesOf(route);

  test.each<[how: string, made: (bytes: Uint8Array) => BodyInit]>([
    ["with its length", (bytes) => bytes],
    ["without it, in one chunk", (bytes) => inChunks(bytes, bytes.length)],
    ["without it, in many chunks", (bytes) => inChunks(bytes, 1_000)],
  ])("takes the longest body and not a byte more, %s", async (_how, made) => {
    const { status, text } = await send(route, made(bodyOf(route, maxBytes)));
    expect([400, 413, 415, 422], text).not.toContain(status);
    expect(await refusalOf(route, made(bodyOf(route, maxBytes + 1)))).toEqual(TOO_LARGE);
  });

  test.each<[what: string, raw: BodyInit, refusal: unknown[]]>([
    ["nothing", "", MALFORMED],
    ["blanks", "  \n", MALFORMED],
    ["blanks up to the limit", " ".repeat(maxBytes), MALFORMED],
    ["JSON that is cut off", '{"name": "An eve', MALFORMED],
    ["no JSON", "name=An evening", MALFORMED],
    ["a comma too many", '{"name": "An evening",}', MALFORMED],
    ["more behind it", "{} {}", MALFORMED],
    ["two byte order marks before it", "\ufeff\ufeff{}", MALFORMED],
    ["a byte order mark behind it", "{}\ufeff", MALFORMED],
    ["a raw NUL", '{"a\0": 1}', MALFORMED],
    ["no UTF-8", new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), MALFORMED],
    ["a character that is cut off", new Uint8Array([0x22, 0xe2, 0x82]), MALFORMED],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), MALFORMED],
    ["a surrogate in UTF-8", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), MALFORMED],
    ["an overlong encoding", new Uint8Array([0x22, 0xc1, 0x81, 0x22]), MALFORMED],
    ["a byte that UTF-8 never has", new Uint8Array([0x22, 0xff, 0x22]), MALFORMED],
    ["open lists up to the limit", "[".repeat(maxBytes), MALFORMED],
    ["thousands of open objects", '{"":'.repeat(20_000).slice(0, maxBytes), MALFORMED],
    ["lists that are more than is read", "[".repeat(maxBytes) + "]".repeat(maxBytes), TOO_LARGE],
    ["lists up to the limit", "[".repeat(maxBytes / 2) + "]".repeat(maxBytes / 2), INVALID],
    ["10,000 objects", `${'{"":'.repeat(10_000)}0${"}".repeat(10_000)}`, INVALID],
  ])("refuses %s", async (_what, raw, refusal) => {
    expect(await refusalOf(route, raw)).toEqual(refusal);
  });

  test.each(["[]", "[{}]", "null", '"{}"', "1", "true", "-0"])("takes no %s in place of an object", async (raw) => {
    const { status, body } = await send(route, raw);
    expect(status).toBe(422);
    expect(body.errors.map(({ path }) => path)).toEqual([""]);
  });

  test.each([
    ...["", "text/plain", "text/json", "multipart/form-data; boundary=x", "application/jsonp"],
    ...["application/json; charset=iso-8859-1", "application/json; charset=utf-16"],
    ...["application/x-www-form-urlencoded; charset=iso-8859-1"],
  ])("takes no content type %j", async (type) => {
    const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
    expect(await refusalOf(route, new TextEncoder().encode("{}"), headers)).toEqual(WRONG_TYPE);
  });

  test("takes a byte order mark before it", async () => {
    expect(await refusalOf(route, "\ufeff[]")).toEqual(INVALID);
  });

  test("takes a merge patch where it is one", async () => {
    const refusal = await refusalOf(route, "[]", { "content-type": "application/merge-patch+json" });
    expect(refusal).toEqual(route.method === "PATCH" ? INVALID : WRONG_TYPE);
  });

  test.each(["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', "application/json;"])(
    "takes content type %s",
    async (type) => {
      expect(await refusalOf(route, "[]", { "content-type": type })).toEqual(INVALID);
    },
  );

  test.each(["gzip", "br", "deflate", "x-unknown", "identity", "gzip, identity"])(
    "takes no content encoding %s",
    async (coding) => {
      expect(await refusalOf(route, bodyOf(route, 0), { ...JSON_TYPE, "content-encoding": coding })).toEqual(
        WRONG_TYPE,
      );
    },
  );

  test("takes no name twice, in any spelling, at any depth", async () => {
    const sample = sampleBody(route, world);
    const inside = JSON.stringify(sample).slice(1, -1);
    for (const [name, value] of Object.entries(sample)) {
      const again = JSON.stringify(value);
      const code = name.charCodeAt(0).toString(16).padStart(4, "0");
      for (const raw of [
        `{${inside},${JSON.stringify(name)}:${again}}`,
        `{"\\u${code}${name.slice(1)}":${again},${inside}}`,
        `{${inside},"other":[{"${name}":${again},"${name}" : 1}]}`,
        ...(isRecord(value) ? [`{${inside.replace(again, `{${again.slice(1, -1)},${again.slice(1, -1)}}`)}}`] : []),
      ]) {
        expect(await refusalOf(route, raw)).toEqual(MALFORMED);
      }
    }
  });

  test.each([
    ["half of a surrogate pair", "\\ud800"],
    ["the other half", "\\udc00"],
    ["a NUL", "\\u0000"],
    ["a line end that could begin a header", "\\r\\nX-Injected: 1"],
  ])("refuses a field named by %s, and names it in one reply", async (_what, name) => {
    const { status, body, headers } = await send(route, `{"${name}": 1}`);
    expect(status).toBe(422);
    expect(body.errors).toContainEqual({
      path: JSON.parse(`"${name}"`),
      code: "unknown_field",
      message: "Unknown field",
    });
    expect(headers.has("x-injected")).toBe(false);
  });

  test.each(stringFields(route.body))("refuses what is no text in %s", async (...at: string[]) => {
    for (const bad of ["\ud800", "x\udfff", "\0", "a\0b", []]) {
      const { status } = await send(route, JSON.stringify(withField(sampleBody(route, world), at, bad)));
      // A password may have any characters: it is hashed, and never shown.
      if (!at.at(-1)?.includes("password") || bad !== "a\0b") expect(status).toBeGreaterThanOrEqual(400);
    }
    const deep = JSON.stringify(withField(sampleBody(route, world), at, "HERE"));
    const nested = "[".repeat(7_000) + "]".repeat(7_000);
    expect(await refusalOf(route, deep.replace('"HERE"', nested))).toEqual(INVALID);
  });

  test("keeps nothing of a body that ends within a character for the next one", async () => {
    expect(await refusalOf(route, new Uint8Array([0x22, 0xe2, 0x82]))).toEqual(MALFORMED);
    expect((await send(route, bodyOf(route, 0))).status).not.toBe(400);
  });
});

test.each('-1 0 1.5 "1" 1e308 1e999 -1e999 9007199254740993 1001 true null [1] {} ""'.split(" "))(
  "a quantity of %s is refused, and nothing is held",
  async (quantity) => {
    const stock = () => objectOf(world.ticketId).describe();
    const before = await stock();
    const raw = `{"ticket": "${world.ticketId}", "quantity": ${quantity}}`;
    const { status, body } = await call("POST", "/reservations", { token: world.buyer.token, headers: JSON_TYPE, raw });
    expect(status).toBe(422);
    expect(new Set(body.errors.map(({ path }) => path))).toEqual(new Set(["quantity"]));
    expect(await stock()).toEqual(before);
  },
);

describe("a form", () => {
  test.each(WITH_BODY.filter(({ takesForm }) => takesForm))("to $method $path is read strictly", async (route) => {
    const good = new URLSearchParams();
    for (const [name, value] of Object.entries(sampleBody(route, world))) good.set(name, String(value));
    const names = [...good.keys()].flatMap((name) => [
      `${name}=again`,
      `%${name.charCodeAt(0).toString(16)}${name.slice(1)}=`,
      `${name}[role]=admin`,
    ]);
    for (const more of [...names, "__proto__=admin", "constructor=admin", "role=admin"]) {
      expect(await refusalOf(route, `${good}&${more}`, FORM_TYPE), more).toEqual(INVALID);
    }
    for (const bad of ["%ff", "%ed%a0%80", "%c1%81", "%e2%82"]) {
      expect(await refusalOf(route, `${good}${bad}`, FORM_TYPE), bad).toEqual(MALFORMED);
    }
    expect((await send(route, `${good}100%`, FORM_TYPE)).status).not.toBe(400);
    const longest = `${good}&`.padEnd(MAX_BODY_BYTES, "&");
    expect([400, 413, 422]).not.toContain((await send(route, longest, FORM_TYPE)).status);
    expect(await refusalOf(route, `${longest}&`, FORM_TYPE)).toEqual(TOO_LARGE);
  });

  test.each(WITH_BODY.filter(({ takesForm }) => !takesForm))("is refused by $method $path", async (route) => {
    expect(await refusalOf(route, "a=1", FORM_TYPE)).toEqual(WRONG_TYPE);
  });
});

describe("thousands of unknown fields", () => {
  const names = Array.from({ length: 4_000 }, (_, index) => index.toString(36));
  const form = names.join("&");
  const json = `{${names.slice(0, 1_800).map((name) => `"${name}":0`)}}`;

  test.each<[where: string, method: string, path: string, headers: Record<string, string>, raw?: string]>([
    ["a body", "POST", "/register", JSON_TYPE, json],
    ["a form", "POST", "/api-auth/login", FORM_TYPE, form],
    ["a query", "GET", `/reservations?${form}`, { authorization: `Bearer ${world.buyer.token}` }],
  ])("of %s are refused by the first twenty", async (_where, method, path, headers, raw) => {
    const { status, body, text } = await call(method, path, raw === undefined ? { headers } : { headers, raw });
    expect([status, body.type]).toEqual(INVALID);
    expect(body.errors).toHaveLength(MAX_ERRORS);
    expect(body.detail).toBe(`See errors for the first ${MAX_ERRORS} fields.`);
    expect(text.length).toBeLessThan(2_500);
  });

  test("take time in proportion to their number: 200,000 would take minutes if each were looked up among all", () => {
    const many = new URLSearchParams(Array.from({ length: 200_000 }, (_, index) => [`${index}`, ""]));
    const startedMs = performance.now();
    expect(Object.keys(fieldsOf(many))).toHaveLength(200_000);
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });
});

describe("the limit holds while reading:", () => {
  const CHUNK = 1_000;

  /** The reply to a body that never ends, and how many bytes of it the service pulled. */
  async function pulledFrom(
    headers: Record<string, string>,
    stallsAfter = Infinity,
  ): Promise<{ status: number; pulled: number }> {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (pulled >= stallsAfter) return new Promise<void>(() => {});
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

  test("the reply does not wait for the rest of a body that is too large", async () => {
    expect((await pulledFrom({}, MAX_BODY_BYTES + 1)).status).toBe(413);
  });

  test.each([String(MAX_BODY_BYTES + 1), "99999999999999999999"])(
    "nothing is read of a body with a length of %s",
    async (length) => {
      const { status, pulled } = await pulledFrom({ "content-length": length });
      expect(status).toBe(413);
      expect(pulled).toBeLessThanOrEqual(CHUNK);
    },
  );

  test.each(["0", "5", "-1", "", "nonsense", "NaN"])("a wrong length of %j does not matter", async (length) => {
    const { status, pulled } = await pulledFrom({ "content-length": length });
    expect(status).toBe(413);
    expect(pulled).toBeLessThanOrEqual(MAX_BODY_BYTES + 2 * CHUNK);
  });
});
