// 3-D Secure with real objects, the real queue and the sandbox's bank: the buyer confirms a charge
// in time, fails, cancels or never comes, for a reservation and for an order. Its secret is for the
// buyer alone.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../../src/domain/units.ts";
import { accessToken } from "../../../../src/worker/auth/tokens.ts";
import { authenticate, sandboxProvider } from "../../../../src/worker/payments/sandbox.ts";
import { orderObject, payOrder, placeOrder, stockOf, twoTypes } from "../../../support/orders.ts";
import {
  type Body,
  call,
  deadlineOf,
  hold,
  newPerson,
  ORIGIN,
  objectOf,
  type Person,
  pay,
  until,
} from "../../../support/service.ts";
import { askToWatch, watch } from "../../../support/watching.ts";

const BANK = "pm_card_authenticationRequired";

let lines: string[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  lines = [];
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...written: unknown[]) => void lines.push(JSON.stringify(written)));
  }
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

interface NextAction {
  readonly type: string;
  readonly client_secret: string;
  readonly expires_at: string;
}

/** What is paid for with a card whose bank asks, and how a test looks at it. */
interface Waiting {
  readonly organizer: Person;
  readonly eventId: string;
  readonly buyer: Person;
  readonly path: `/reservations/${string}` | `/orders/${string}`;
  readonly id: string;
  readonly ticketTypes: readonly string[];
  readonly deadlineMs: number;
  readonly object: DurableObjectStub;
  readonly action: NextAction;
}

type Kind = "reservation" | "order";
const KINDS: readonly Kind[] = ["reservation", "order"];

/** How late the payment begins, and how long after the hold's deadline the event ends. */
async function waiting(kind: Kind, beforeDeadlineMs = 15 * MINUTE_MS, endsAfterMs?: number): Promise<Waiting> {
  const { organizer, eventId, stalls, parking } = await twoTypes();
  const buyer = await newPerson();
  const isOrder = kind === "order";
  const made = isOrder ? await placeOrder(buyer, [stalls, 2], [parking, 1]) : await hold(buyer, stalls, 2);
  const { id } = made.body;
  const deadlineMs = deadlineOf(made.body);
  if (endsAfterMs !== undefined) await moveEvent({ organizer, eventId }, deadlineMs + endsAfterMs);
  vi.setSystemTime(deadlineMs - beforeDeadlineMs);
  const paid = isOrder ? await payOrder(buyer, id, BANK) : await pay(buyer, id, BANK);
  expect(paid.status).toBe(202);
  const path = isOrder ? (`/orders/${id}` as const) : (`/reservations/${id}` as const);
  const object = isOrder ? orderObject(id) : objectOf(id);
  const ticketTypes = isOrder ? [stalls, parking] : [stalls];
  const shown = await until(
    () => paymentOf({ path, buyer }),
    ({ next_action }) => next_action !== null,
  );
  const { next_action: action } = shown;
  if (action === null) throw new Error("there is one");
  expect(shown).toMatchObject({ state: "pending", error: null });
  return { organizer, eventId, buyer, path, id, ticketTypes, deadlineMs, object, action };
}

/** The event began an hour before its new end. */
async function moveEvent({ organizer, eventId }: Pick<Waiting, "organizer" | "eventId">, endsAtMs: number) {
  const token = await accessToken(env, organizer.accountId);
  const [starts_at, ends_at] = [endsAtMs - HOUR_MS, endsAtMs].map((atMs) => new Date(atMs).toISOString());
  expect((await call("PATCH", `/events/${eventId}`, { token, body: { starts_at, ends_at } })).status).toBe(200);
}

type Shown = Body<"GET /orders/{id}/payment">;

/** As its buyer sees it, whose session may have ended since by the clock of the test. */
async function seenByBuyer<Seen>(path: string, { accountId }: Person): Promise<Seen> {
  const headers = { authorization: `Bearer ${await accessToken(env, accountId)}` };
  return (await exports.default.fetch(new Request(ORIGIN + path, { headers }))).json();
}

