// The passes of an event's orders, as who manages the event has them: those of its counter to hand
// out, those of buyers without their codes.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { verifyPassCode } from "../../../../src/worker/passes/pass-keys.ts";
import { markPaid, type Sale, sellAt } from "../../../support/counter.ts";
import { outcomeOf, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { addTicket, call, createEvent, hold, newPerson, pay, putOnSale, until } from "../../../support/service.ts";

type Path = `/events/${string}/orders/${string}/passes`;

function passesAt({ eventId, organizer }: Sale, orderId: string, query = "") {
  return call("GET", `/events/${eventId}/orders/${orderId}/passes${query}` as Path, { token: organizer.token });
}

function printAt({ eventId, organizer }: Sale, orderId: string, query = "") {
  const path = `/events/${eventId}/orders/${orderId}/passes/print${query}` as `${Path}/print`;
  return call("GET", path, { token: organizer.token });
}

const picturesIn = (html: string) => html.match(/<svg/g)?.length ?? 0;

describe("what the counter sold", () => {
  test("has its passes with their codes, which are genuine, and a page to print", async () => {
    const sale = await twoTypes();
    const customer = { name: "<b>Ada</b>" };
    const sold = await sellAt(
      sale,
      "cash",
      [
        [sale.stalls, 2],
        [sale.parking, 1],
      ],
      { customer },
    );
    const { status, list } = await passesAt(sale, sold.body.id);
    expect(status).toBe(200);
    const [first, second] = sold.body.items;
    expect(list.map(({ id }) => id)).toEqual([
      `${first?.reservation}-1`,
      `${first?.reservation}-2`,
      `${second?.reservation}-1`,
    ]);
    for (const { id, code } of list) {
      expect(await verifyPassCode(env, code ?? "")).toEqual({ passId: id, generation: 0 });
    }
    const page = await printAt(sale, sold.body.id);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(picturesIn(page.text)).toBe(3);
    expect(page.text).not.toContain("<b>Ada");
  });

  test("comes page by page", async () => {
    const sale = await putOnSale();
    const { id } = (await sellAt(sale, "free", [[sale.ticketId, 3]])).body;
    const first = await passesAt(sale, id, "?limit=2");
    expect(first.list).toHaveLength(2);
    const next = /<[^>]*(\?[^>]*)>/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    expect((await passesAt(sale, id, next)).list.map(({ number }) => number)).toEqual([3]);
  });

  test("is printed a hundred at a time, each page in the chosen language", async () => {
    const sale = await putOnSale({ capacity: 101 });
    const { id } = (await sellAt(sale, "free", [[sale.ticketId, 101]])).body;
    const first = await printAt(sale, id, "?language=de");
    expect(picturesIn(first.text)).toBe(100);
    const [, next = ""] = /<a href="[^"?]*([^"]*)">Weitere Tickets</.exec(first.text) ?? [];
    const second = await printAt(sale, id, next.replaceAll("&amp;", "&"));
    expect([picturesIn(second.text), second.text.includes('<html lang="de">')]).toEqual([1, true]);
    expect(second.text).not.toContain("<a ");
  });

  test("has none while its transfer is awaited, and has them once the money has come", async () => {
    const sale = await putOnSale();
    const { id } = (await sellAt(sale, "transfer", [[sale.ticketId, 2]])).body;
    expect((await passesAt(sale, id)).list).toEqual([]);
    expect((await printAt(sale, id)).text).toContain("There are no passes to print here.");
    await markPaid(sale, id);
    expect((await passesAt(sale, id)).list.map(({ state, code }) => [state, code !== null])).toEqual([
      ["valid", true],
      ["valid", true],
    ]);
  });

  test("has no code of what was given back", async () => {
    const sale = await putOnSale();
    const { id, items } = (await sellAt(sale, "cash", [[sale.ticketId, 2]])).body;
    const refunded = [{ reservation: items[0]?.reservation ?? "", quantity: 1 }];
    await call("POST", `/orders/${id}/refunds`, {
      token: sale.organizer.token,
      body: { items: refunded, restock: true, reason: "They are ill." },
    });
    const { list } = await until(
      () => passesAt(sale, id),
      ({ list: passes }) => passes.some(({ state }) => state === "revoked"),
    );
    expect(list.map(({ state, code }) => [state, code !== null])).toEqual([
      ["valid", true],
      ["revoked", false],
    ]);
    expect(picturesIn((await printAt(sale, id)).text)).toBe(1);
  });

  test("is not there for another event, though it has the same organiser", async () => {
    const sale = await putOnSale();
    const { id } = (await sellAt(sale, "cash", [[sale.ticketId, 1]])).body;
    const other = { organizer: sale.organizer, eventId: await createEvent(sale.organizer) };
    expect((await passesAt(other, id)).status).toBe(404);
    expect((await printAt(other, id)).status).toBe(404);
  });
});

describe("what a buyer bought", () => {
  test("has its passes without their codes, and none to print", async () => {
    const sale = await twoTypes();
    const buyer = await newPerson();
    const { id } = (await placeOrder(buyer, [sale.stalls, 2])).body;
    await payOrder(buyer, id);
    await outcomeOf(buyer, id);
    const { list } = await until(
      () => passesAt(sale, id),
      ({ list: passes }) => passes.length > 0,
    );
    expect(list.map(({ state, code }) => [state, code])).toEqual([
      ["valid", null],
      ["valid", null],
    ]);
    const page = await printAt(sale, id);
    expect([page.status, page.body]).toMatchObject([409, { type: "/problems/not-of-counter" }]);
  });

  test("is there, too, if it was bought alone", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId, 2)).body;
    await pay(buyer, id);
    const { list } = await until(
      () => passesAt(sale, id),
      ({ list: passes }) => passes.length > 0,
    );
    expect(list.map(({ id: pass, code }) => [pass, code])).toEqual([
      [`${id}-1`, null],
      [`${id}-2`, null],
    ]);
  });

  test("for two events has each event's own passes in it", async () => {
    const sale = await twoTypes();
    const eventId = await createEvent(sale.organizer);
    const other = await addTicket(sale.organizer, eventId);
    const buyer = await newPerson();
    const order = (await placeOrder(buyer, [sale.stalls, 1], [other, 2])).body;
    await payOrder(buyer, order.id);
    await outcomeOf(buyer, order.id);
    const [here, there] = order.items.map(({ reservation }) => reservation);
    const idsAt = async (at: Sale, count: number) => {
      const { list } = await until(
        () => passesAt(at, order.id),
        ({ list: passes }) => passes.length >= count,
      );
      return list.map(({ id }) => id);
    };
    expect(await idsAt(sale, 1)).toEqual([`${here}-1`]);
    expect(await idsAt({ ...sale, eventId }, 2)).toEqual([`${there}-1`, `${there}-2`]);
  });
});
