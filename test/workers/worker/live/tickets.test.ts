// Live tickets: a page of another origin watches its reservation with one, once, and nobody else.

import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newLongId, newReservationId } from "../../../../src/platform/ids.ts";
import { accessToken, signLiveTicket } from "../../../../src/worker/auth/tokens.ts";
import { sqlIn } from "../../../support/objects.ts";
import { call, hold, newPerson, objectOf, type Person, putOnSale } from "../../../support/service.ts";
import { askToWatch, expectSockets, openStream, socketStatus, watch } from "../../../support/watching.ts";

const SHOP = { origin: "https://shop.test" };
const REFUSED = "401 /problems/live-ticket-refused";

let lines: unknown[][];
beforeEach(() => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((...written) => void lines.push(written));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A buyer with a hold, and the address of its stream. */
async function held() {
  const buyer = await newPerson();
  const { ticketId } = await putOnSale();
  const { id } = (await hold(buyer, ticketId)).body;
  return { buyer, ticketId, id, path: `/reservations/${id}/live` };
}

function askForTicket({ token }: Person, id: string) {
  return call("POST", `/reservations/${id}/live-ticket`, { token, headers: SHOP });
}

async function urlFor(buyer: Person, id: string): Promise<string> {
  return (await askForTicket(buyer, id)).body.url;
}

async function streamStatus(url: string): Promise<string> {
  const response = await askToWatch(url, { headers: SHOP });
  if (response.status !== 200) return `${response.status} ${JSON.parse(await response.text()).type}`;
  await response.body?.cancel();
  return "200";
}

test("a page of another origin follows its reservation to the end, over either way", async () => {
  const { buyer, id, path } = await held();
  const made = await askForTicket(buyer, id);
  const { ticket, url, expires_at } = made.body;
  expect([made.status, url]).toEqual([201, `${path}?ticket=${ticket}`]);
  expect(made.headers.get("access-control-allow-origin")).toBe(SHOP.origin);
  expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(115_000);
  expect(Date.parse(expires_at) - Date.now()).toBeLessThanOrEqual(120_000);
  const response = await askToWatch(url, { headers: SHOP });
  expect(response.headers.get("access-control-allow-origin")).toBe(SHOP.origin);
  await response.body?.cancel();
  const events = await openStream<{ state: string }>(await urlFor(buyer, id), { headers: SHOP });
  const socket = await watch<{ state: string }>(await urlFor(buyer, id), { headers: SHOP });
  await call("DELETE", `/reservations/${id}`, { token: buyer.token });
  await events.toEnd();
  expect(await socket.closed).toBe(1000);
  expect([events, socket].map(({ messages }) => messages.at(-1)?.state)).toEqual(["cancelled", "cancelled"]);
});

describe("a ticket is good for one use", () => {
  test.each<[name: string, between: (ticketId: string) => unknown]>([
    ["at once", () => {}],
    ["after the object hibernated", (ticketId) => evictDurableObject(objectOf(ticketId))],
    ["after the object died", () => abortAllDurableObjects()],
  ])("%s", async (_name, between) => {
    const { buyer, id, ticketId } = await held();
    const url = await urlFor(buyer, id);
    expect(await streamStatus(url)).toBe("200");
    await between(ticketId);
    expect(await streamStatus(url)).toBe(REFUSED);
    expect(await socketStatus(url, SHOP)).toBe(REFUSED);
  });

  test("of many at the same moment", async () => {
    const { buyer, id } = await held();
    const url = await urlFor(buyer, id);
    const statuses = await Promise.all(Array.from({ length: 8 }, () => streamStatus(url)));
    expect(statuses.toSorted()).toEqual(["200", ...Array(7).fill(REFUSED)]);
  });

  test("also where the object has forgotten the reservation, and D1 has it", async () => {
    const { buyer, id } = await held();
    await call("DELETE", `/reservations/${id}`, { token: buyer.token });
    await sqlIn(id, "DELETE FROM reservations");
    const url = await urlFor(buyer, id);
    expect([await streamStatus(url), await streamStatus(url)]).toEqual(["200", REFUSED]);
  });

  test("and the stream that it opened goes on without it when the object dies", async () => {
    const { buyer, id } = await held();
    const events = await openStream<{ state: string }>(await urlFor(buyer, id), { headers: SHOP });
    await events.until((text) => text.includes("data"));
    await abortAllDurableObjects();
    await call("DELETE", `/reservations/${id}`, { token: buyer.token });
    await events.toEnd();
    expect(events.messages.at(-1)?.state).toBe("cancelled");
  });

  test("and used ones are forgotten once they have expired", async () => {
    const { buyer, id, ticketId } = await held();
    await streamStatus(await urlFor(buyer, id));
    const kept = () => runInDurableObject(objectOf(ticketId), (_, { storage }) => [...storage.kv.list()].length);
    expect(await kept()).toBe(1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 121_000 });
    await streamStatus(await urlFor(buyer, id));
    expect(await kept()).toBe(1);
  });
});

