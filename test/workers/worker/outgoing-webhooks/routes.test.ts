// Subscribing: what an organiser may ask for, what is refused, and that nobody else sees it.

import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { WEBHOOK_TYPES } from "../../../../src/domain/webhooks.ts";
import { newId } from "../../../../src/platform/ids.ts";
import { closeAccount, eraseAccount } from "../../../../src/worker/accounts/deletion.ts";
import { deliverTo } from "../../../../src/worker/outgoing-webhooks/delivering.ts";
import { MAX_WEBHOOKS } from "../../../../src/worker/outgoing-webhooks/queries.ts";
import { newKey } from "../../../support/api-keys.ts";
import { networkOf, owedTo, subscribe, unsent } from "../../../support/outgoing-webhooks.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { type Body, call, newPerson, type Person, pagesOf } from "../../../support/service.ts";
import { storedHash } from "../../../support/sign-in.ts";

const MINE = "/me/webhooks";
const someUrl = () => `https://${newId()}.example.com/hooks?shop=1`;

function make({ token }: Person, changes: Readonly<Record<string, unknown>> = {}, settings = {}) {
  return call("POST", MINE, { token, settings, anyBody: { url: someUrl(), types: ["order.confirmed"], ...changes } });
}

async function listed({ token }: Person) {
  return (await call("GET", MINE, { token })).list;
}

/** Nothing leaves: the queue is the test's. */
function holdQueue() {
  return vi.spyOn(env.WEBHOOKS, "sendBatch").mockResolvedValue(undefined as never);
}

test("a webhook is made with a secret that is shown once, and is on record without it", async () => {
  const person = await newPerson("organizer");
  const url = someUrl();
  const { status, body, headers } = await make(person, {
    url,
    types: ["refund.succeeded", "order.confirmed", "order.confirmed"],
  });
  expect(status).toBe(201);
  expect(headers.get("location")).toBe(MINE);
  const { secret, ...shown } = body as unknown as Body<"POST /me/webhooks">;
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(shown).toMatchObject({ url, types: ["order.confirmed", "refund.succeeded"], state: "active", last_number: 0 });
  expect(shown).toMatchObject({ failing_since: null, previous_secret_until: null });
  expect(await listed(person)).toEqual([shown]);
  const exported = await call("GET", "/me/export", { token: person.token });
  expect(exported.body.webhooks).toEqual([shown]);
  expect(exported.text).not.toContain(secret);
  const audit = await rowsOf(
    "SELECT * FROM audit_log WHERE actor_id = ? AND action = 'webhook.create'",
    person.accountId,
  );
  expect(audit).toHaveLength(1);
  expect(JSON.stringify(audit)).toContain(shown.id);
  expect(JSON.stringify(audit)).not.toContain(secret);
});

