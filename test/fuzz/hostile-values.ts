// Values that broke something somewhere: SQL, markup, Unicode, numbers, paths, queries, tokens.

import { SMUGGLED_HEADER } from "./check.ts";

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

export const STRINGS = [
  ...["' OR '1'='1", "'; DROP TABLE events; --", "1; SELECT 1", '" OR ""="', "') UNION SELECT password_hash, 1 --"],
  ...["x' AND randomblob(100000000) --", "%' ESCAPE '\\", "/*", "\\", "`", "$1", "?1", ":id", "@id"],
  ...[`a\r\n${SMUGGLED_HEADER}: 1`, `a\n${SMUGGLED_HEADER}: 1\n\n<b>`],
  // Control characters, halves of surrogate pairs, what is no character, what is not seen.
  ...["\u0000", "a\u0000b", "\u001b[2J", "\u007f", "\u0085", "\ud800", "\udfff", "a\udc00b", "\ufffe", "\uffff"],
  ...["\ufeff", "\u200b", "\u202e\u2066", "\u{e0001}", "\u{10ffff}", "e\u0301".repeat(50), "", " ", "\t"],
  // They change when they are normalised, or turned into upper or lower case.
  ...words("\u0130 \u00df \ufb00 \u2163 \u{1d56c} \ufdfa \u017f \u212a \uff5c\uff41\uff44\uff4d\uff49\uff4e"),
  ...words("null undefined NaN Infinity -0 1e400 9007199254740993 0x10 [object_Object] true"),
  ...words("__proto__ constructor prototype toString hasOwnProperty then length valueOf __defineGetter__"),
  ...words("<script>alert(1)</script> javascript:alert(1) {{7*7}} #{7*7} %s%s%n $(id) `id` |id ;id"),
  ...words("../../etc/passwd ..%2f..%2f file:///etc/passwd http://169.254.169.254/ //evil.test/ \\\\evil.test\\x"),
  ...words("+275760-09-13T00:00:00.000Z 0000-00-00T00:00:00Z 9999-12-31T23:59:59.999Z 2027-02-30T00:00:00Z"),
  ...words(
    "1970-01-01T00:00:00Z 2027-06-12T24:00:00Z 2027-06-12T23:59:60Z 2027-06-12t18:30:00z -000001-01-01T00:00:00Z",
  ),
  ...words("0000000000000000 zzzzzzzzzzzzzzzz 0000000000000000-00000000000000000000 etc/utc Etc/GMT+14 XXX eur"),
];
/** As JSON writes them; not all of them are numbers afterwards. */
export const NUMBERS = words("1e400 -1e400 -0 9007199254740993 1e-400 0.1 1E2 -1 99999999999999999999 2147483648 1.0");
export const CONTENT_TYPES = [
  ...["text/plain", "application/jsonp", "application/json; charset=utf-16", "application/json;charset=iso-8859-1", ""],
  ...["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json, application/json"],
  ...["application/json; charset=utf-8; q=1", "APPLICATION/JSON", "*/*", "application/merge-patch+json", ";"],
  "a".repeat(4_000),
];
/** Methods that reach a worker: the platform itself refuses everything else. */
export const METHODS = words("GET POST PUT PATCH DELETE HEAD OPTIONS TRACE PROPFIND PURGE LOCK SEARCH COPY REPORT");
export const SEGMENTS = [
  ...words("%00 %2e%2e %2f ..%2f.. % %zz %e2%82 %ff%fe %ud800 %0d%0aX-Smuggled:1 ' %27%20OR%201=1-- %20 . @ ;x=1"),
  ...words("__proto__ constructor {id} :id * undefined null -1 0000000000000000 ZZZZZZZZZZZZZZZZ"),
  ...words("0000000000000000-00000000000000000000 0000000000000000%2d00000000000000000000"),
  "a".repeat(3_000),
];
export const QUERIES = [
  ...words("limit=0 limit=101 limit=-1 limit=1e2 limit=%31%30 limit=1&limit=2 limit[]=1 limit= limit =1 &&& ?"),
  ...words(
    "cursor= cursor=%00 cursor=0.0 cursor=zzzzzzzzzzz.0 cursor=-zzzzzzzzzzz.zz cursor=%27%20OR%201%3D1 cursor=%",
  ),
  ...words("cursor=%0d%0aX-Smuggled%3a1 cursor=%ff cursor=%ed%a0%80 limit=5;cursor=1 %6cimit=5 limit=%d9%a3"),
  ...words("__proto__=1 __proto__[x]=1 constructor=1 toString=1 then=1 a=1&a=2&a=3 account_id=1 role=admin"),
  ...words("_method=DELETE callback=x"),
  `x=${"y".repeat(6_000)}`,
];
/** They prove nobody: alg none, well made and signed by nobody, no tokens at all. */
export const TOKENS = [
  "eyJhbGciOiJub25lIn0.eyJzdWIiOiIwMDAwMDAwMDAwMDAwMDAwIiwic2lkIjoiMCJ9.",
  `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMDAwMDAwMDAwMDAwMDAwIiwiZXhwIjo5OTk5OTk5OTk5fQ.${"A".repeat(43)}`,
  ...["", "x", "a.b.c", "..", "null", "0000000000000000", "e30.e30.e30", "%00", "a".repeat(10_000), "\u00ff\u00fe"],
];