function paymentOf({ path, buyer }: Pick<Waiting, "path" | "buyer">): Promise<Shown> {
  return seenByBuyer(`${path}/payment`, buyer);
}

function atBank({ action }: Pick<Waiting, "action">, passes: boolean): Promise<Response> {
  const body = JSON.stringify({ client_secret: action.client_secret, passes });
  const headers = { "content-type": "application/json" };
  return exports.default.fetch(new Request(`${ORIGIN}/sandbox/authentications`, { method: "POST", headers, body }));
}

/** The bank has what it needs, and no notice says so. */
async function atBankUnheard(scene: Waiting, passes: boolean): Promise<void> {
  const send = vi.spyOn(env.PAYMENTS, "send").mockImplementation(async () => ({}) as QueueSendResponse);
  expect((await atBank(scene, passes)).status).toBe(204);
  send.mockRestore();
}

async function stateOf({ path, buyer }: Waiting): Promise<string> {
  const { state, payment } = await seenByBuyer<Body<"GET /orders/{id}">>(path, buyer);
  return `${state} ${payment?.state}`;
}

function comesTo(scene: Waiting, state: string): Promise<unknown> {
  return until(
    () => stateOf(scene),
    (found) => found === state,
  );
}

/** The alarm runs by the clock that stands still. */
function runAlarm({ object }: Waiting): Promise<boolean> {
  return runDurableObjectAlarm(object);
}

async function sold({ ticketTypes }: Waiting): Promise<number> {
  return (await stockOf(...ticketTypes)).reduce((sum, one) => sum + one.sold, 0);
}

async function held({ ticketTypes }: Waiting): Promise<number> {
  return (await stockOf(...ticketTypes)).reduce((sum, one) => sum + one.held, 0);
}

