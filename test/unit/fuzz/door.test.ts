// The fuzzer's judge knows who works for which event: what its organiser and its crew may do
// passes, and the same by anybody else, or once the part was taken away, is found.

import { beforeEach, describe, expect, test } from "vitest";
import { API } from "../../../src/worker/routes.ts";
import { describeApi } from "../../../src/worker/service/openapi.ts";
import { askedBy, check, type Laws } from "../../fuzz/check.ts";
import { readDescription } from "../../fuzz/description.ts";
import type { Request } from "../../fuzz/http.ts";
import { Marks, type Viewer } from "../../fuzz/marks.ts";
import { DOOR_KEPT_MS } from "../../fuzz/standing.ts";

const description = readDescription(JSON.parse(describeApi(API)));
const OLA = { name: "organizer1", role: "organizer" };
const PER = { name: "organizer2", role: "organizer" };
const ADMIN = { name: "admin1", role: "admin" };
const MAX = { name: "buyer1", role: "buyer" };
const SUE = { name: "buyer2", role: "buyer" };
const BOB = { name: "buyer3", role: "buyer" };
const ACCOUNTS: Record<string, string> = {
  [OLA.name]: "5w8r1t4y7v0p3a6s",
  [PER.name]: "6w8r1t4y7v0p3a6s",
  [MAX.name]: "1w8r1t4y7v0p3a6s",
  [SUE.name]: "2w8r1t4y7v0p3a6s",
};
const EVENT = "7v2b9d4f6h8j0k3m";
const TICKET = "3k9w0c1v7m2x8q4d";
const ELSEWHERE = "8v2b9d4f6h8j0k3m";
const OTHER_TICKET = "4k9w0c1v7m2x8q4d";
const RESERVATION = `${TICKET}-0f3g6h9j2k5m8n1p4q7r`;
const PASS = `${RESERVATION}-1`;
const OTHER_PASS = `${OTHER_TICKET}-0f3g6h9j2k5m8n1p4q7r-1`;
const ORDER = "7h3k9w0c1v7m2x8q4d5t";
const NAME = "mk_buyer3_holdername";
const GATE = "mk_buyer2_northgate";
const USERNAME = "mk_buyer2_username";
const CUSTOMER = "mk_buyer1_customer";
const DRAFT = "mk_organizer1_draft1";
const LONG_AFTER_MS = 60_000;

let laws: Laws;
let nowMs: number;
beforeEach(() => {
  nowMs = 0;
  laws = { description, marks: new Marks(), secrets: [], origins: [] };
  for (const [name, id] of Object.entries(ACCOUNTS)) laws.marks.keep(id, "account", name);
  laws.marks.keep(USERNAME, "account", SUE.name);
  for (const [who, event, ticket] of [
    [OLA, EVENT, TICKET],
    [PER, ELSEWHERE, OTHER_TICKET],
  ] as const) {
    carriesOut(who, "POST", "/events", {}, { id: event, status: "published" });
    carriesOut(who, "POST", `/events/${event}/tickets`, {}, { id: ticket, event });
  }
  const bought = carriesOut(BOB, "POST", "/reservations", { ticket: TICKET }, { id: RESERVATION });
  laws.marks.bought(bought, { id: RESERVATION }, BOB.name);
  carriesOut(BOB, "PATCH", `/passes/${PASS}`, { holder_name: NAME }, {});
  has("manager", MAX);
  has("scanner", SUE);
});

function request(method: string, target: string, body: object | null): Request {
  return { method, target, headers: [], body: body && Buffer.from(JSON.stringify(body)), isChunked: false };
}

/** A request that goes well, a millisecond after what was before. */
function carriesOut(viewer: Viewer, method: string, target: string, body: object | null, reply: object) {
  const asked = sends(viewer, method, target, body);
  nowMs += 1;
  laws.marks.answered(asked, 200, reply, nowMs);
  return asked;
}

function sends(viewer: Viewer, method: string, target: string, body: object | null) {
  nowMs += 1;
  const asked = askedBy({ request: request(method, target, body), viewer, sentAtMs: nowMs }, description);
  laws.marks.sent(asked, "");
  return asked;
}

function has(part: "manager" | "scanner", { name }: { name: string }, by = OLA): void {
  carriesOut(by, "PUT", `/events/${EVENT}/crew/${ACCOUNTS[name]}`, { part }, { account: ACCOUNTS[name], part });
}

