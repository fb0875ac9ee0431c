// Another's reservation, payment, event or account is answered byte for byte as an id that never
// was.

import { describe, expect, test } from "vitest";
import { PASS_ID_PATTERN, ticketTypeIdOf } from "../../../../src/domain/id-forms.ts";
import { newId, newReservationId } from "../../../../src/platform/ids.ts";
import { newScene, openSale, type Scene, send } from "../../../support/role-scene.ts";
import { CELLS, type Cell, wanted } from "../../../support/role-table.ts";
import {
  type Answer,
  call,
  hold,
  newPerson,
  type Operation,
  type Person,
  putOnSale,
  seen,
} from "../../../support/service.ts";

// What docs/roles.md lets strangers see of another's, and says why.
const SEEN_BY_DESIGN = ["409 not-on-sale", "409 nothing-paid", "409 code-refused"];

/**
 * The cells about another's thing that is not shown; they must look like those about an unknown id.
 */
const HIDDEN = CELLS.filter((cell) => {
  const want = wanted(cell) ?? "";
  return cell.whose.startsWith("another's") && want >= "4" && !SEEN_BY_DESIGN.includes(want);
});

/**
 * Ids that never were: one next to `id`, and one far from it. Of reservations and passes one is of
 * a ticket type that there is.
 */
function unknownLike(id: string, ticketId: string): string[] {
  if (PASS_ID_PATTERN.test(id)) {
    const reservations = [newReservationId(ticketId), newReservationId(newId())];
    return [id.replace(/\d+$/, "1000"), ...reservations.map((reservation) => `${reservation}-1`)];
  }
  const next = id.slice(0, -1) + (id.endsWith("0") ? "1" : "0");
  return id.includes("-") ? [next, newReservationId(ticketId), newReservationId(newId())] : [next, newId()];
}

test("There are cells for these tests to be about: of each caller, and of each kind of thing", () => {
  expect(new Set(HIDDEN.map(({ caller }) => caller)).size).toBe(8);
  expect([...new Set(HIDDEN.map(({ kind }) => kind))].toSorted()).toEqual(
    [
      ...["API key", "account", "door pass", "event", "order", "order payment", "pass", "payment", "reservation"],
      ...["ticket", "webhook"],
    ].toSorted(),
  );
});

const scenes = new Map<string, Promise<Scene>>();

function sceneOf(cell: Cell): Promise<Scene> {
  const key = `${cell.caller} | ${cell.kind} | ${cell.whose} | ${["{order}", "{account}", "{invitation}"].filter((part) => cell.route.includes(part))}`;
  const scene = scenes.get(key) ?? newScene(cell);
  scenes.set(key, scene);
  return scene;
}

describe.each([...new Set(HIDDEN.map(({ route }) => route))])("%s", (route) => {
  test.each(HIDDEN.filter((cell) => cell.route === route).map((cell) => ({ cell, ...cell, want: wanted(cell) })))(
    "$whose for $caller is $want, as an unknown one is",
    async ({ cell, want = "" }) => {
      const scene = await sceneOf(cell);
      const answer = await send(route, scene);
      expect(`${answer.status}`).toBe(want);
      const { ticketId } = await openSale();
      for (const id of unknownLike(scene.id, ticketId)) {
        expect(seen(await send(route, { ...scene, id }))).toEqual(seen(answer));
      }
      // Nor does a request tell that is refused for another reason.
      const [id = ""] = unknownLike(scene.id, ticketId);
      const wrong = route.startsWith("GET") ? { query: "?surprise=1" } : { body: { surprise: 1 } };
      const refused = await send(route, scene, undefined, wrong);
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(seen(await send(route, { ...scene, id }, undefined, wrong))).toEqual(seen(refused));
    },
  );
});

describe("another's reservation, whatever has become of it,", () => {
  async function reservationThat(state: string) {
    const owner = await newPerson();
    const sale = state === "pending" ? await putOnSale() : await openSale();
    const { id } = (await hold(owner, sale.ticketId)).body;
    const { token } = owner;
    if (state === "pending")
      await call("POST", `/reservations/${id}/payment`, { token, body: { payment_method: "pm_sandbox_slow_60s" } });
    if (state === "confirmed") await call("POST", `/reservations/${id}/payment`, { token, body: {} });
    if (state === "cancelled") await call("DELETE", `/reservations/${id}`, { token });
    const { body } = await call("GET", `/reservations/${id}`, { token });
    expect(body.payment?.state === "pending" ? "pending" : body.state).toBe(state);
    return { id, owner, organizer: sale.organizer };
  }

  const ASKED: [method: string, suffix: string, body?: Record<string, unknown>, key?: string][] = [
    ["GET", ""],
    ["HEAD", ""],
    ["GET", "/payment"],
    ["GET", "/live"],
    ["DELETE", ""],
    ["POST", "/payment", {}],
    ["POST", "/payment", { payment_method: "pm_card_visa" }],
    ["POST", "/payment", { payment_method: "no such method" }],
    ["POST", "/payment", {}, "a key"],
    ["POST", "/payment", {}, "a key"],
    ["POST", "/payment", { payment_method: "pm_card_visa" }, "a key"],
  ];

  async function answersTo({ token }: Person, id: string): Promise<unknown[]> {
    const answers: Answer<Operation>[] = [];
    for (const [method, suffix, body, key] of ASKED) {
      const headers: Record<string, string> = key === undefined ? {} : { "idempotency-key": `${key} ${id}` };
      const options = { token, headers, ...(body === undefined ? {} : { anyBody: body }) };
      answers.push(await call(method, `/reservations/${id}${suffix}`, options));
    }
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404, 404, 422, 404, 404, 404]);
    return answers.map(seen);
  }

  test.each(["held", "pending", "confirmed", "cancelled"])(
    "%s, is an unknown one to buyers, admins and the event's organiser, with and without a key",
    async (state) => {
      const { id, owner, organizer } = await reservationThat(state);
      const shown = () => call("GET", `/reservations/${id}`, { token: owner.token });
      const before = await shown();
      const unknown = newReservationId(ticketTypeIdOf(id));
      for (const stranger of [await newPerson(), await newPerson("admin"), organizer]) {
        expect(await answersTo(stranger, id)).toEqual(await answersTo(stranger, unknown));
      }
      expect(seen(await shown())).toEqual(seen(before));
    },
  );
});

test("What a draft's ticket type says to whoever has its id is what one that is called off says, but that it is a draft", async () => {
  const { ticketId, eventId, organizer } = await putOnSale({ sales_start: "2030-01-01T00:00:00Z" });
  const buyer = await newPerson();
  const answers = [];
  for (const status of ["draft", "cancelled"] as const) {
    await call("PATCH", `/events/${eventId}`, { token: organizer.token, body: { status } });
    const refused = await hold(buyer, ticketId);
    // Who has the id can tell the two apart by GET /tickets/{id} as well.
    expect(refused.body).toMatchObject({ sale_state: status });
    const text = refused.text.replace(`"sale_state":"${status}"`, "");
    answers.push(Object.assign({}, seen(refused), { text }));
  }
  expect(answers[0]).toEqual(answers[1]);
});