describe.each(KINDS)("a %s whose card's bank asks", (kind) => {
  const quantity = kind === "order" ? 3 : 2;

  test("is confirmed once its buyer has passed, and keeps no secret", async () => {
    const scene = await waiting(kind);
    expect(scene.action).toMatchObject({ type: "authenticate", expires_at: new Date(scene.deadlineMs).toISOString() });
    expect((await atBank(scene, true)).status).toBe(204);
    await comesTo(scene, "confirmed succeeded");
    expect(await sold(scene)).toBe(quantity);
    const kept = await runInDurableObject(scene.object, (_, { storage }) =>
      JSON.stringify(storage.sql.exec("SELECT * FROM payments").toArray()),
    );
    expect(kept).not.toContain(scene.action.client_secret);
    // Whoever comes twice changes nothing.
    expect((await atBank(scene, false)).status).toBe(404);
    expect(await stateOf(scene)).toBe("confirmed succeeded");
  });

  test("is held again after its buyer has failed, and can be paid with another card", async () => {
    const scene = await waiting(kind);
    expect((await atBank(scene, false)).status).toBe(204);
    await comesTo(scene, "held failed");
    expect(await paymentOf(scene)).toMatchObject({ error: { code: "authentication_failed" }, next_action: null });
    await (kind === "order" ? payOrder(scene.buyer, scene.id) : pay(scene.buyer, scene.id));
    await comesTo(scene, "confirmed succeeded");
  });

  test("ends without any notice: its object looks again", async () => {
    const scene = await waiting(kind);
    await atBankUnheard(scene, true);
    vi.setSystemTime(Date.now() + 10 * SECOND_MS);
    await evictDurableObject(scene.object);
    await runAlarm(scene);
    await comesTo(scene, "confirmed succeeded");
  });

  test("keeps its tickets until the deadline, and then gives them back", async () => {
    const scene = await waiting(kind);
    vi.setSystemTime(scene.deadlineMs - 1);
    await runAlarm(scene);
    expect(await stateOf(scene)).toBe("held pending");
    vi.setSystemTime(scene.deadlineMs);
    await runAlarm(scene);
    await comesTo(scene, "expired failed");
    expect(await held(scene)).toBe(0);
    expect((await paymentOf(scene)).error?.code).toBe("authentication_required");
    // The bank takes nothing any more.
    expect((await atBank(scene, true)).status).toBe(404);
  });

  test("has ten minutes, even if the hold ends sooner", async () => {
    const scene = await waiting(kind, 1);
    const untilMs = scene.deadlineMs - 1 + 10 * MINUTE_MS;
    expect(Date.parse(scene.action.expires_at)).toBe(untilMs);
    vi.setSystemTime(untilMs - 1);
    await runAlarm(scene);
    expect(await stateOf(scene)).toBe("held pending");
    expect(await held(scene)).toBe(quantity);
    vi.setSystemTime(untilMs);
    await runAlarm(scene);
    await comesTo(scene, "expired failed");
    expect(await held(scene)).toBe(0);
  });

  test("has no longer than its event goes on", async () => {
    const scene = await waiting(kind, MINUTE_MS, MINUTE_MS);
    const untilMs = scene.deadlineMs + MINUTE_MS;
    expect(Date.parse(scene.action.expires_at)).toBe(untilMs);
    vi.setSystemTime(untilMs - 1);
    await runAlarm(scene);
    expect(await stateOf(scene)).toBe("held pending");
    vi.setSystemTime(untilMs);
    await runAlarm(scene);
    await comesTo(scene, "expired failed");
    expect((await atBank(scene, true)).status).toBe(404);
  });

  test("has no longer than its event goes on, if that was moved to an earlier end meanwhile", async () => {
    const scene = await waiting(kind);
    const endsAtMs = Date.now() + 2 * MINUTE_MS;
    await moveEvent(scene, endsAtMs);
    vi.setSystemTime(endsAtMs - 1);
    await runAlarm(scene);
    expect(await stateOf(scene)).toBe("held pending");
    // The next look, long before the deadline.
    vi.setSystemTime(endsAtMs - 1 + MINUTE_MS);
    await runAlarm(scene);
    await comesTo(scene, "held failed");
    expect((await atBank(scene, true)).status).toBe(404);
    const again = await (kind === "order" ? payOrder(scene.buyer, scene.id) : pay(scene.buyer, scene.id));
    expect([again.status, again.body]).toMatchObject([409, { type: expect.stringContaining("event") }]);
    expect(await sold(scene)).toBe(0);
  });

  test("is confirmed if its buyer has passed before the next look finds its event over", async () => {
    const scene = await waiting(kind);
    const endsAtMs = Date.now() + 2 * MINUTE_MS;
    await moveEvent(scene, endsAtMs);
    vi.setSystemTime(endsAtMs - 1);
    await atBankUnheard(scene, true);
    vi.setSystemTime(endsAtMs + MINUTE_MS);
    await runAlarm(scene);
    await comesTo(scene, "confirmed succeeded");
    expect(await sold(scene)).toBe(quantity);
  });

  test("is confirmed if the cancel at the deadline finds that its buyer has passed", async () => {
    const scene = await waiting(kind);
    await atBankUnheard(scene, true);
    vi.setSystemTime(scene.deadlineMs);
    await runAlarm(scene);
    await comesTo(scene, "confirmed succeeded");
    expect(await sold(scene)).toBe(quantity);
  });

  test("is cancelled at once if its buyer cancels, and shows no secret from then on", async () => {
    const scene = await waiting(kind);
    const reply = await call("DELETE", scene.path, { token: scene.buyer.token });
    expect(reply.status).toBe(202);
    expect(JSON.stringify(reply.body)).not.toContain(scene.action.client_secret);
    await comesTo(scene, "cancelled failed");
    expect(await held(scene)).toBe(0);
    expect((await atBank(scene, true)).status).toBe(404);
  });

  test("is confirmed if the buyer's cancel comes after the bank's yes", async () => {
    const scene = await waiting(kind);
    await atBankUnheard(scene, true);
    expect((await call("DELETE", scene.path, { token: scene.buyer.token })).status).toBe(202);
    await comesTo(scene, "confirmed succeeded");
  });

  test("is cancelled at once if its event is called off", async () => {
    const scene = await waiting(kind);
    const [ticketType = ""] = scene.ticketTypes;
    const { event } = (await call("GET", `/tickets/${ticketType}`, { token: scene.organizer.token })).body;
    const { token } = scene.organizer;
    await call("PATCH", `/events/${event}`, { token, body: { status: "cancelled" } });
    await comesTo(scene, "cancelled failed");
    expect((await atBank(scene, true)).status).toBe(404);
  });

  test("a cancel whose outcome is unknown is repeated", async () => {
    const scene = await waiting(kind);
    await env.DB.exec("ALTER TABLE sandbox_ledger RENAME TO away");
    await call("DELETE", scene.path, { token: scene.buyer.token });
    vi.setSystemTime(Date.now() + 5 * SECOND_MS);
    expect(await stateOf(scene)).toBe("held pending");
    await env.DB.exec("ALTER TABLE away RENAME TO sandbox_ledger");
    await comesTo(scene, "cancelled failed");
  });
});