describe("what is refused", () => {
  test.each([
    ["http://shop.example.com/", "must begin with https://"],
    ["https://shop.example.com:8443/", "must not name a port"],
    ["https://ada:secret@shop.example.com/", "must not have a user or a password"],
    ["https://shop.example.com/#a", "must not have a fragment"],
    ["https://127.0.0.1/", "must have a public name"],
    ["https://169.254.169.254/latest/meta-data", "must have a public name"],
    ["https://[::1]/", "must have a public name"],
    ["https://metadata.google.internal/", "must have a public name"],
    ["https://tickets.example.com/", "must have a public name"],
    ["shop", "must be a URL"],
    ["", "must be a URL"],
  ])("the URL %s: %s", async (url, message) => {
    const person = await newPerson("organizer");
    const settings = { PUBLIC_URL: "https://tickets.example.com" };
    const { status, body } = await make(person, { url }, settings);
    expect([status, body.type]).toEqual([422, expect.stringContaining("invalid")]);
    expect(body.errors).toMatchObject([{ path: "url", message: expect.stringContaining(message) }]);
    const webhook = await subscribe(person);
    const path = `/me/webhooks/${webhook.id}` as const;
    expect((await call("PATCH", path, { token: person.token, settings, body: { url } })).status).toBe(422);
    expect(await listed(person)).toMatchObject([{ url: webhook.url }]);
  });

  test.each([
    [{ types: [] }],
    [{ types: ["order.made"] }],
    [{ types: ["test"] }],
    [{ types: "order.confirmed" }],
    [{ url: 7 }],
    [{ url: `https://shop.example.com/${"a".repeat(2_000)}` }],
    [{ secret: "whsec_mine" }],
    [{ state: "active" }],
  ])("%j", async (changes) => {
    const person = await newPerson("organizer");
    expect((await make(person, changes)).status).toBe(422);
    expect(await listed(person)).toEqual([]);
  });

  test("a URL twice, and one too many", async () => {
    const person = await newPerson("organizer");
    const url = someUrl();
    expect((await make(person, { url })).status).toBe(201);
    const again = await make(person, { url });
    expect([again.status, again.body.type]).toEqual([409, "/problems/webhook-exists"]);
    for (let one = 1; one < MAX_WEBHOOKS; one += 1) expect((await make(person)).status).toBe(201);
    const more = await make(person);
    expect([more.status, more.body.type]).toEqual([409, "/problems/too-many-webhooks"]);
    // Of another account it is another one.
    expect((await make(await newPerson("organizer"), { url })).status).toBe(201);
    const [first, second] = await listed(person);
    const { token } = person;
    const moved = await call("PATCH", `/me/webhooks/${second?.id ?? ""}`, { token, body: { url: first?.url ?? "" } });
    expect([moved.status, moved.body.type]).toEqual([409, "/problems/webhook-exists"]);
  });

  test("ten at once are ten, not more", async () => {
    const person = await newPerson("organizer");
    const replies = await Promise.all(Array.from({ length: MAX_WEBHOOKS + 5 }, () => make(person)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(MAX_WEBHOOKS);
    expect(await listed(person)).toHaveLength(MAX_WEBHOOKS);
  });

  test("a key for programs: no scope opens webhooks", async () => {
    const person = await newPerson("organizer");
    const { key } = await newKey(person);
    const reply = await call("GET", MINE, { token: key });
    expect([reply.status, reply.body.type]).toEqual([403, "/problems/scope-missing"]);
  });

  test.each([[{ from: 0 }], [{ from: -1 }], [{ from: 1.5 }], [{ from: "1" }], [{ from: 2 ** 53 }], [{}]])(
    "a replay of %j",
    async (body) => {
      const person = await newPerson("organizer");
      const { id } = await subscribe(person);
      const { status } = await call("POST", `/me/webhooks/${id}/replay`, { token: person.token, anyBody: body });
      expect(status).toBe(422);
    },
  );
});

test("a change of the URL, the types or the state is on record, and none of them is none", async () => {
  const person = await newPerson("organizer");
  const { token } = person;
  holdQueue();
  const { id } = await subscribe(person, ["order.confirmed"]);
  const path = `/me/webhooks/${id}` as const;
  const url = someUrl();
  const changed = await call("PATCH", path, {
    token,
    body: { url, types: [...WEBHOOK_TYPES].reverse(), state: "paused" },
  });
  expect(changed.body).toMatchObject({ id, url, types: WEBHOOK_TYPES, state: "paused" });
  expect((await call("PATCH", path, { token, body: {} })).body).toEqual(changed.body);
  await sql("UPDATE webhooks SET state = 'disabled', failing_since_ms = 1 WHERE id = ?", id);
  expect(await listed(person)).toMatchObject([{ state: "disabled", failing_since: "1970-01-01T00:00:00.001Z" }]);
  const on = await call("PATCH", path, { token, body: { state: "active" } });
  expect(on.body).toMatchObject({ state: "active", failing_since: null });
});

test("deliveries are listed page by page, the newest first", async () => {
  const person = await newPerson("organizer");
  const { token } = person;
  holdQueue();
  const webhook = await subscribe(person);
  const { id } = webhook;
  for (let one = 0; one < 5; one += 1) {
    const { status } = await call("POST", `/me/webhooks/${id}/test`, { token });
    expect(status).toBe(202);
  }
  expect(await owedTo(webhook)).toHaveLength(5);
  const { network, received } = networkOf(({ body }) => new Response(null, { status: body.number === 2 ? 500 : 200 }));
  await deliverTo(unsent(), id, network);
  const pages = await pagesOf(`/me/webhooks/${id}/deliveries?limit=2`, { token });
  expect(pages.map(({ list }) => list.map(({ number, state }) => `${number} ${state}`))).toEqual([
    ["5 delivered", "4 delivered"],
    ["3 delivered", "2 due"],
    ["1 delivered"],
  ]);
  expect(pages[1]?.list[1]).toMatchObject({ type: "test", attempts: 1, last_status: 500, last_error: "refused" });
  expect(pages[1]?.list[1]?.next_attempt_at).toMatch(/Z$/);
  const bodies = pages.flatMap(({ list }) => list.map(({ body }) => body));
  expect(bodies.reverse()).toEqual(received.map(({ text }) => text));
  vi.restoreAllMocks();
});

test("a webhook that is deleted is gone with what was owed to it, and its URL is free", async () => {
  const person = await newPerson("organizer");
  const { token } = person;
  holdQueue();
  const { id, url } = await subscribe(person);
  await call("POST", `/me/webhooks/${id}/test`, { token });
  expect((await call("DELETE", `/me/webhooks/${id}`, { token })).status).toBe(204);
  expect((await call("DELETE", `/me/webhooks/${id}`, { token })).status).toBe(404);
  expect(await rowsOf("SELECT 1 FROM webhook_deliveries WHERE webhook_id = ?", id)).toEqual([]);
  expect((await make(person, { url })).status).toBe(201);
  vi.restoreAllMocks();
});

test.each(["closed", "erased"])(
  "an account that is %s has no webhooks left, and nothing is owed to them",
  async (end) => {
    const person = await newPerson("organizer");
    const { id } = await subscribe(person);
    holdQueue();
    await call("POST", `/me/webhooks/${id}/test`, { token: person.token });
    if (end === "erased") {
      await sql("UPDATE accounts SET closing_since_ms = 0 WHERE id = ?", person.accountId);
      expect(await eraseAccount(unsent(), person.accountId, Date.now())).toBe(true);
    } else {
      const session = { id: "of nobody", accountId: person.accountId, isClosing: false };
      await closeAccount(unsent(), session, await storedHash(person));
    }
    expect(await rowsOf("SELECT 1 FROM webhooks WHERE id = ?", id)).toEqual([]);
    expect(await rowsOf("SELECT 1 FROM webhook_deliveries WHERE webhook_id = ?", id)).toEqual([]);
    vi.restoreAllMocks();
  },
);
