// What somebody sends who wants to break something.

import type { Prng } from "../simulator/prng.ts";
import { HOST_CANARY, SMUGGLED_HEADER } from "./check.ts";

type Header = readonly [name: string, value: string];

const STRINGS = [
  ...["' OR '1'='1", "'; DROP TABLE events; --", "1; SELECT 1", '" OR ""="', "') UNION SELECT password_hash, 1 --"],
  ...["x' AND randomblob(100000000) --", "%' ESCAPE '\\", "/*", "\\", "`", "$1", "?1", ":id", "@id"],
  ...[
    `a\r\n${SMUGGLED_HEADER}: 1`,
    `a\n${SMUGGLED_HEADER}: 1\n\n<b>`,
    "\u0000",
    "a\u0000b",
    "\u001b[2J",
    "\u007f",
    "\u0085",
  ],
  ...["\ud800", "\udfff", "a\udc00b", "\ufffe", "\uffff", "\ufeff", "\u200b", "\u202e\u2066", "e\u0301".repeat(50)],
  ...["İ", "ß", "ﬀ", "Ⅳ", "𝕬", "👩‍👩‍👧‍👦", "ﷺ", "\u{e0001}", "\u{10ffff}", "ſ", "K", "｜ａｄｍｉｎ"],
  ...[
    "",
    " ",
    "\t",
    "null",
    "undefined",
    "NaN",
    "Infinity",
    "-0",
    "1e400",
    "9007199254740993",
    "0x10",
    "[object Object]",
  ],
  ...[
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "then",
    "length",
    "valueOf",
    "__defineGetter__",
  ],
  ...[
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "{{7*7}}",
    "#{7*7}",
    "%s%s%n",
    "$(id)",
    "`id`",
    "| id",
    "; id",
  ],
  ...[
    "../../etc/passwd",
    "..%2f..%2f",
    "file:///etc/passwd",
    "http://169.254.169.254/",
    "//evil.test/",
    "\\\\evil.test\\x",
  ],
  ...["+275760-09-13T00:00:00.000Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59.999Z", "2027-02-30T00:00:00Z"],
  ...[
    "1970-01-01T00:00:00Z",
    "2027-06-12T24:00:00Z",
    "2027-06-12T23:59:60Z",
    "2027-06-12t18:30:00z",
    "-000001-01-01T00:00:00Z",
  ],
  ...[
    "0000000000000000",
    "zzzzzzzzzzzzzzzz",
    "0000000000000000-00000000000000000000",
    "etc/utc",
    "Etc/GMT+14",
    "XXX",
    "eur",
  ],
];
const NUMBERS = [
  "1e400",
  "-1e400",
  "-0",
  "9007199254740993",
  "1e-400",
  "0.1",
  "1E2",
  "-1",
  "99999999999999999999",
  "2147483648",
];
const CONTENT_TYPES = [
  ...["text/plain", "application/jsonp", "application/json; charset=utf-16", "application/json;charset=iso-8859-1", ""],
  ...["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json, application/json"],
  ...[
    "application/json; charset=utf-8; q=1",
    "APPLICATION/JSON",
    "*/*",
    "application/merge-patch+json",
    ";",
    "a".repeat(4_000),
  ],
];
const METHODS = [
  ...[
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "PROPFIND",
    "PURGE",
    "LOCK",
    "SEARCH",
    "COPY",
    "REPORT",
  ],
];
const SEGMENTS = [
  ...[
    "%00",
    "%2e%2e",
    "%2f",
    "..%2f..",
    "%",
    "%zz",
    "%e2%82",
    "%ff%fe",
    "%ud800",
    "%0d%0aX-Smuggled:1",
    "a".repeat(3_000),
    "'",
    "%27%20OR%201=1--",
  ],
  ...[
    "__proto__",
    "constructor",
    "{id}",
    ":id",
    "*",
    "undefined",
    "null",
    "-1",
    ";x=1",
    "@",
    "0000000000000000",
    "%20",
  ],
  ...["ZZZZZZZZZZZZZZZZ", "0000000000000000-00000000000000000000", "0000000000000000%2d00000000000000000000", "."],
];
const QUERIES = [
  ...[
    "limit=0",
    "limit=101",
    "limit=-1",
    "limit=1e2",
    "limit=%31%30",
    "limit=1&limit=2",
    "limit[]=1",
    "limit=",
    "limit",
    "=1",
    "&&&",
    "?",
  ],
  ...[
    "cursor=",
    "cursor=%00",
    "cursor=0.0",
    "cursor=zzzzzzzzzzz.0",
    "cursor=-zzzzzzzzzzz.zz",
    "cursor=%27%20OR%201%3D1",
    "cursor=%0d%0aX-Smuggled%3a1",
  ],
  ...[
    "cursor=%ff",
    "cursor=%",
    "cursor=%ed%a0%80",
    "__proto__=1",
    "__proto__[x]=1",
    "constructor=1",
    "toString=1",
    "then=1",
    "a=1&a=2&a=3",
  ],
  ...[
    "account_id=1",
    "role=admin",
    `x=${"y".repeat(6_000)}`,
    "_method=DELETE",
    "callback=x",
    "limit=5;cursor=1",
    "%6cimit=5",
    "limit=%d9%a3",
  ],
];
const NOTHING = "0000000000000000";
// alg: none; and one that is well made, and signed by nobody.
const TOKENS = [
  "eyJhbGciOiJub25lIn0.eyJzdWIiOiIwMDAwMDAwMDAwMDAwMDAwIiwic2lkIjoiMCJ9.",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMDAwMDAwMDAwMDAwMDAwIiwiZXhwIjo5OTk5OTk5OTk5fQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  ...["", "x", "a.b.c", "..", "null", NOTHING, "e30.e30.e30", "%00", "a".repeat(10_000), "\u00ff\u00fe"],
];
const MAX_BODY_BYTES = 16 * 1024;
const DEEP = 7_000;