describe("the secret", () => {
  test.each(KINDS)("of a %s is in its owner's replies and stream, and nowhere else", async (kind) => {
    const scene = await waiting(kind);
    const { client_secret: secret } = scene.action;
    const { token } = scene.buyer;
    const seen = async (path: string, who: Person | null) => {
      const headers: HeadersInit = who === null ? {} : { authorization: `Bearer ${who.token}` };
      return (await exports.default.fetch(new Request(ORIGIN + path, { headers }))).text();
    };
    expect(await seen(scene.path, scene.buyer)).toContain(secret);
    expect(await seen(`${scene.path}/payment`, scene.buyer)).toContain(secret);
    const watcher = await watch<object>(`${scene.path}/live`, { token });
    await until(
      async () => watcher.texts.join(""),
      (texts) => texts.includes(secret),
    );
    watcher.socket.close();

    const admin = await newPerson("admin");
    const [ticketType = ""] = scene.ticketTypes;
    const { event } = (await call("GET", `/tickets/${ticketType}`)).body;
    const lists = ["/reservations", "/orders", "/me", "/me/export", "/health", "/openapi.json"];
    const books = [`${scene.path}/receipt`, `${scene.path}/refunds`];
    const own = await Promise.all([...lists, ...books].map((path) => seen(path, scene.buyer)));
    const ofEvent = ["", "/audit", "/unresolved-payments", "/disputes", "/orders", `/orders/${scene.id}`, "/report"];
    const manage = [...ofEvent.map((path) => `/events/${event}${path}`), ...books, "/receipts"];
    const organisers = await Promise.all(manage.map((path) => seen(path, scene.organizer)));
    const admins = await Promise.all(["/audit", "/accounts", ...manage].map((path) => seen(path, admin)));
    const paths = [scene.path, `${scene.path}/payment`, `${scene.path}/live`];
    const others = await Promise.all(
      paths.flatMap((path) => [scene.organizer, admin, null].map((who) => seen(path, who))),
    );
    const problems = await Promise.all(
      ["POST", "DELETE"].map((method) => call(method as "POST", `${scene.path}/payment`, { token, body: {} })),
    );
    const reconciled = await call("POST", "/reconcile", { token: admin.token });
    const everything = [...own, ...organisers, ...admins, ...others, JSON.stringify([problems, reconciled])];
    expect(everything.length).toBeGreaterThan(20);
    for (const text of everything) expect(text).not.toContain(secret);

    const stream = await askToWatch(`/tickets/${ticketType}/live`);
    const reader = stream.body?.getReader();
    const first =
      new TextDecoder().decode((await reader?.read())?.value) + new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
    expect(first).toContain(ticketType);
    expect(first).not.toContain(secret);

    const tables = ["reservations", "orders", "audit_log"];
    for (const table of tables) {
      const { results } = await env.DB.prepare(`SELECT * FROM ${table}`).all();
      expect(JSON.stringify(results), table).not.toContain(secret);
    }
    expect(lines.join("\n")).toContain("awaits_buyer");
    expect(lines.join("\n")).not.toContain(secret);
  });

  test("a repeated request gets the first reply again, without it", async () => {
    const { stalls } = await twoTypes();
    const buyer = await newPerson();
    const { id } = (await hold(buyer, stalls)).body;
    const headers = { "idempotency-key": "once" };
    const send = () => {
      return call("POST", `/reservations/${id}/payment`, {
        token: buyer.token,
        headers,
        body: { payment_method: BANK },
      });
    };
    const first = await send();
    expect(first.body.next_action).toBeNull();
    await until(
      () => call("GET", `/reservations/${id}/payment`, { token: buyer.token }),
      ({ body }) => body.next_action !== null,
    );
    expect((await send()).body).toEqual(first.body);
  });
});

