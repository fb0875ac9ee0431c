// One event and one ticket type in full: availability, and who sees what of them. HEAD and slashes
// of every route.

import { beforeAll, describe, expect, test } from "vitest";
import { newId, newReservationId } from "../../../../src/platform/ids.ts";
import { EXAMPLES } from "../../../../src/worker/http/examples.ts";
import { newKey } from "../../../support/api-keys.ts";
import { invite } from "../../../support/crew-invitations.ts";
import { subscribe } from "../../../support/outgoing-webhooks.ts";
import { boughtPasses } from "../../../support/passes.ts";
import { putPricesOnSale } from "../../../support/prices.ts";
import { ROUTES, type Route } from "../../../support/routes.ts";
import {
  addTicket,
  call,
  createEvent,
  EVENT,
  hold,
  newPerson,
  type OnSale,
  type Person,
  putOnSale,
  seen,
  TICKET,
  until,
} from "../../../support/service.ts";

let shared: OnSale;
let buyer: Person;

beforeAll(async () => {
  shared = await putOnSale({ price: { amount: 0, currency: "EUR" }, max_per_buyer: null });
  buyer = await newPerson();
});

describe("an event in full", () => {
  test("has its ticket types in full, in the order they were added", async () => {
    const { eventId, ticketId, organizer } = await putOnSale({ description: "Near the stage." });
    const path = `/events/${eventId}/tickets` as const;
    const early = { name: "Early", price: { amount: 0, currency: "EUR" }, capacity: 5, max_per_buyer: null };
    const second = await call("POST", path, {
      token: organizer.token,
      body: { ...early, sales_end: "2030-01-01T00:00:00Z" },
    });
    const answer = await call("GET", `/events/${eventId}`);
    expect(answer.status).toBe(200);
    const times = { starts_at: "2031-05-01T18:00:00.000Z", ends_at: "2031-05-01T21:00:00.000Z" };
    const sales_end = "2030-01-01T00:00:00.000Z";
    const both = { event: eventId, sales_start: null, sale_state: "open", sale_ends_at: times.ends_at };
    const onePrice = (id: string) => ({
      ...{ id, name: "", capacity: null, sales_start: null, sales_end: null, requires_code: false },
      ...{ min_per_order: 1, max_per_order: null, sale_state: "open", sale_ends_at: times.ends_at },
    });
    expect(answer.body).toStrictEqual({
      ...{
        id: eventId,
        organizer: organizer.accountId,
        ...EVENT,
        ...times,
        description: "",
        status: "published",
        refundable_until: null,
        doors_open_at: null,
        reentry: false,
        terms: null,
        seller: null,
        vat_rate: null,
        cancellation: null,
      },
      ...{ sale_state: "open", from_price: { ...early.price, exponent: 2 }, available: 105 },
      tickets: [
        {
          ...{ id: ticketId, ...both, ...TICKET, description: "Near the stage.", max_per_buyer: 10, sales_end: null },
          price: { ...TICKET.price, exponent: 2 },
          prices: [{ ...onePrice(ticketId), price: { ...TICKET.price, exponent: 2 }, available: 100 }],
          available: 100,
        },
        {
          ...{ id: second.body.id, ...both, ...early, description: "", sales_end, sale_ends_at: sales_end },
          price: { ...early.price, exponent: 2 },
          prices: [
            {
              ...onePrice(second.body.id),
              ...{ price: { ...early.price, exponent: 2 }, available: 5, sale_ends_at: sales_end },
            },
          ],
          available: 5,
        },
      ],
    });
  });

  test("answers each time in UTC, whatever offset it was given with", async () => {
    const { organizer } = shared;
    const body = { ...EVENT, starts_at: "2031-05-01T23:30:00+05:30", ends_at: "2031-05-01T14:00:00-09:00" };
    const { id } = (await call("POST", "/events", { token: organizer.token, body })).body;
    const answer = await call("GET", `/events/${id}`);
    expect(answer.body).toMatchObject({ starts_at: "2031-05-01T18:00:00.000Z", ends_at: "2031-05-01T23:00:00.000Z" });
  });

  test("and its ticket type show what is available to all, and what is held and sold to the event's own organiser alone", async () => {
    const { eventId, ticketId, organizer } = await putOnSale({ price: { amount: 0, currency: "EUR" } });
    const sold = (await hold(buyer, ticketId, 2)).body.id;
    expect((await call("POST", `/reservations/${sold}/payment`, { token: buyer.token, body: {} })).status).toBe(202);
    await hold(buyer, ticketId, 3);
    const numbers = { available: 95, held: 3, sold: 2 };
    const asOwner = { token: organizer.token };
    const showOwn = () => call("GET", `/tickets/${ticketId}`, asOwner);
    const own = await until(showOwn, ({ body }) => body.available === 95);
    expect(own.body).toMatchObject(numbers);
    expect((await call("GET", `/events/${eventId}`, asOwner)).body.tickets[0]).toMatchObject(numbers);
    const other = (await newPerson("organizer")).token;
    for (const options of [{}, { token: buyer.token }, { token: other }]) {
      const ticket = (await call("GET", `/tickets/${ticketId}`, options)).body;
      for (const shown of [ticket, (await call("GET", `/events/${eventId}`, options)).body.tickets[0]]) {
        expect(shown).toMatchObject({ available: 95, capacity: 100 });
        expect(shown).not.toHaveProperty("held");
        expect(shown).not.toHaveProperty("sold");
      }
    }
  });

  test("are there for all once cancelled: who has a ticket wants to know", async () => {
    const { eventId, ticketId, organizer } = await putOnSale();
    await call("PATCH", `/events/${eventId}`, { token: organizer.token, body: { status: "cancelled" } });
    expect((await call("GET", `/events/${eventId}`)).body.status).toBe("cancelled");
    const ticket = await call("GET", `/tickets/${ticketId}`);
    expect(ticket.body).toMatchObject({ sale_state: "cancelled", capacity: 100, available: 0 });
  });

  test.each([
    ["is over", { starts_at: "2001-05-01T18:00:00Z", ends_at: "2001-05-01T21:00:00Z" }, {}],
    ["goes on, after the end of its sale", {}, { sales_end: "2001-05-01T18:00:00Z" }],
  ])("says that nothing is left to buy of an event that %s", async (_what, times, sale) => {
    const organizer = await newPerson("organizer");
    const eventId = await createEvent(organizer, times);
    const ticketId = await addTicket(organizer, eventId, sale);
    for (const options of [{}, { token: organizer.token }]) {
      const ticket = (await call("GET", `/tickets/${ticketId}`, options)).body;
      expect(ticket).toMatchObject({ sale_state: "ended", capacity: 100, available: 0 });
      expect((await call("GET", `/events/${eventId}`, options)).body.tickets).toStrictEqual([ticket]);
    }
  });

  test("are there for the organiser alone while it is a draft", async () => {
    const { eventId, ticketId, organizer } = await putOnSale();
    await call("PATCH", `/events/${eventId}`, { token: organizer.token, body: { status: "draft" } });
    const other = (await newPerson("organizer")).token;
    for (const [path, unknown] of [
      [`/events/${eventId}`, `/events/${newId()}`],
      [`/tickets/${ticketId}`, `/tickets/${newId()}`],
    ] as const) {
      expect((await call("GET", path, { token: organizer.token })).body).toMatchObject({ id: path.split("/")[2] });
      for (const options of [{}, { token: buyer.token }, { token: other }]) {
        const hidden = await call("GET", path, options);
        expect(hidden.status).toBe(404);
        expect(seen(hidden)).toEqual(seen(await call("GET", unknown, options)));
      }
    }
  });
});