describe("nothing is opened", () => {
  test.each<[name: string, url: (scene: Awaited<ReturnType<typeof held>>) => Promise<string>]>([
    ["by a garbled ticket", async ({ path }) => `${path}?ticket=x.y.z`],
    ["by an empty one", async ({ path }) => `${path}?ticket=`],
    ["by an access token in its place", async ({ path, buyer }) => `${path}?ticket=${buyer.token}`],
    [
      "by one for another reservation of the same buyer",
      async ({ path, buyer, ticketId }) => {
        const other = (await hold(buyer, ticketId)).body.id;
        return `${path}?ticket=${(await askForTicket(buyer, other)).body.ticket}`;
      },
    ],
    [
      "once its session has ended",
      async ({ buyer, id }) => {
        const url = await urlFor(buyer, id);
        await call("POST", "/api-auth/logout-everywhere", { token: buyer.token });
        return url;
      },
    ],
    [
      "once it has expired",
      async ({ buyer, id }) => {
        const url = await urlFor(buyer, id);
        vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 121_000 });
        return url;
      },
    ],
  ])("%s", async (_name, urlOf) => {
    const scene = await held();
    const url = await urlOf(scene);
    expect(await streamStatus(url)).toBe(REFUSED);
    expect(await socketStatus(url, SHOP)).toBe(REFUSED);
    // A token beside it does not help.
    expect(await socketStatus(url, { authorization: `Bearer ${scene.buyer.token}` })).toBe(REFUSED);
    await expectSockets([scene.ticketId], 0);
  });

  test("by one that names another's reservation, as nothing hands it out", async () => {
    const { id, path, ticketId } = await held();
    const stranger = await newPerson();
    expect((await askForTicket(stranger, id)).status).toBe(404);
    expect((await askForTicket(stranger, newReservationId(ticketId))).status).toBe(404);
    const claims = {
      sessionId: newLongId(),
      accountId: stranger.accountId,
      opens: { type: "reservation" as const, id },
    };
    const { text } = await signLiveTicket(env, claims);
    expect(await streamStatus(`${path}?ticket=${text}`)).toBe("404 /problems/not-found");
  });

  test("elsewhere: it is no access token, and no other stream takes it", async () => {
    const { buyer, id, ticketId } = await held();
    const { ticket } = (await askForTicket(buyer, id)).body;
    expect((await call("GET", "/me", { token: ticket })).status).toBe(401);
    expect((await call("GET", `/reservations/${id}`, { token: ticket })).status).toBe(401);
    expect((await call("GET", `/reservations/${id}?ticket=${ticket}`)).status).toBe(401);
    expect(await socketStatus(`/tickets/${ticketId}/live?ticket=${ticket}`, SHOP)).toBe("101");
  });
});

test("no line of the log has a ticket, whether it opens a stream, is refused or meets a fault", async () => {
  const { buyer, id, path } = await held();
  const { ticket, url } = (await askForTicket(buyer, id)).body;
  await streamStatus(url);
  await streamStatus(url);
  const token = await accessToken(env, buyer.accountId);
  const fetch = async () => Promise.reject(new Error("broken"));
  const settings = { TICKET_TYPES: { getByName: () => ({ fetch }) } as unknown as typeof env.TICKET_TYPES };
  expect((await askToWatch(`${path}?ticket=${ticket}`, { settings })).status).toBe(500);
  expect((await askToWatch(`${path}?x=${ticket}`, { token })).status).toBe(422);
  const text = JSON.stringify(lines);
  expect(text).toContain("/reservations/:id/live");
  for (const part of ticket.split(".")) expect(text).not.toContain(part);
});
