// What is not a JSON body: identifiers, and the cursors and limits of lists.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ID_PATTERN, RESERVATION_ID_PATTERN, ticketTypeIdOf } from "../../../../src/domain/id-forms.ts";
import { decodeCursor, encodeCursor } from "../../../../src/platform/d1/cursors.ts";
import { newId, newLongId, newPaymentId, newReservationId } from "../../../../src/platform/ids.ts";
import { mailIdOf } from "../../../../src/platform/mails.ts";
import { Id, Page, ReservationId } from "../../../../src/worker/http/fields.ts";
import { badPaths } from "./bad-paths.ts";

const TICKET = "3k9w0c1v7m2x8q4d";
const RESERVATION = `${TICKET}-0f3g6h9j2k5m8n1p4q7r`;
const MANY = 10_000;

describe("a new id", () => {
  test.each([
    { name: "of an event, a ticket type, an account", make: newId, shape: /^[0-9a-hjkmnp-tv-z]{16}$/ },
    { name: "of a session", make: newLongId, shape: /^[0-9a-hjkmnp-tv-z]{20}$/ },
    { name: "of a payment", make: newPaymentId, shape: /^[0-9a-hjkmnp-tv-z]{29}$/ },
    {
      name: "of a reservation",
      make: () => newReservationId(TICKET),
      shape: /^3k9w0c1v7m2x8q4d-[0-9a-hjkmnp-tv-z]{29}$/,
    },
  ])("$name never comes twice, and uses every symbol", ({ make, shape }) => {
    const ids = new Set(Array.from({ length: MANY }, make));
    expect(ids.size).toBe(MANY);
    for (const id of ids) expect(id).toMatch(shape);
    const symbols = new Set([...ids].flatMap((id) => [...id.replace(`${TICKET}-`, "")]));
    expect([...symbols].sort().join("")).toBe("0123456789abcdefghjkmnpqrstvwxyz");
  });

  test("of a reservation and of a payment sorts by the moment it was made at", async () => {
    const make = [() => newReservationId(TICKET), newPaymentId];
    const earlier = make.map((one) => one());
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const [place, id] of make.map((one) => one()).entries()) expect(id > (earlier[place] ?? "")).toBe(true);
  });

  test("is accepted where ids are asked for, as one of an earlier version is", () => {
    expect(Id.parse(newId())).toMatch(ID_PATTERN);
    expect(ReservationId.parse(newReservationId(newId()))).toMatch(RESERVATION_ID_PATTERN);
    expect(ReservationId.parse(RESERVATION)).toBe(RESERVATION);
  });

  test("of a reservation names its ticket type", () => {
    const symbol = fc.constantFrom(..."0123456789abcdefghjkmnpqrstvwxyz");
    fc.assert(
      fc.property(fc.string({ unit: symbol, minLength: 16, maxLength: 16 }), (ticketTypeId) => {
        expect(ticketTypeIdOf(newReservationId(ticketTypeId))).toBe(ticketTypeId);
      }),
    );
  });
});

describe("an id is refused", () => {
  test.each([
    ["that is empty", ""],
    ["too short", TICKET.slice(1)],
    ["too long", `${TICKET}0`],
    ["in capitals", TICKET.toUpperCase()],
    ["with an i", TICKET.replace("3", "i")],
    ["with an l", TICKET.replace("3", "l")],
    ["with an o", TICKET.replace("3", "o")],
    ["with a u", TICKET.replace("3", "u")],
    ["with a line end", `${TICKET}\n`],
    ["with a space before", ` ${TICKET}`],
    ["with a slash", TICKET.replace("3", "/")],
    ["with a letter that only looks the same", TICKET.replace("c", "с")],
    ["of a reservation", RESERVATION],
    ["that is a number", 3_909_017_284],
    ["that is nothing", null],
    ["that is a list of one", [TICKET]],
  ])("%s", (_name, id) => {
    expect(badPaths(Id, TICKET)).toEqual([]);
    expect(badPaths(Id, id)).toEqual([""]);
  });
});

describe("a reservation's id is refused", () => {
  test.each([
    ["without its suffix", TICKET],
    ["with an empty suffix", `${TICKET}-`],
    ["too short", RESERVATION.slice(0, -1)],
    ["too long", `${RESERVATION}0`],
    ["without the hyphen", RESERVATION.replace("-", "")],
    ["with another hyphen", RESERVATION.replace("-", "_")],
    ["in capitals", RESERVATION.toUpperCase()],
    ["with a line end", `${RESERVATION}\n`],
    ["of a ticket type too short", RESERVATION.slice(1)],
    ["that is nothing", null],
  ])("%s", (_name, id) => {
    expect(badPaths(ReservationId, RESERVATION)).toEqual([]);
    expect(badPaths(ReservationId, id)).toEqual([""]);
  });
});