describe("news of a payment that is over", () => {
  test("a notice of a payment that failed is looked up: a success that came all the same is kept", async () => {
    const { stalls } = await twoTypes();
    const buyer = await newPerson();
    const { id } = (await hold(buyer, stalls)).body;
    await pay(buyer, id, "pm_card_visa_chargeDeclined");
    const shown = () => call("GET", `/reservations/${id}`, { token: buyer.token });
    await until(shown, ({ body }) => body.payment?.state === "failed");
    // The provider has the money after all.
    const row = await env.DB.prepare(
      "UPDATE sandbox_ledger SET decline_code = NULL WHERE reservation_id = ? RETURNING idempotency_key AS paymentId",
    )
      .bind(id)
      .first<{ paymentId: string }>();
    const { paymentId = "" } = row ?? {};
    // A message of the object's own changes nothing: only a notice makes it look.
    await env.PAYMENTS.send({ ticketTypeId: stalls, paymentId });
    await until(
      async () => lines.join("\n"),
      (log) => log.includes("nothing_to_do"),
    );
    expect((await shown()).body.state).toBe("held");
    await env.PAYMENTS.send({ ticketTypeId: stalls, paymentId, reference: paymentId });
    await until(shown, ({ body }) => body.state === "confirmed");
  });
});

describe("the sandbox's bank", () => {
  const charge = { paymentId: "p1", reservationId: "r1", amountMinor: 100, currency: "EUR", method: BANK };

  test("takes one yes or no, and no cancel after it", async () => {
    const provider = sandboxProvider(env.DB);
    const first = await provider.charge(charge);
    expect(first).toMatchObject({ state: "action_required", action: { reference: "p1" } });
    expect(await provider.charge(charge)).toEqual(first);
    expect(await provider.lookUp("p1", "p1")).toEqual(first);
    expect(await authenticate(env.DB, "p1_secret_sandbox", true)).not.toBeNull();
    expect(await authenticate(env.DB, "p1_secret_sandbox", false)).toBeNull();
    expect(await provider.cancel("p1", "p1")).toEqual({ state: "succeeded" });
  });

  test("charges nothing once it was cancelled", async () => {
    const provider = sandboxProvider(env.DB);
    await provider.charge({ ...charge, paymentId: "p2" });
    const failed = { state: "failed", failure: { code: "authentication_required" } };
    expect(await provider.cancel("p2", "p2")).toMatchObject(failed);
    expect(await authenticate(env.DB, "p2_secret_sandbox", true)).toBeNull();
    expect(await provider.charge({ ...charge, paymentId: "p2" })).toMatchObject(failed);
  });

  test.each<[what: string, body: unknown, status: number]>([
    ["a secret of nothing", { client_secret: "nothing_secret_sandbox", passes: true }, 404],
    ["what is no secret of its own", { client_secret: "nothing", passes: true }, 404],
    ["half of it", { client_secret: "nothing_secret_sandbox" }, 400],
  ])("refuses %s", async (_what, body, status) => {
    const headers = { "content-type": "application/json" };
    const request = new Request(`${ORIGIN}/sandbox/authentications`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    expect((await exports.default.fetch(request)).status).toBe(status);
  });
});
