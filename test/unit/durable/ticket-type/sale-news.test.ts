// What an object learns of its event, from Workers of this version and of the one before.

import { expect, test } from "vitest";
import type { SaleNews } from "../../../../src/durable/ticket-type/protocol.ts";
import { isNews, learn, NOTHING_KNOWN } from "../../../../src/durable/ticket-type/sale-news.ts";

const old = (onSale: boolean, onSaleVersion: number): SaleNews => ({ onSale, onSaleVersion });
const full = (eventStatus: NonNullable<SaleNews["eventStatus"]>, onSaleVersion: number, eventEndsMs: number) => ({
  ...{ onSale: eventStatus === "published", onSaleVersion, eventStatus, eventEndsMs },
});

test.each<[name: string, news: readonly SaleNews[], status: string, endsMs: number | null, versions: string]>([
  ["all at once", [full("published", 1, 50)], "published", 50, "1 1"],
  ["what an old Worker leaves out, not at all", [old(true, 1)], "published", null, "1 0"],
  ["from an old Worker, a calling-off as a draft", [old(true, 1), old(false, 2)], "draft", null, "2 0"],
  ["nothing older", [full("cancelled", 3, 50), full("published", 2, 60)], "cancelled", 50, "3 3"],
  ["nothing twice", [full("cancelled", 3, 50), full("published", 3, 60)], "cancelled", 50, "3 3"],
  ["nothing older from an old Worker", [full("cancelled", 3, 50), old(true, 3)], "cancelled", 50, "3 3"],
  ["what the same version left out before", [old(false, 3), full("cancelled", 3, 50)], "cancelled", 50, "3 3"],
  ["nothing that was left out and is too old", [old(false, 3), full("published", 2, 50)], "draft", null, "3 0"],
  ["what is newer from an old Worker; the end stays", [full("cancelled", 3, 50), old(true, 4)], "published", 50, "4 3"],
  ["then the rest of it", [full("draft", 3, 50), old(true, 4), full("published", 4, 9)], "published", 9, "4 4"],
])("an object learns %s", (_name, [first, ...later], status, endsMs, versions) => {
  if (first === undefined) throw new Error("there is no news");
  let known = learn(NOTHING_KNOWN, first);
  for (const news of later) if (isNews(known, news)) known = learn(known, news);
  const { eventStatus, eventEndsMs, onSale, onSaleVersion, eventVersion } = known;
  expect([eventStatus, eventEndsMs, `${onSaleVersion} ${eventVersion}`]).toEqual([status, endsMs, versions]);
  expect(onSale).toBe(eventStatus === "published");
});

test("an object learns when the event starts, when its doors open and whether one may come in again", () => {
  const door = { eventStartsMs: 40, doorsOpenAtMs: 30, reentry: true };
  const published = full("published", 2, 50);
  // The Worker of the version before leaves it out, and the same version again adds it.
  const known = learn(NOTHING_KNOWN, published);
  expect(known).toMatchObject({ eventStartsMs: null, doorsOpenAtMs: null, reentry: false });
  expect(isNews(known, { ...published, ...door })).toBe(true);
  const told = learn(known, { ...published, ...door });
  expect(told).toMatchObject(door);
  expect(isNews(told, { ...published, ...door })).toBe(false);
  expect(learn(told, full("cancelled", 3, 50))).toMatchObject(door);
  const back = { doorsOpenAtMs: null, reentry: false };
  expect(learn(told, { ...full("published", 3, 50), eventStartsMs: 40, ...back })).toMatchObject(back);
});

const under = (termsVersion: string | null, onSaleVersion: number): SaleNews => {
  return { ...full("published", onSaleVersion, 50), termsVersion };
};

test.each<[name: string, news: readonly SaleNews[], termsVersion: string | null]>([
  ["with the rest", [under("a", 1)], "a"],
  ["when they change", [under("a", 1), under("b", 2)], "b"],
  ["when there are none any more", [under("a", 1), under(null, 2)], null],
  ["nothing older", [under("b", 2), under("a", 1)], "b"],
  ["from a Worker that knows of none, nothing", [under("a", 1), full("cancelled", 2, 50)], "a"],
  ["what the same version left out before", [under("a", 1), full("published", 2, 50), under("b", 2)], "b"],
  ["that there are none any more, which it left out", [under("a", 1), full("published", 2, 50), under(null, 2)], null],
  ["nothing that was left out and is too old", [full("published", 3, 50), under("a", 2)], null],
  ["nothing too old that an old Worker overtook", [under("a", 3), old(true, 5), under("b", 4)], "a"],
])("of its event's terms an object learns %s", (_name, [first, ...later], termsVersion) => {
  if (first === undefined) throw new Error("there is no news");
  let known = learn(NOTHING_KNOWN, first);
  for (const news of later) if (isNews(known, news)) known = learn(known, news);
  expect(known.termsVersion).toBe(termsVersion);
});
