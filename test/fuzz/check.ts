// The rules that every reply keeps. Pure: a request, who sent it, its reply; out come broken rules.

import { type Description, type Operation, operationsAt, PROBLEM_TYPE } from "./description.ts";
import type { Reply, Request } from "./http.ts";
import type { Asked, Mark, Marks, Viewer } from "./marks.ts";
import { isRecord, json, type Schema, violations } from "./schema.ts";

export interface Exchange {
  readonly request: Request;
  /** Whose token the request carries; null where it proves nobody. */
  readonly viewer: Viewer;
  readonly reply: Reply;
  readonly sentAtMs: number;
}

export interface Finding {
  readonly rule: string;
  readonly detail: string;
}

export interface Laws {
  readonly description: Description;
  readonly marks: Marks;
  /** Words that no reply may hold: the secret that signs sessions. */
  readonly secrets: readonly string[];
  /** The origins whose pages may call the service. */
  readonly origins: readonly string[];
}

/** Sent as `Host` and the like, and nowhere else. */
export const HOST_CANARY = "host-canary.test";
/** What a header that a hostile value smuggled in would be called. */
export const SMUGGLED_HEADER = "x-smuggled";

const REQUIRED_HEADERS: readonly (readonly [name: string, value: RegExp])[] = [
  ["x-content-type-options", /^nosniff$/],
  ["referrer-policy", /^no-referrer$/],
  ["strict-transport-security", /^max-age=63072000; includeSubDomains$/],
  ["content-security-policy", /^default-src 'none'; .*frame-ancestors 'none'$/],
  ["x-frame-options", /^DENY$/],
  ["x-request-id", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
];
/** Headers that say something of their own, so that the description must say that they come. */
const TELLING_HEADERS = ["location", "link", "set-cookie"];
const RETRY = "retry-after";
const HEADER_OF: Readonly<Record<number, string>> = { 401: "www-authenticate", 405: "allow", 429: RETRY, 503: RETRY };
/** A byte order mark, without which spreadsheets misread it. */
const CSV_HEADING = /^\uFEFF"\w+"[,;]/;
const COOKIE = /^__Host-[\w-]+=.*;(?=.* HttpOnly)(?=.* Secure)(?=.* SameSite=(Lax|Strict))(?=.* Path=\/)/;
const LEAKS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a stack", /\bat (async )?[\w.<>#$]+ \(|\.(ts|js|mjs):\d+:\d+|\b(Type|Range|Reference|Syntax)Error\b/],
  ["SQL", /D1_ERROR|SQLITE_|constraint failed|no such (table|column)|syntax error|"accounts"|"reservations"\./],
  ["a password's hash", /\$(scrypt|argon2\w*|pbkdf2)\$/],
];

/** The operation that answers a request; HEAD is GET without the body. */
export function operationFor(description: Description, { method, target }: Pick<Request, "method" | "target">) {
  const asked = method === "HEAD" ? "GET" : method;
  return operationsAt(description, pathnameOf(target))?.find((operation) => operation.method === asked) ?? null;
}

export function pathnameOf(target: string): string {
  return new URL(`http://service${target}`).pathname;
}

/** The request, as far as it says what is whose. */
export function askedBy({ request, viewer, sentAtMs }: Omit<Exchange, "reply">, description: Description): Asked {
  const operation = operationFor(description, request);
  const body = (request.body ?? "").toString();
  return { viewer, operation, pathname: decoded(pathnameOf(request.target)), body, atMs: sentAtMs };
}

export function check(exchange: Exchange, laws: Laws): Finding[] {
  const { request, reply } = exchange;
  const operation = operationFor(laws.description, request);
  const there = operationsAt(laws.description, pathnameOf(request.target));
  return [
    ...(reply.status >= 500 ? [{ rule: "5xx", detail: `${reply.status}` }] : []),
    ...(there === null || operation !== null ? [] : refused(request, reply, there, laws)),
    ...(operation === null ? [] : asDescribed(exchange, operation, laws)),
    ...(there === null ? [] : withoutLeaks(exchange, laws)),
    ...withItsHeaders(exchange, laws),
    ...withoutOthers(exchange, laws),
  ];
}

