import { expect, test } from "vitest";
import { call, hold, newPerson, objectOf, putOnSale, until } from "../support/service.ts";
import { askToWatch, Events, told, watch, watchersOf } from "../support/watching.ts";

test("first", async () => {
  const { ticketId, eventId } = await putOnSale();
  const watching = await watch(`/tickets/${ticketId}/live`);
  const buyer = await newPerson();
  console.warn(await told(watching, () => true));
  await hold(buyer, ticketId, 2);
  console.warn(await told<any>(watching, (l) => l.available === 98));
  watching.socket.send("ping");
  console.warn(
    await until(
      async () => watching.texts,
      (t) => t.includes("pong"),
      1000,
    ),
  );
  expect(await watchersOf(ticketId)).toBe(1);
  const response = await askToWatch(`/events/${eventId}/live`);
  console.warn(response.status, [...response.headers]);
  const events = new Events(response);
  console.warn(await events.until((t) => t.includes("data")));
  expect(await watchersOf(ticketId)).toBe(2);
  await events.cancel();
  expect(
    await until(
      () => watchersOf(ticketId),
      (n) => n === 1,
      2000,
    ),
  ).toBe(1);
  watching.socket.close();
  expect(
    await until(
      () => watchersOf(ticketId),
      (n) => n === 0,
      2000,
    ),
  ).toBe(0);
  void call, objectOf;
});
