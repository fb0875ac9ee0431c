// What the list of reservations is asked for: a state, an event, or both.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { newReservationId } from "../../../../src/platform/ids.ts";
import {
  type Answer,
  call,
  hold,
  newPerson,
  type OnSale,
  type Person,
  pagesOf,
  putOnSale,
} from "../../../support/service.ts";

/** Copies as D1 has them: a hold whose deadline has passed may say so for a moment. */
const COPIES: readonly [name: string, state: string, paymentState: string | null, isOver: boolean, shownAs: string][] =
  [
    ["a hold", "held", null, false, "held"],
    ["a hold, declined once", "held", "failed", false, "held"],
    ["a hold that is over", "held", null, true, "expired"],
    ["a hold that is over, declined", "held", "failed", true, "expired"],
    ["a hold being paid", "held", "pending", false, "held"],
    ["a hold being paid when it was over", "held", "pending", true, "held"],
    ["bought", "confirmed", "succeeded", true, "confirmed"],
    ["cancelled", "cancelled", null, false, "cancelled"],
    ["expired", "expired", null, true, "expired"],
    ["expired, refunded", "expired", "refunded", true, "expired"],
  ];
const STATES = ["held", "confirmed", "cancelled", "expired"];

let buyer: Person;
let concert: OnSale;
let opera: OnSale;
const names = new Map<string, string>();

/** One after another for the concert, then the same for the opera. */
beforeAll(async () => {
  buyer = await newPerson();
  [concert, opera] = [await putOnSale(), await putOnSale()];
  const insert = env.DB.prepare(`
    INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state, created_at_ms,
      expires_at_ms, version, payment_state, unsettled) VALUES (?1, ?2, ?3, 1, 100, 'EUR', ?4, ?5, ?6, 1, ?7, 0)`);
  let createdAtMs = Date.now() - 1_000_000;
  // Another account has the same, each made at the same moments: no page may show any of it.
  const stranger = await newPerson();
  const rows = [concert, opera].flatMap(({ ticketId }) =>
    COPIES.flatMap(([name, state, paymentState, isOver]) => {
      createdAtMs += 1;
      const expiresAtMs = Date.now() + (isOver ? -1_000 : 900_000);
      return [buyer, stranger].map(({ accountId }) => {
        const id = newReservationId(ticketId);
        const event = ticketId === opera.ticketId ? "opera" : "concert";
        names.set(id, accountId === buyer.accountId ? `${name} (${event})` : "another account's");
        return insert.bind(id, ticketId, accountId, state, createdAtMs, expiresAtMs, paymentState);
      });
    }),
  );
  await env.DB.batch(rows);
});

async function list(query: string, { token } = buyer) {
  return call("GET", `/reservations?${query.replace("CONCERT", concert.eventId)}`, { token });
}

function shown({ list }: Answer<"GET /reservations">): string[] {
  return list.map(({ id, state }) => `${names.get(id)}: ${state}`);
}

/** Newest first. */
function wanted(event: "concert" | "opera", state: string | null): string[] {
  const rows = COPIES.filter(([, , , , shownAs]) => state === null || shownAs === state);
  return rows.map(([name, , , , shownAs]) => `${name} (${event}): ${shownAs}`).reverse();
}

describe("the list of reservations has", () => {
  test.each(STATES)("what is shown as %s", async (state) => {
    const both = [...wanted("opera", state), ...wanted("concert", state)];
    expect(shown(await list(`state=${state}`))).toEqual(both);
    expect(both.length).toBeGreaterThan(0);
  });

  test("what is of an event", async () => {
    expect(shown(await list("event=CONCERT"))).toEqual(wanted("concert", null));
  });

  test.each(STATES)("what is of an event and shown as %s", async (state) => {
    expect(shown(await list(`state=${state}&event=CONCERT`))).toEqual(wanted("concert", state));
  });

  test("nothing of an event that there is not, or that is somebody else's reservation", async () => {
    expect((await list("event=0000000000000000")).list).toEqual([]);
    const other = await newPerson();
    await hold(other, concert.ticketId);
    expect((await list("event=CONCERT", other)).list).toHaveLength(1);
    expect((await list("event=CONCERT")).list).toHaveLength(COPIES.length);
  });

  test.each(["", "event=CONCERT", ...STATES.flatMap((state) => [`state=${state}`, `state=${state}&event=CONCERT`])])(
    "the same for ?%s, page by page",
    async (query) => {
      const walked: string[] = [];
      const first = `/reservations?${query.replace("CONCERT", concert.eventId)}&limit=2` as const;
      for (const page of await pagesOf(first, { token: buyer.token })) {
        expect(page.list.length).toBeGreaterThan(0);
        walked.push(...shown(page));
      }
      expect(walked).toEqual(shown(await list(`${query}&limit=100`)));
    },
  );
});

test.each([
  ["state=paid", "state"],
  ["state=", "state"],
  ["state=HELD", "state"],
  ["state=held&state=expired", "state"],
  ["event=", "event"],
  ["event=concert", "event"],
  ["ticket=0000000000000000", "ticket"],
  ["q=concert", "q"],
  ["limit=0", "limit"],
  ["limit=101", "limit"],
  ["cursor=garbage", "cursor"],
])("?%s is refused", async (query, path) => {
  const answer = await list(query);
  expect(answer.status).toBe(422);
  expect(answer.body.errors.map((error) => error.path)).toEqual([path]);
});