function asDescribed({ request, reply }: Exchange, operation: Operation, laws: Laws): Finding[] {
  const declared = operation.replies.get(reply.status);
  if (declared === undefined)
    return [{ rule: "status", detail: `${reply.status} is not declared for ${operation.name}` }];
  const said = TELLING_HEADERS.filter((name) => valuesOf(reply, name).length > 0 && !declared.headers.has(name));
  return [
    ...said.map((name) => ({ rule: "header", detail: `${name} is not declared for ${reply.status}` })),
    ...(operation.isSignedIn && !/no-store/.test(valuesOf(reply, "cache-control").join())
      ? [{ rule: "cache", detail: "a private reply may be stored" }]
      : []),
    ...asContent(request, reply, declared.content, laws),
    ...(reply.status >= 400 ? asProblem(request, reply, declared.problemTypes) : []),
    ...pointers(reply, laws),
  ];
}

/** Where nothing is described, the service says so, or which methods are there. */
function refused(request: Request, reply: Reply, there: readonly Operation[], laws: Laws): Finding[] {
  const status = there.length === 0 ? 404 : request.method === "OPTIONS" ? 204 : 405;
  if (reply.status !== status) return [{ rule: "status", detail: `${reply.status} where nothing is described` }];
  const allow = valuesOf(reply, "allow").join().split(/, */);
  const missing = there.filter(({ method }) => !allow.includes(method)).map(({ method }) => method);
  const lacks = missing.length > 0 ? [{ rule: "allow", detail: `Allow does not name ${missing.join(", ")}` }] : [];
  if (status === 204) return [...lacks, ...asContent(request, reply, new Map(), laws)];
  const type = status === 404 ? "/problems/not-found" : "/problems/method-not-allowed";
  const content = new Map([[PROBLEM_TYPE, laws.description.problem]]);
  return [...lacks, ...asContent(request, reply, content, laws), ...asProblem(request, reply, new Set([type]))];
}

function asContent(request: Request, reply: Reply, content: ReadonlyMap<string, Schema>, laws: Laws): Finding[] {
  const type = valuesOf(reply, "content-type").join().replace("; charset=utf-8", "");
  if (content.size === 0 || request.method === "HEAD") {
    const isOdd = reply.body !== "" || (content.size === 0 && type !== "");
    return isOdd ? [{ rule: "body", detail: `a body where there is to be none: ${type}` }] : [];
  }
  const schema = content.get(type);
  if (schema === undefined) return [{ rule: "content type", detail: `"${type}" is not declared` }];
  // Nothing to tell yet.
  if (type === "text/event-stream" && reply.body === "") return [];
  if (/^(text\/calendar|image\/)/.test(type))
    return reply.body === "" ? [{ rule: "body", detail: "an empty file" }] : [];
  if (type === "text/html")
    return reply.body.startsWith("<!doctype html>") ? [] : [{ rule: "body", detail: "no page" }];
  if (type === "text/csv")
    return CSV_HEADING.test(reply.body) ? [] : [{ rule: "body", detail: "a table without a heading" }];
  const body = json(reply.body);
  if (body === undefined) return [{ rule: "body", detail: "the body is not JSON" }];
  return violations(schema, body, laws.description.schemas).map((detail) => ({ rule: "body", detail }));
}

function asProblem(request: Request, reply: Reply, types: ReadonlySet<string>): Finding[] {
  const header = HEADER_OF[reply.status];
  const found: Finding[] = [];
  if (header !== undefined && valuesOf(reply, header).length === 0)
    found.push({ rule: "header", detail: `${header} is missing` });
  if (request.method === "HEAD") return found;
  const body = json(reply.body);
  if (!isRecord(body)) return found;
  if (typeof body.type !== "string" || !types.has(body.type))
    found.push({ rule: "problem type", detail: `${body.type} is none of ${[...types].join(", ")}` });
  if (body.status !== reply.status)
    found.push({ rule: "problem status", detail: `the body says ${body.status}, the reply ${reply.status}` });
  return found;
}