describe("a cursor", () => {
  test("comes back as it went, for every moment that a date can have", () => {
    const atMs = fc.integer({ min: -8.64e15, max: 8.64e15 });
    fc.assert(
      fc.property(
        atMs,
        fc.constantFrom(newId, () => newReservationId(newId()), longestMailId),
        (at, makeId) => {
          const cursor = { atMs: at, id: makeId() };
          expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
        },
      ),
    );
  });

  test("can stand in a URL as it is, and is short enough for a page to take it", () => {
    const cursor = encodeCursor({ atMs: -8.64e15, id: RESERVATION });
    expect(encodeURIComponent(cursor)).toBe(cursor);
    expect(Page.parse({ cursor }).cursor).toEqual({ atMs: -8.64e15, id: RESERVATION });
  });

  test.each([
    ["nothing", ""],
    ["an id alone", RESERVATION],
    ["a moment alone", "lq2x9k00"],
    ["no moment", `.${TICKET}`],
    ["no id", "lq2x9k00."],
    ["a moment too long", `zzzzzzzzzzzz.${TICKET}`],
    ["an id too long", `0.${"a".repeat(65)}`],
    ["two minus signs", `--1.${TICKET}`],
    ["a fraction", `1.5.${TICKET}`],
    ["capitals", `0.${TICKET.toUpperCase()}`],
    ["a space before", ` 0.${TICKET}`],
    ["a line end", `0.${TICKET}\n`],
    ["SQL", `0.' OR 1=1 --`],
    ["JSON", '{"atMs":0,"id":"a"}'],
    ["a NUL", `0.${TICKET}\0`],
  ])("is refused: %s", (_name, text) => {
    expect(fieldsRefusedFor(text)).toEqual(["cursor"]);
  });

  test("whatever is sent, is read or refused with the field's name, and never read as half a number", () => {
    const nearly = fc.stringMatching(/^-?[0-9a-zA-Z]{0,13}[.,]?[0-9a-z-]{0,40}\n?$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), nearly), (text) => {
        const fields = fieldsRefusedFor(text);
        if (fields.length > 0) expect(fields).toEqual(["cursor"]);
        else expect(decodeCursor(text)?.atMs).toSatisfy(Number.isInteger);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a page", () => {
  test.each([
    ["is 20 long where nothing is said", {}, { limit: 20 }],
    ["may be 1 long", { limit: "1" }, { limit: 1 }],
    ["may be 100 long", { limit: "100" }, { limit: 100 }],
    ["may begin anywhere", { cursor: "0.a" }, { limit: 20, cursor: { atMs: 0, id: "a" } }],
  ])("%s", (_name, query, page) => {
    expect(Page.parse(query)).toEqual(page);
  });

  test.each([
    ["no rows", { limit: "0" }, "limit"],
    ["less than none", { limit: "-1" }, "limit"],
    ["half a row", { limit: "1.5" }, "limit"],
    ["more than 100", { limit: "101" }, "limit"],
    ["far more than 100", { limit: "1000" }, "limit"],
    ["a power", { limit: "1e1" }, "limit"],
    ["a zero before", { limit: "010" }, "limit"],
    ["a sign", { limit: "+5" }, "limit"],
    ["a space", { limit: " 5" }, "limit"],
    ["a line end", { limit: "5\n" }, "limit"],
    ["hexadecimal", { limit: "0x5" }, "limit"],
    ["digits of another script", { limit: "٣" }, "limit"],
    ["an empty limit", { limit: "" }, "limit"],
    ["two limits", { limit: ["5", "6"] }, "limit"],
    ["a cursor too long", { cursor: "a".repeat(201) }, "cursor"],
    ["two cursors", { cursor: ["0.a", "0.b"] }, "cursor"],
    ["an offset", { offset: "20" }, "offset"],
  ])("is refused: %s", (_name, query, path) => {
    expect(badPaths(Page, query)).toEqual([path]);
  });
});

function longestMailId(): string {
  const reservationId = newReservationId(newId());
  return mailIdOf("event_called_off", `${reservationId}-1000`, `${newLongId()}-${reservationId}`);
}

function fieldsRefusedFor(cursor: string): string[] {
  return decodeCursor(cursor) === null ? badPaths(Page, { cursor }) : [];
}
