// Calendars over HTTP: of an event, for everybody; of an order, with what was bought.

import { describe, expect, test } from "vitest";
import { outcomeOf, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { addTicket, call, createEvent, newPerson, type Person } from "../../../support/service.ts";

const BERLIN = {
  name: "Rooftop; Jazz",
  venue: "Dachgarten, Berlin",
  starts_at: "2030-10-26T22:00:00+02:00",
  ends_at: "2030-10-27T06:00:00+01:00",
  timezone: "Europe/Berlin",
};

async function calendarOf(path: string, token?: string): Promise<string[]> {
  const { status, text, headers } = await call("GET", path, token === undefined ? {} : { token });
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("text/calendar; charset=utf-8");
  return text.replaceAll("\r\n ", "").split("\r\n");
}

const valueIn = (lines: readonly string[], name: string) =>
  lines.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1);

describe("of an event", () => {
  test("has its own clocks, through the night that they go back, and its texts", async () => {
    const lines = await calendarOf(`/events/${await createEvent(await newPerson("organizer"), BERLIN)}/calendar.ics`);
    expect(lines).toEqual(
      expect.arrayContaining([
        ...["DTSTART;TZID=Europe/Berlin:20301026T220000", "DTEND;TZID=Europe/Berlin:20301027T060000"],
        ...["TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "BEGIN:STANDARD", "DTSTART:20301027T030000"],
        ...["SUMMARY:Rooftop\\; Jazz", "LOCATION:Dachgarten\\, Berlin", "STATUS:CONFIRMED", "SEQUENCE:0"],
      ]),
    );
  });

  test("is the same entry when it moves, is renamed, or is called off, and says each time that it is newer", async () => {
    const organizer = await newPerson("organizer");
    const id = await createEvent(organizer, BERLIN);
    const path = `/events/${id}/calendar.ics`;
    const seen = [await calendarOf(path)];
    for (const body of [
      { starts_at: "2030-10-26T23:00:00+02:00" },
      { ends_at: "2030-10-27T07:00:00+01:00" },
      { name: "Cellar Jazz" },
      { venue: "Keller" },
      { status: "cancelled" },
    ] as const) {
      expect((await call("PATCH", `/events/${id}`, { token: organizer.token, body })).status).toBe(200);
      seen.push(await calendarOf(path));
    }
    expect(new Set(seen.map((lines) => valueIn(lines, "UID")))).toEqual(new Set([`${id}@ticket-overlord`]));
    const versions = seen.map((lines) => Number(valueIn(lines, "SEQUENCE")));
    expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
    expect(seen.map((lines) => valueIn(lines, "STATUS"))).toEqual([...Array(5).fill("CONFIRMED"), "CANCELLED"]);
  });

  test("says what its organiser says of its being called off", async () => {
    const organizer = await newPerson("organizer");
    const id = await createEvent(organizer, BERLIN);
    const body = { refund: false, message: "They are ill,\nall four." };
    await call("POST", `/events/${id}/cancellation`, { token: organizer.token, body });
    expect(valueIn(await calendarOf(`/events/${id}/calendar.ics`), "DESCRIPTION")).toMatch(
      /^They are ill\\,\\nall four\./,
    );
  });

  test("of a draft is nobody's", async () => {
    const organizer = await newPerson("organizer");
    const id = await createEvent(organizer, { ...BERLIN, status: "draft" });
    expect((await call("GET", `/events/${id}/calendar.ics`, { token: organizer.token })).status).toBe(404);
  });
});

describe("of an order", () => {
  async function ordered(): Promise<{ buyer: Person; orderId: string; eventId: string }> {
    const sale = await twoTypes();
    const buyer = await newPerson();
    const { id } = (await placeOrder(buyer, [sale.stalls, 2], [sale.parking, 1])).body;
    return { buyer, orderId: id, eventId: sale.eventId };
  }

  async function giveBack({ token }: Person, orderId: string, reservation: string, quantity: number): Promise<void> {
    const body = { items: [{ reservation, quantity }], restock: true, reason: "They are ill." };
    expect((await call("POST", `/orders/${orderId}/refunds`, { token, body })).status).toBe(201);
  }

  test("has one entry for its event, tentative while it is held, then confirmed, with what was bought", async () => {
    const { buyer, orderId, eventId } = await ordered();
    const path = `/orders/${orderId}/calendar.ics`;
    const held = await calendarOf(path, buyer.token);
    expect(held.filter((line) => line === "BEGIN:VEVENT")).toHaveLength(1);
    expect(valueIn(held, "UID")).toBe(`${orderId}-${eventId}@ticket-overlord`);
    expect(valueIn(held, "STATUS")).toBe("TENTATIVE");
    await payOrder(buyer, orderId);
    await outcomeOf(buyer, orderId);
    const confirmed = await calendarOf(path, buyer.token);
    expect(valueIn(confirmed, "STATUS")).toBe("CONFIRMED");
    expect(valueIn(confirmed, "DESCRIPTION")).toMatch(/^2 × .*\\n1 × .*\\nOrder [0-9a-z]{20}$/);
    expect(Number(valueIn(confirmed, "SEQUENCE"))).toBeGreaterThan(Number(valueIn(held, "SEQUENCE")));
  });

  test("that is cancelled is cancelled in the calendar, too", async () => {
    const { buyer, orderId } = await ordered();
    await call("DELETE", `/orders/${orderId}`, { token: buyer.token });
    expect(valueIn(await calendarOf(`/orders/${orderId}/calendar.ics`, buyer.token), "STATUS")).toBe("CANCELLED");
  });

  test("of which a part is given back has what is left, and is newer each time; of which all is, it is cancelled", async () => {
    const sale = await twoTypes();
    const buyer = await newPerson();
    const order = (await placeOrder(buyer, [sale.stalls, 2], [sale.parking, 1])).body;
    await payOrder(buyer, order.id);
    await outcomeOf(buyer, order.id);
    const [stalls = "", parking = ""] = order.items.map(({ reservation }) => reservation);
    const look = () => calendarOf(`/orders/${order.id}/calendar.ics`, buyer.token);
    const seen = [await look()];
    for (const reservation of [stalls, stalls, parking]) {
      await giveBack(sale.organizer, order.id, reservation, 1);
      seen.push(await look());
    }
    expect(seen.map((lines) => valueIn(lines, "STATUS"))).toEqual([...Array(3).fill("CONFIRMED"), "CANCELLED"]);
    expect(seen.map((lines) => valueIn(lines, "DESCRIPTION"))).toEqual([
      `2 × Stalls\\n1 × Parking\\nOrder ${order.id}`,
      `1 × Stalls\\n1 × Parking\\nOrder ${order.id}`,
      `1 × Parking\\nOrder ${order.id}`,
      `Order ${order.id}`,
    ]);
    const versions = seen.map((lines) => Number(valueIn(lines, "SEQUENCE")));
    expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
  });

  test("of two events has an entry for each; one that is given back is cancelled alone", async () => {
    const sale = await twoTypes();
    const other = await createEvent(sale.organizer, BERLIN);
    const jazz = await addTicket(sale.organizer, other, { name: "Roof" });
    const buyer = await newPerson();
    const order = (await placeOrder(buyer, [sale.stalls, 1], [jazz, 2])).body;
    await payOrder(buyer, order.id);
    await outcomeOf(buyer, order.id);
    const look = async () => {
      const lines = await calendarOf(`/orders/${order.id}/calendar.ics`, buyer.token);
      const entries = lines.join("\n").split("BEGIN:VEVENT").slice(1);
      return entries.map((entry) => {
        const own = entry.split("\n");
        return [valueIn(own, "UID"), valueIn(own, "STATUS"), valueIn(own, "DESCRIPTION")];
      });
    };
    const uids = [sale.eventId, other].map((id) => `${order.id}-${id}@ticket-overlord`);
    expect(await look()).toEqual([
      [uids[0], "CONFIRMED", `1 × Stalls\\nOrder ${order.id}`],
      [uids[1], "CONFIRMED", `2 × Roof\\nOrder ${order.id}`],
    ]);
    await giveBack(sale.organizer, order.id, order.items[1]?.reservation ?? "", 2);
    expect(await look()).toEqual([
      [uids[0], "CONFIRMED", `1 × Stalls\\nOrder ${order.id}`],
      [uids[1], "CANCELLED", `Order ${order.id}`],
    ]);
  });

  test("of another is unknown", async () => {
    const { orderId } = await ordered();
    const { token } = await newPerson();
    expect((await call("GET", `/orders/${orderId}/calendar.ics`, { token })).status).toBe(404);
  });
});