describe("an id that nothing has", () => {
  const GARBAGE = [
    "x",
    newReservationId(newId()),
    newId().toUpperCase(),
    `${newId()}0`,
    newId().slice(1),
    "..%2f..",
    "%00",
    "%F0%9F%8E%B7",
    "%E0%A4%A",
    "null",
    "__proto__",
    "'%20OR%201=1",
  ];

  test.each(["/events/", "/tickets/", "/reservations/"])("is 404 at %s, as garbage is to the byte", async (path) => {
    const { token } = buyer;
    const unknown = await call("GET", path + newId(), { token });
    expect(unknown.status).toBe(404);
    expect(unknown.body.type).toBe("/problems/not-found");
    for (const id of GARBAGE) expect(seen(await call("GET", path + id, { token })), id).toEqual(seen(unknown));
  });

  test("is a ticket type's at /events/ and an event's at /tickets/", async () => {
    expect((await call("GET", `/events/${shared.ticketId}`)).status).toBe(404);
    expect((await call("GET", `/tickets/${shared.eventId}`)).status).toBe(404);
  });
});

describe("every route", () => {
  /** The route's path with an id that is there for it, and somebody who may call it. */
  async function reach({ method, path, access }: Route): Promise<[path: string, token: string]> {
    // What is deleted is nobody else's.
    const sale = method === "DELETE" ? await putPricesOnSale() : { ...shared, priceIds: [shared.ticketId] };
    const { organizer, eventId, ticketId } = sale;
    const last = sale.priceIds.at(-1) ?? "";
    const caller = access === "organizer" ? organizer : await newPerson();
    const { token } = caller;
    if (path.includes("/door") || path.includes("{account}")) return [await reachDoor(path, sale), organizer.token];
    if (path.includes("{invitation}")) return [await reachInvitation(path, sale), organizer.token];
    // Unknown, and refused as such.
    if (path.includes("{token}")) return [path.replace("{token}", EXAMPLES.linkToken), token];
    if (path.includes("{pass}"))
      return [path.replace("{pass}", await bought(shared.organizer)), shared.organizer.token];
    if (path.startsWith("/passes/")) return [path.replace("{id}", await bought(caller)), token];
    if (path.includes("{order}")) return [await reachCounterOrder(path, shared), shared.organizer.token];
    // There is only something to see of an event that was called off.
    const calledOff = () => createEvent(organizer, { status: "cancelled" });
    if (path.endsWith("/cancellation")) return [path.replace("{id}", await calledOff()), token];
    if (path.startsWith("/events/")) return [path.replace("{id}", eventId), token];
    if (path.startsWith("/tickets/")) return [path.replace("{id}", ticketId).replace("{price}", last), token];
    if (path.startsWith("/orders/")) return [await reachOrder({ method, path }, caller), token];
    if (path.startsWith("/me/api-keys/")) return [path.replace("{id}", (await newKey(caller)).id), token];
    if (path.startsWith("/me/webhooks/")) {
      const owner = await newPerson("organizer");
      return [path.replace("{id}", (await subscribe(owner)).id), owner.token];
    }
    if (!path.startsWith("/reservations/")) return [path, token];
    const { id } = (await hold(caller, shared.ticketId)).body;
    const toShow = method === "GET" && path.endsWith("/payment");
    if (toShow) await call("POST", `/reservations/${id}/payment`, { token, body: {} });
    return [path.replace("{id}", id), token];
  }

  /** A pass of a person's. */
  async function bought({ accountId }: Person): Promise<string> {
    const [pass = ""] = await boughtPasses(shared.ticketId, 1, accountId);
    return pass;
  }

  /** The path of an event's door, or of one of its crew. */
  async function reachDoor(path: string, { eventId, organizer: { token } }: OnSale): Promise<string> {
    const { accountId: account } = await newPerson();
    await call("PUT", `/events/${eventId}/crew/${account}`, { token, body: { part: "scanner" } });
    return path.replace("{id}", eventId).replace("{account}", account);
  }

  async function reachInvitation(path: string, sale: OnSale): Promise<string> {
    const { body } = await invite(sale, `${newId()}@example.test`);
    return path.replace("{id}", sale.eventId).replace("{invitation}", body.id);
  }

  /** The path of an order of the caller's: one that is paid for, to look at its payment. */
  async function reachOrder({ method, path }: Pick<Route, "method" | "path">, { token }: Person): Promise<string> {
    const items = [{ ticket: shared.ticketId, quantity: 1 }];
    const { id } = (await call("POST", "/orders", { token, body: { items } })).body;
    const toShow = method === "GET" && path.endsWith("/payment");
    if (toShow) await call("POST", `/orders/${id}/payment`, { token, body: {} });
    return path.replace("{id}", id);
  }

  /** The path of an order that waits for a transfer. */
  async function reachCounterOrder(path: string, { eventId, ticketId, organizer }: OnSale): Promise<string> {
    const body = { items: [{ ticket: ticketId, quantity: 1 }], method: "transfer" as const };
    const { id } = (await call("POST", `/events/${eventId}/orders`, { token: organizer.token, body })).body;
    return path.replace("{id}", eventId).replace("{order}", id);
  }

  // Nothing has failed that could be tried again: with and without, there is none.
  const reachable = ROUTES.filter(({ path }) => !path.includes("{refund}"));
  test.each(reachable)("$method $path takes a trailing slash", async (route) => {
    const send = async (slash: string) => {
      const [path, token] = await reach(route);
      return call(route.method, path + slash, { token, ...(route.body === null ? {} : { body: {} }) });
    };
    const [without, withSlash] = [await send(""), await send("/")];
    expect(without.status).not.toBe(404);
    expect(withSlash.status).toBe(without.status);
    expect(withSlash.body?.type).toBe(without.body?.type);
    expect(withSlash.body?.errors).toEqual(without.body?.errors);
  });

  test.each(ROUTES.filter(({ method }) => method === "GET"))(
    "GET $path has a HEAD with its status and headers, and no body",
    async (route) => {
      const [path, token] = await reach(route);
      for (const options of [{ token }, {}]) {
        const [get, head] = [await call("GET", path, options), await call("HEAD", path, options)];
        expect(get.text).not.toBe("");
        expect(head.text).toBe("");
        expect(seen(head)).toEqual({ ...Object(seen(get)), text: "" });
      }
    },
  );
});