function loses({ name }: { name: string }): void {
  carriesOut(OLA, "DELETE", `/events/${EVENT}/crew/${ACCOUNTS[name]}`, null, {});
}

/** What is found of others' in a reply that went well; sent now. */
function found(viewer: Viewer, method: string, target: string, body: object | null, shown: unknown = {}): string[] {
  nowMs += 1;
  const reply = { status: 200, headers: [], body: JSON.stringify(shown) };
  const findings = check({ request: request(method, target, body), viewer, reply, sentAtMs: nowMs }, laws);
  return findings.filter(({ rule }) => /reached|another's/.test(rule)).map(({ rule, detail }) => `${rule}: ${detail}`);
}

const let_in = { result: "admitted", pass: { id: PASS, holder: NAME, ticket: { id: TICKET } } };
const scan = (viewer: Viewer) => found(viewer, "POST", "/check-ins", { event: EVENT, pass: PASS }, let_in);
const undo = (viewer: Viewer) => found(viewer, "POST", `/check-ins/${PASS}/undo`, { key: "k".repeat(16) }, let_in);
const goOut = (viewer: Viewer) => found(viewer, "POST", `/check-ins/${PASS}/out`, { gate: "North" }, let_in);
const sales = (viewer: Viewer) => found(viewer, "GET", `/events/${EVENT}/orders`, null, [{ id: RESERVATION }]);
const crew = (viewer: Viewer) =>
  found(viewer, "GET", `/events/${EVENT}/crew`, null, [{ account: ACCOUNTS[SUE.name], username: USERNAME }]);
const bundle = (viewer: Viewer) => found(viewer, "GET", `/events/${EVENT}/door`, null, { passes: [{ id: PASS }] });
const search = (viewer: Viewer) => found(viewer, "GET", `/events/${EVENT}/passes?q=mk`, null, [{ holder: NAME }]);
const callOff = (viewer: Viewer) => found(viewer, "POST", `/events/${EVENT}/cancellation`, { refund: true });

describe("who bought is known by name", () => {
  const guest = { name: "guest1", role: "buyer" };
  const address = "mk_guest1_address";
  const orders = (viewer: Viewer) => found(viewer, "GET", `/events/${EVENT}/orders`, null, [{ email: address }]);
  const elsewhere = (viewer: Viewer) => found(viewer, "GET", `/events/${ELSEWHERE}/orders`, null, [{ email: address }]);
  const scanned = (viewer: Viewer) => found(viewer, "GET", `/events/${EVENT}/passes?q=mk`, null, [{ email: address }]);
  beforeEach(() => laws.marks.keep(address, "account", guest.name));

  test("not before they ask to buy", () => {
    expect(orders(OLA).join()).toMatch(/another's: account mk_guest1_address/);
  });

  test.each<[what: string, buys: () => unknown]>([
    ["a reservation", () => sends(guest, "POST", "/reservations", { ticket: TICKET })],
    ["an order", () => sends(guest, "POST", "/orders", { items: [{ ticket: TICKET }] })],
    ["at the counter", () => sends(MAX, "POST", `/events/${EVENT}/orders`, { email: address })],
    ["a pass that is passed on", () => sends(BOB, "POST", `/passes/${PASS}/transfer`, { email: address })],
  ])("to who manages that event: %s", (_what, buys) => {
    buys();
    expect(orders(OLA)).toEqual([]);
    expect(orders(MAX)).toEqual([]);
    expect(orders(SUE).join()).toMatch(/another's: account/);
    expect(orders(PER).join()).toMatch(/another's: account/);
    expect(elsewhere(PER).join()).toMatch(/another's: account/);
    expect(scanned(SUE).join()).toMatch(/another's: account/);
  });
});

describe("who may do what for an event", () => {
  const everybody = [OLA, MAX, SUE, PER, BOB, ADMIN];
  test.each<[what: string, does: (viewer: Viewer) => string[], may: Viewer[]]>([
    ["lets people in", scan, [OLA, MAX, SUE, ADMIN]],
    ["notes that they go out", goOut, [OLA, MAX, SUE, ADMIN]],
    ["takes the bundle of the door", bundle, [OLA, MAX, SUE, ADMIN]],
    ["finds passes by name", search, [OLA, MAX, SUE, ADMIN]],
    ["takes a check-in back", undo, [OLA, MAX, ADMIN]],
    ["sees what was sold", sales, [OLA, MAX, ADMIN]],
    ["sees the crew", crew, [OLA, ADMIN]],
    ["calls it off", callOff, [OLA, ADMIN]],
  ])("%s", (_what, does, may) => {
    for (const viewer of everybody) {
      const want = may.includes(viewer) ? [] : [expect.stringMatching(/^reached: event/)];
      expect(does(viewer), viewer.name).toEqual(expect.arrayContaining(want));
      if (may.includes(viewer)) expect(does(viewer), viewer.name).toEqual([]);
    }
  });
});

test("a part that was taken away counts no more: at a door after some seconds, elsewhere at once", () => {
  const underWay = nowMs;
  loses(SUE);
  loses(MAX);
  expect(sales(MAX).join()).toMatch(/reached: event .*/);
  expect(undo(MAX)).toEqual([]);
  expect(scan(SUE)).toEqual([]);
  nowMs += DOOR_KEPT_MS;
  expect(scan(SUE).join()).toMatch(/reached: event/);
  expect(undo(MAX).join()).toMatch(/reached: pass .*reached: event/);
  // What was sent before the reply came may have come first.
  nowMs = underWay;
  expect(sales(MAX)).toEqual([]);
});

test("another part takes the place of the first one", () => {
  has("scanner", MAX);
  nowMs += LONG_AFTER_MS;
  expect(sales(MAX).join()).toMatch(/reached: event/);
  expect(undo(MAX).join()).toMatch(/reached: event/);
  expect(scan(MAX)).toEqual([]);
});

test("a part counts from when it is asked for, and not once it was refused", () => {
  const wanted = sends(OLA, "PUT", `/events/${EVENT}/crew/${ACCOUNTS[PER.name]}`, { part: "scanner" });
  expect(scan(PER)).toEqual([]);
  laws.marks.answered(wanted, 404, {}, nowMs);
  nowMs += LONG_AFTER_MS;
  expect(scan(PER).join()).toMatch(/reached: event/);
});

test("the crew shows its organiser the name of an account that somebody registered without a token", () => {
  const account = "9w8r1t4y7v0p3a6s";
  const username = "mk_nobody_registered";
  const target = `/events/${EVENT}/crew/${account}`;
  const shown = (viewer: Viewer) => found(viewer, "PUT", target, { part: "scanner" }, { account, username });
  laws.marks.registered(sends(null, "POST", "/register", { username }), account);
  expect(shown(OLA).join()).toMatch(/another's/);
  sends(OLA, "PUT", target, { part: "scanner" });
  expect(shown(OLA)).toEqual([]);
  expect(shown(PER).join()).toMatch(/another's/);
  // A name that was not registered is nobody's to see.
  sends(null, "POST", "/api-auth/login", { username: "mk_nobody_elsewhere1" });
  expect(found(OLA, "PUT", target, { part: "scanner" }, { username: "mk_nobody_elsewhere1" }).join()).toMatch(
    /another's/,
  );
});

test("nobody but the organiser gives parts, whatever the reply says", () => {
  has("manager", PER, MAX);
  expect(sales(PER)).not.toEqual([]);
  expect(found(MAX, "PUT", `/events/${EVENT}/crew/${ACCOUNTS[PER.name]}`, { part: "manager" })).not.toEqual([]);
});

test("who gets the event organises it; managers have no part any more, scanners have", () => {
  carriesOut(ADMIN, "POST", `/events/${EVENT}/handover`, { organizer: ACCOUNTS[PER.name] }, { id: EVENT });
  nowMs += LONG_AFTER_MS;
  expect(callOff(PER)).toEqual([]);
  for (const viewer of [OLA, MAX]) expect(undo(viewer), viewer.name).not.toEqual([]);
  expect(scan(SUE)).toEqual([]);
  // A repeat of what made it, with its key, says nothing of whose it is now.
  carriesOut(OLA, "POST", "/events", {}, { id: EVENT, status: "published" });
  expect(callOff(OLA)).not.toEqual([]);
});

test("a pass of another event is found, though the caller works at this one", () => {
  const let_in = { results: [{ result: "admitted", pass: { id: OTHER_PASS } }] };
  expect(found(SUE, "POST", "/check-ins/batch", { event: EVENT, scans: [] }, let_in).join()).toMatch(
    /reached: pass .* of another event/,
  );
  expect(found(SUE, "POST", `/check-ins/${OTHER_PASS}/out`, {}).join()).toMatch(/reached: event/);
});

test("passes are their buyer's at their own address: nobody who works for the event comes to them there", () => {
  const show = (viewer: Viewer) => found(viewer, "GET", `/passes/${PASS}`, null, { id: PASS });
  expect(show(BOB)).toEqual([]);
  for (const viewer of [OLA, SUE, ADMIN]) expect(show(viewer).join(), viewer.name).toMatch(/reached: pass/);
});

test("names of holders are read at the door, and nowhere by scanners of another event", () => {
  expect(search(SUE)).toEqual([]);
  const elsewhere = found(PER, "GET", `/events/${ELSEWHERE}/passes?q=xx`, null, [{ holder: NAME }]);
  expect(elsewhere.join()).toMatch(/another's: holder/);
});

test("what is written at a door is for those who work there", () => {
  sends(SUE, "POST", "/check-ins", { event: EVENT, pass: PASS, gate: GATE });
  const counts = (viewer: Viewer, event: string) => found(viewer, "GET", `/events/${event}/door`, null, { gate: GATE });
  for (const viewer of [OLA, MAX, SUE]) expect(counts(viewer, EVENT), viewer.name).toEqual([]);
  expect(counts(PER, ELSEWHERE).join()).toMatch(/another's: gate/);
});

test("what the counter sold is the event's: who sold it loses it with the part", () => {
  const body = { customer: { name: CUSTOMER } };
  const sold = { id: ORDER, items: [{ ticket: TICKET, reservation: RESERVATION.replace("-0f", "-1f") }] };
  laws.marks.bought(carriesOut(MAX, "POST", `/events/${EVENT}/orders`, body, sold), sold, MAX.name);
  const show = (viewer: Viewer) => found(viewer, "GET", `/events/${EVENT}/orders`, null, [{ ...sold, ...body }]);
  for (const viewer of [OLA, MAX]) expect(show(viewer), viewer.name).toEqual([]);
  loses(MAX);
  expect(show(MAX).join()).toMatch(/another's: order .*another's: res.*another's: cus.*reached: event/);
});

test("a draft is its crew's, too: a scanner's at its door and among their parts", () => {
  const id = "9v2b9d4f6h8j0k3m";
  carriesOut(OLA, "POST", "/events", { name: DRAFT, status: "draft" }, { id, name: DRAFT, status: "draft" });
  carriesOut(OLA, "PUT", `/events/${id}/crew/${ACCOUNTS[SUE.name]}`, { part: "scanner" }, {});
  carriesOut(OLA, "PUT", `/events/${id}/crew/${ACCOUNTS[MAX.name]}`, { part: "manager" }, {});
  const see = (viewer: Viewer, target: string) => found(viewer, "GET", target, null, { id, name: DRAFT });
  for (const target of [`/events/${id}`, `/events/${id}/door`, "/me/crew"])
    expect(see(MAX, target), target).toEqual([]);
  for (const target of [`/events/${id}/door`, "/me/crew"]) expect(see(SUE, target), target).toEqual([]);
  expect(see(SUE, `/events/${id}`)).not.toEqual([]);
  expect(see(BOB, "/me/crew")).not.toEqual([]);
  carriesOut(ADMIN, "POST", `/events/${id}/handover`, { organizer: ACCOUNTS[PER.name] }, { id });
  expect(see(PER, `/events/${id}`)).toEqual([]);
  expect(see(OLA, `/events/${id}`)).not.toEqual([]);
});

test("people find in their export who gave them a part, and to whom they gave one, by the id alone", () => {
  const by = (viewer: Viewer, word: string) => found(viewer, "GET", "/me/export", null, { audit: [{ actor: word }] });
  expect(by(SUE, ACCOUNTS[OLA.name] ?? "")).toEqual([]);
  expect(by(OLA, ACCOUNTS[SUE.name] ?? "")).toEqual([]);
  expect(by(PER, ACCOUNTS[SUE.name] ?? "")).not.toEqual([]);
  expect(by(BOB, ACCOUNTS[OLA.name] ?? "")).not.toEqual([]);
  expect(by(MAX, USERNAME)).not.toEqual([]);
});