/** Location and Link lead to what is described here, and name no host. */
function pointers(reply: Reply, { description }: Laws): Finding[] {
  const links = valuesOf(reply, "link").map((link) => /^<([^<>]*)>; rel="next"$/.exec(link)?.[1] ?? `odd: ${link}`);
  const targets = [...valuesOf(reply, "location"), ...links];
  return targets
    .filter((target) => !/^\/(?!\/)/.test(target) || !operationsAt(description, pathnameOf(target))?.length)
    .map((target) => ({ rule: "pointer", detail: `"${target}" leads to nothing that is described` }));
}

function withItsHeaders({ request, reply }: Exchange, { origins }: Laws): Finding[] {
  const found = REQUIRED_HEADERS.filter(([name, value]) => !value.test(valuesOf(reply, name).join())).map(
    ([name]) => `${name} is missing or wrong`,
  );
  for (const cookie of valuesOf(reply, "set-cookie"))
    if (!COOKIE.test(cookie)) found.push(`an unsafe cookie: ${cookie}`);
  const asking = request.headers.find(([name]) => name.toLowerCase() === "origin")?.[1];
  for (const allowed of valuesOf(reply, "access-control-allow-origin"))
    if (allowed !== asking || !origins.includes(allowed)) found.push(`pages of ${allowed} are let in`);
  if (valuesOf(reply, SMUGGLED_HEADER).length > 0) found.push("a value became a header");
  return found.map((detail) => ({ rule: "header", detail }));
}

function withoutLeaks({ reply }: Exchange, { secrets }: Laws): Finding[] {
  const text = textOf(reply);
  const leaks = LEAKS.flatMap(([what, pattern]) => (pattern.test(text) ? [`${what}: ${pattern.exec(text)?.[0]}`] : []));
  if (secrets.some((secret) => text.includes(secret))) leaks.push("a secret of the service");
  if (text.includes(HOST_CANARY)) leaks.push("the host that the request named");
  return leaks.map((detail) => ({ rule: "leak", detail }));
}

/** A reply shows nothing of another's but what the request said, and reaches nothing of theirs. */
function withoutOthers(exchange: Exchange, { marks, description }: Laws): Finding[] {
  const { request, reply } = exchange;
  const asked = askedBy(exchange, description);
  const said = `${request.target}\n${decoded(request.target)}\n${request.headers.flat().join("\n")}\n${asked.body}`;
  const seen = marks
    .foreign(textOf(reply), asked)
    .filter(({ word, kind }) => kind === "password" || !said.includes(word))
    .map((mark) => ({ rule: "another's", detail: textOfMark(mark) }));
  const isReached = reply.status < 400 && asked.operation !== null && request.method !== "OPTIONS";
  return isReached ? [...seen, ...reached(asked, reply, marks)] : seen;
}

function reached(asked: Asked, reply: Reply, marks: Marks): Finding[] {
  const found = [
    ...marks.foreign(asked.pathname, asked).map(textOfMark),
    ...marks.notWorkedFor(asked).map((event) => `event ${event}, for which they may not do it`),
    ...marks.strayPasses(reply.body, asked).map((pass) => `pass ${pass} of another event`),
  ];
  return found.map((detail) => ({ rule: "reached", detail }));
}

function textOfMark({ word, kind, owner }: Mark): string {
  return `${kind} ${word} of ${owner}`;
}

function valuesOf({ headers }: Reply, name: string): string[] {
  return headers.filter(([given]) => given === name).map(([, value]) => value);
}

/** As it came over the wire. */
export function textOf(reply: Reply): string {
  return `${reply.headers.map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n${reply.body}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
