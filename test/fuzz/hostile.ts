// What somebody sends who wants to break something.

import type { Prng } from "../support/prng.ts";
import { HOST_CANARY } from "./check.ts";
import { NUMBERS, QUERIES, SEGMENTS, STRINGS, TOKENS } from "./hostile-values.ts";
import type { Header } from "./http.ts";

const MAX_BODY_BYTES = 64 * 1024;
const DEEP = 7_000;
const NO_UTF8 = Buffer.from([0xc3, 0x28, 0xff, 0xed, 0xa0, 0x80]);
// What is much longer the platform refuses, before any worker.
const LONGEST_SEGMENT = 4_000;

export const HEADERS: readonly Header[] = [
  // Claims about hosts and clients, which the service must not believe.
  ["host", HOST_CANARY],
  ["x-forwarded-host", HOST_CANARY],
  ["x-original-host", HOST_CANARY],
  ["x-host", HOST_CANARY],
  ["forwarded", `host=${HOST_CANARY};proto=http;for=1.2.3.4`],
  ["x-forwarded-for", "1.2.3.4"],
  ["x-forwarded-proto", "javascript"],
  ["x-original-url", "/audit"],
  ["x-rewrite-url", "/audit"],
  ["x-http-method-override", "DELETE"],
  ["x-request-id", "1"],
  // Pages of other sites, and of this one.
  ["origin", "https://evil.test"],
  ["origin", "null"],
  ["origin", "https://shop.test"],
  ["sec-fetch-site", "cross-site"],
  ["sec-fetch-site", "same-origin"],
  ["access-control-request-method", "DELETE"],
  ["access-control-request-headers", "x".repeat(500)],
  ["if-none-match", "*"],
  ["if-match", "*, 0"],
  ["if-match", `"0", W/"${"x".repeat(500)}"`],
  ["range", "bytes=0-1,5-"],
  ["accept", "text/html"],
  ["accept-encoding", "identity"],
  ["te", "trailers"],
  ["user-agent", "\u00ff\u0080"],
  ["x-junk", "y".repeat(8_000)],
  ["cookie", "a=b; ; =; __Host-session; __Host-session=x=y"],
  ["idempotency-key", ""],
  ["idempotency-key", "k".repeat(256)],
  ["idempotency-key", "\u00e9"],
  ["__proto__", "1"],
  ["constructor", "1"],
];

export function hostileString(prng: Prng): string {
  if (prng.chance(0.05))
    return prng.pick(["a", "é", "\ud83d\ude00", "' ", "\\"]).repeat(prng.pick([65, 129, 201, 255, 4_001, 7_000]));
  return prng.pick(STRINGS);
}

export function hostileSegment(prng: Prng): string {
  return prng.chance(0.7)
    ? prng.pick(SEGMENTS)
    : encodeURIComponent(hostileString(prng).toWellFormed()).slice(0, LONGEST_SEGMENT);
}

export function hostileQuery(prng: Prng): string {
  return prng.chance(0.8)
    ? prng.pick(QUERIES)
    : `${prng.pick(["limit", "cursor", "username", "x"])}=${hostileSegment(prng)}`;
}

/** Proves nobody, whatever the service makes of it. */
export function hostileAuthorization(prng: Prng): Header {
  const token = prng.pick(TOKENS);
  if (!prng.chance(0.8)) return ["cookie", `__Host-session=${token}`];
  const bearer = `Bearer ${token}`;
  const values = [bearer, `bearer  ${token}`, `Basic ${token}`, token, `${bearer}, Bearer x`, "Bearer"];
  return ["authorization", prng.pick(values)];
}

/** The text of a body in which something is wrong that JSON.stringify would never write. */
export function hostileBody(good: string, prng: Prng): Buffer {
  const number = prng.pick(NUMBERS);
  const string = JSON.stringify(hostileString(prng));
  const texts: (() => string | Buffer)[] = [
    () => good.replace(/:-?\d+(\.\d+)?/, `:${number}`),
    () => good.replace(/:"[^"]*"/, `:${string}`),
    // The same key twice: readers differ in which one they take.
    () => good.replace(/^\{("[^"]*":)/, `{$1${string},$1`),
    () => good.replace(/\}$/, `,"__proto__":{"role":"admin"}}`),
    () => good.replace(/\}$/, `,"constructor":{"prototype":{"x":1}}}`),
    () => good.replace(/\}$/, `,${string}:1}`),
    () => `${good.slice(0, -1)},"deep":${"[".repeat(DEEP)}${"]".repeat(DEEP)}}`,
    () => `${'{"a":'.repeat(DEEP / 3)}1${"}".repeat(DEEP / 3)}`,
    () => "[".repeat(MAX_BODY_BYTES),
    () => good.slice(0, prng.below(good.length)),
    () => `${good}${good}`,
    () => `\ufeff${good}`,
    () => `[${good}]`,
    () => good.replaceAll('"', "'"),
    () => prng.pick(["", " ", "null", "NaN", "0", '"', "{}", "[]", "{", "true", "1e400", "\u0000", "<a/>", "a=b&a=c"]),
    () => good.padEnd(MAX_BODY_BYTES + prng.between(-1, 2)),
    () => good.padEnd(prng.pick([20_000, 100_000, 1_000_000])),
    () => Buffer.from(good, "utf16le"),
    () => Buffer.concat([Buffer.from(good.slice(0, 2)), NO_UTF8, Buffer.from(good.slice(2))]),
    () => Buffer.from(Array.from({ length: 64 }, () => prng.below(256))),
  ];
  return Buffer.from(prng.pick(texts)() as string);
}