export function hostileString(prng: Prng): string {
  if (prng.chance(0.05))
    return prng.pick(["a", "é", "\ud83d\ude00", "' ", "\\"]).repeat(prng.pick([65, 129, 201, 255, 4_001, 7_000]));
  return prng.pick(STRINGS);
}

export function hostileSegment(prng: Prng): string {
  return prng.chance(0.7) ? prng.pick(SEGMENTS) : encodeURIComponent(hostileString(prng).toWellFormed());
}

export function hostileQuery(prng: Prng): string {
  return prng.chance(0.8)
    ? prng.pick(QUERIES)
    : `${prng.pick(["limit", "cursor", "username", "x"])}=${hostileSegment(prng)}`;
}

export function hostileMethod(prng: Prng): string {
  return prng.pick(METHODS);
}

/** Proves nobody, whatever the service makes of it. */
export function hostileAuthorization(prng: Prng): Header {
  const token = prng.pick(TOKENS);
  const schemes = [
    `Bearer ${token}`,
    `bearer  ${token}`,
    `Basic ${token}`,
    token,
    `Bearer ${token}, Bearer x`,
    "Bearer",
  ];
  return prng.chance(0.8) ? ["authorization", prng.pick(schemes)] : ["cookie", `__Host-session=${token}`];
}

export function hostileHeaders(prng: Prng): Header[] {
  const some: Header[] = [
    ...(["x-forwarded-host", "x-forwarded-server", "x-original-host", "x-host"] as const).map(
      (name): Header => [name, HOST_CANARY],
    ),
    ...[["forwarded", `host=${HOST_CANARY};proto=http;for=1.2.3.4`] as const, ["host", HOST_CANARY] as const],
    ...[["x-forwarded-for", "1.2.3.4"] as const, ["x-forwarded-proto", "javascript"] as const],
    ...[
      ["x-original-url", "/audit"] as const,
      ["x-rewrite-url", "/audit"] as const,
      ["x-http-method-override", "DELETE"] as const,
    ],
    ...[
      ["origin", "https://evil.test"] as const,
      ["origin", "null"] as const,
      ["origin", "https://shop.test"] as const,
    ],
    ...[["sec-fetch-site", "cross-site"] as const, ["sec-fetch-site", "same-origin"] as const],
    ...[
      ["access-control-request-method", "DELETE"] as const,
      ["access-control-request-headers", "x".repeat(500)] as const,
    ],
    ...[["if-none-match", "*"] as const, ["range", "bytes=0-1,5-"] as const, ["accept", "text/html"] as const],
    ...[["accept-encoding", "identity"] as const, ["x-junk", "y".repeat(8_000)] as const, ["te", "trailers"] as const],
    ...[["cookie", "a=b; ; =; __Host-session; __Host-session=x=y"] as const, ["user-agent", "\u00ff\u0080"] as const],
    ...[
      ["idempotency-key", ""] as const,
      ["idempotency-key", "k".repeat(256)] as const,
      ["idempotency-key", "\u00e9"] as const,
    ],
    ...[["__proto__", "1"] as const, ["constructor", "1"] as const, ["x-request-id", "1"] as const],
  ];
  return Array.from({ length: prng.between(1, 3) }, () => prng.pick(some));
}

export function hostileContentType(prng: Prng): string {
  return prng.pick(CONTENT_TYPES);
}

/** A length that is not the body's: larger than any body may be. */
export function lyingLength(prng: Prng): Header {
  return ["content-length", prng.pick(["16385", "99999999", "4294967296"])];
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
    () => padded(good, MAX_BODY_BYTES + prng.between(-1, 2)),
    () => padded(good, prng.pick([20_000, 100_000, 1_000_000])),
    () => Buffer.from(good, "utf16le"),
    () =>
      Buffer.concat([
        Buffer.from(good.slice(0, 2)),
        Buffer.from([0xc3, 0x28, 0xff, 0xed, 0xa0, 0x80]),
        Buffer.from(good.slice(2)),
      ]),
    () => Buffer.from(Array.from({ length: 64 }, () => prng.below(256))),
  ];
  return Buffer.from(prng.pick(texts)() as string);
}

/** The same value, so many bytes long. */
function padded(good: string, bytes: number): string {
  return good + " ".repeat(Math.max(0, bytes - Buffer.byteLength(good)));
}
