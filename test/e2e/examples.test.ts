// The examples in the description of a local service work as they stand, in the order of a day.

import { afterAll, beforeAll, expect, test } from "vitest";
import { copyProject, type Project, type RunningServer } from "../support/project.ts";

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly example?: string;
}

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: Record<"application/json", { readonly examples: Record<string, { readonly value: object }> }>;
  };
}

interface Operation extends Described {
  readonly method: string;
  readonly path: string;
}

/** What the steps look at, of all replies together. */
interface Reply {
  readonly "auth-token"?: string;
  readonly id?: string;
  readonly state?: string;
  readonly username?: string;
}

/** As a browser that shows `/docs`: it keeps cookies and the last token. */
class Visitor {
  #token: string | null = null;
  readonly #cookies = new Map<string, string>();

  async send({ method, path }: Operation, body: object | null): Promise<{ status: number; json: Reply | null }> {
    const headers = new Headers({ origin: server.url });
    if (this.#token !== null) headers.set("authorization", `Bearer ${this.#token}`);
    if (body !== null) headers.set("content-type", "application/json");
    headers.set("cookie", [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const leaving = new AbortController();
    const init = { method, headers, body: body === null ? null : JSON.stringify(body), signal: leaving.signal };
    const response = await fetch(server.url + path, init);
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    const json = isJson ? ((await response.json()) as Reply) : null;
    // Some streams have no end.
    leaving.abort();
    this.#token = json?.["auth-token"] ?? this.#token;
    return { status: response.status, json };
  }
}

let project: Project;
let server: RunningServer;
beforeAll(async () => {
  project = await copyProject({ RATE_LIMITS: "off" });
  server = await project.start();
});
afterAll(async () => {
  await server.stop();
  project.remove();
});

/** Read anew each time, as the page does: the examples follow what happens. */
async function describedOperations(): Promise<Operation[]> {
  const response = await fetch(`${server.url}/openapi.json`);
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, Described>> };
  return Object.entries(paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, described]) => ({ ...described, method: method.toUpperCase(), path })),
  );
}

const bodiesOf = ({ requestBody }: Operation) => requestBody?.content["application/json"].examples ?? {};

/** The operation at the address that its own examples make. */
function filled(operation: Operation): Operation {
  const shown = (operation.parameters ?? []).filter(({ example }) => example !== undefined);
  const path = shown.reduce((text, { name, example = "" }) => text.replace(`{${name}}`, example), operation.path);
  const query = shown.filter((parameter) => parameter.in === "query").map(({ name, example = "" }) => [name, example]);
  return { ...operation, path: query.length === 0 ? path : `${path}?${new URLSearchParams(query)}` };
}

type Step = readonly [operationId: string, status: number, example?: string];

const done = new Set<string>();

async function run(visitor: Visitor, steps: readonly Step[]): Promise<(Reply | null)[]> {
  const replies: (Reply | null)[] = [];
  for (const [operationId, status, example] of steps) {
    const operation = (await describedOperations()).find((described) => described.operationId === operationId);
    if (operation === undefined) throw new Error(`there is no ${operationId}`);
    const bodies = bodiesOf(operation);
    const name = example ?? Object.keys(bodies)[0] ?? "";
    const reply = await visitor.send(filled(operation), bodies[name]?.value ?? null);
    expect(reply.status, `${operationId} ${name}: ${JSON.stringify(reply.json)}`).toBe(status);
    done.add(`${operationId} ${name}`);
    replies.push(reply.json);
  }
  return replies;
}

// No mail has the example's token: operations that use one say that its link is not valid.
const LINK_REFUSED = 410;
const LOOK_AROUND: Step[] = [
  ...([
    ["getHealth", 200],
    ["getPaymentConfig", 200],
    ["listEvents", 200],
    ["getEvent", 200],
    ["getEventCalendar", 200],
    ["listTerms", 200],
    // The sample's prices need no code.
    ["createCodeCheck", 409],
    ["getTicketType", 200],
  ] as const),
  ...([
    ["watchEvents", 200],
    ["watchEvent", 200],
    ["watchTicketType", 200],
    ["register", 201],
    ["createGuest", 201],
  ] as const),
  ...([
    ["createPasswordReset", 202],
    ["createSignInLink", 202],
    ["createSignInLink", 202, "To an order"],
    ["usePasswordReset", LINK_REFUSED],
    ["useSignInLink", LINK_REFUSED],
    ["useVerification", LINK_REFUSED],
    ["getCrewInvitation", LINK_REFUSED],
  ] as const),
];
const HOLD: Step[] = [
  ...([
    ["login", 200],
    ["refreshTokens", 200],
    ["getAccount", 200],
    ["holdTickets", 201],
  ] as const),
  ...([
    ["getReservation", 200],
    ["getReservationReceipt", 200],
    ["listReservations", 200],
    ["createLiveTicket", 201],
  ] as const),
];
const ORGANISE: Step[] = [
  ["login", 200, "An organiser"],
  ...([
    ["createEvent", 201],
    ["createTicketType", 201],
    ["updateTicketType", 200],
    ["updateEvent", 200],
  ] as const),
  ...([
    ["createPrice", 201],
    ["updatePrice", 200],
    ["createCodes", 201],
    ["listCodes", 200],
    ["deletePrice", 204],
  ] as const),
  ...([
    ["createWebhook", 201],
    ["listWebhooks", 200],
    ["updateWebhook", 200, "On again"],
    // From here on nothing is sent to the example's address.
    ["updateWebhook", 200, "Paused"],
    ["testWebhook", 202],
    ["listWebhookDeliveries", 200],
    ["replayWebhook", 202],
    ["rotateWebhookSecret", 200],
    ["deleteWebhook", 204],
  ] as const),
  ["createEventOrder", 201, "Two tickets for cash"],
  ["createEventOrder", 201, "An invoice"],
  ...([
    ["getEventOrder", 200],
    ["listEventOrderHistory", 200],
    ["listEventOrders", 200],
    ["listAttendees", 200],
    ["getAttendeesFile", 200],
    ["getEventOrdersFile", 200],
    ["getEventSales", 200],
    ["listEventOrderPasses", 200],
    ["getEventOrderPassesPage", 200],
    // The example waits for its transfer.
    ["createEventOrderMail", 409],
    ["deleteEventOrderCustomer", 204],
    ["payEventOrder", 200],
    ["getEventReport", 200],
    ["getEventTakings", 200],
  ] as const),
  ["createEventOrder", 201, "An invoice"],
  ["cancelEventOrder", 204],
  ...([
    ["listUnresolvedPayments", 200],
    ["listDisputes", 200],
    ["listReceipts", 200],
    ["listEventAuditEntries", 200],
    ["reconcileSales", 200],
  ] as const),
  ...([
    ["deleteTicketType", 204],
    ["deleteEvent", 204],
    ["updateEvent", 200, "Called off"],
    ["callOffEvent", 202],
    ["getCancellation", 200],
  ] as const),
];
/** By the organiser, before the buyer is at the door. */
const HIRE: Step[] = [
  ["login", 200, "An organiser"],
  ["putCrewMember", 200, "In the office"],
  ["putCrewMember", 200, "At the door"],
  ["listCrew", 200],
  ["createCrewInvitation", 202],
  ["listCrewInvitations", 200],
  ["deleteCrewInvitation", 204],
  ["listEventMails", 200],
  ["createMessage", 202],
  ["listMessages", 200],
];
const LET_IN: Step[] = [
  ...([
    ["listOwnParts", 200],
    ["useCrewInvitation", LINK_REFUSED],
    ["getDoor", 200],
    ["watchDoor", 200],
    ["listDoorPasses", 200],
  ] as const),
  ...([
    ["createCheckIn", 200, "A scan"],
    ["createCheckIns", 200],
    ["createCheckIn", 200, "A lost code"],
    ["goOut", 200],
  ] as const),
];
const ADMINISTER: Step[] = [
  ...([
    ["listAccounts", 200],
    ["updateAccountRole", 200],
    ["handOverEvent", 200],
    ["listAuditEntries", 200],
  ] as const),
];
const LEAVE: Step[] = [
  ...([
    ["updateAccount", 200],
    ["changeEmail", 202],
    ["createVerification", 202],
  ] as const),
  ...([
    ["createApiKey", 201],
    ["listApiKeys", 200],
    ["deleteApiKey", 204],
  ] as const),
  ...([
    ["exportAccount", 200],
    ["logout", 204],
    ["login", 200],
    ["logoutEverywhere", 204],
  ] as const),
  ...([
    ["login", 200],
    ["deleteAccount", 202],
  ] as const),
];

const buyer = new Visitor();

test("somebody who looks around finds an event, a ticket type and their streams, and registers", async () => {
  await run(new Visitor(), LOOK_AROUND);
});

test("the buyer signs in, holds, pays and watches what was held, and cancels what is held next", async () => {
  const held = (await run(buyer, HOLD)).find((reply) => reply?.state === "held");
  const [paying] = await run(buyer, [["payReservation", 202]]);
  expect(paying?.state).toBe("pending");
  const shown = async () => (await run(buyer, [["getReservation", 200]]))[0];
  await expect.poll(shown).toMatchObject({ id: held?.id, state: "confirmed" });
  const [payment] = await run(buyer, [
    ["getPayment", 200],
    ["watchReservation", 200],
  ]);
  expect(payment?.state).toBe("succeeded");
  const [passes] = await run(buyer, [
    ["listReservationPasses", 200],
    ["getReservationPassesPage", 200],
    ["createReservationMail", 202],
    ["getPassCodeSvg", 200],
    ["getPassCodeGif", 200],
    ["updatePass", 200],
    ["listPasses", 200],
    ["getPass", 200],
    // Only a service that has an issuer with Google can sign one.
    ["getGoogleWalletLink", 503],
    ["passOn", 201],
  ]);
  expect(passes).toHaveLength(2);
  const organiser = new Visitor();
  await run(organiser, HIRE);
  const letIn = await run(buyer, LET_IN);
  const results = [{ result: "admitted" }, { result: "reentry_not_allowed" }];
  expect(letIn.slice(-4)).toMatchObject([{ result: "unknown" }, { results: [{ result: "unknown" }] }, ...results]);
  const [undone] = await run(organiser, [
    ["undoCheckIn", 200],
    ["deleteCrewMember", 204],
  ]);
  expect(undone).toMatchObject({ result: "undone" });
  const [next] = await run(buyer, [
    ["holdTickets", 201],
    ["cancelReservation", 204],
  ]);
  expect((await shown())?.id).toBe(next?.id);
  expect((await shown())?.state).toBe("cancelled");
});

test("the buyer orders, pays for the order, and cancels the next one", async () => {
  const [ordered] = await run(buyer, [
    ["createOrder", 201],
    ["getOrder", 200],
    ["watchOrder", 200],
    ["createOrderLiveTicket", 201],
    ["listOrders", 200],
    ["payOrder", 202],
  ]);
  const shown = async () => (await run(buyer, [["getOrder", 200]]))[0];
  await expect.poll(shown).toMatchObject({ id: ordered?.id, state: "confirmed" });
  const [payment] = await run(buyer, [
    ["getOrderPayment", 200],
    ["getOrderReceipt", 200],
    ["listOrderPasses", 200],
    ["getOrderPassesPage", 200],
    ["createOrderMail", 202],
    ["getOrderCalendar", 200],
  ]);
  expect(payment?.state).toBe("succeeded");
  const [next] = await run(buyer, [
    ["createOrder", 201],
    ["cancelOrder", 204],
  ]);
  expect(await shown()).toMatchObject({ id: next?.id, state: "cancelled" });
});

test("the organiser makes an event, changes the sample's, and deletes what nobody reserved", async () => {
  await run(new Visitor(), ORGANISE);
});

test.each([
  ["Reservation", "holdTickets", "payReservation", "getReservation"],
  ["Order", "createOrder", "payOrder", "getOrder"],
])(
  "the organiser gives back what was paid for a %s, and tries again where that failed",
  async (what, hold, pay, show) => {
    await run(buyer, [[hold, 201]]);
    const paying = (await describedOperations()).find(({ operationId }) => operationId === pay);
    if (paying === undefined) throw new Error(`there is no ${pay}`);
    const card = { payment_method: "pm_sandbox_refund_fails_0s" };
    expect((await buyer.send(filled(paying), card)).status).toBe(202);
    await expect.poll(async () => (await run(buyer, [[show, 200]]))[0]).toMatchObject({ state: "confirmed" });
    const organiser = new Visitor();
    await run(organiser, [
      ["login", 200, "An organiser"],
      [`create${what}Refund`, 201],
    ]);
    const refunds = async () => (await run(organiser, [[`list${what}Refunds`, 200]]))[0];
    await expect.poll(refunds).toMatchObject([{ state: "failed" }]);
    await run(organiser, [[`get${what}RefundReceipt`, 200]]);
    // It was paid with a card, so nobody hands it over.
    if (what === "Order") await run(organiser, [["updateOrderRefund", 409]]);
    await run(organiser, [[`retry${what}Refund`, 202]]);
  },
);

test("somebody who registered and was made an admin gives a role, hands over and changes the password", async () => {
  const register = (await describedOperations()).find(({ operationId }) => operationId === "register");
  const { value } = Object.values(register === undefined ? {} : bodiesOf(register))[0] ?? {};
  const { username, password } = value as { username: string; password: string };
  expect((await project.run(["run", "grant", "--", username, "admin"])).code).toBe(0);
  const admin = new Visitor();
  const login = { operationId: "login", method: "POST", path: "/api-auth/login" };
  expect((await admin.send(login, { username, password })).status).toBe(200);
  const [found] = await run(admin, ADMINISTER);
  expect(found).toMatchObject([{ username: "demo" }]);
  await run(admin, [["changePassword", 204]]);
});

test("the buyer takes the data along, signs out and leaves", async () => {
  await run(buyer, LEAVE);
});

test("that was every example of every operation", async () => {
  const all = (await describedOperations()).flatMap((operation) => {
    const names = Object.keys(bodiesOf(operation));
    return (names.length === 0 ? [""] : names).map((name) => `${operation.operationId} ${name}`);
  });
  expect(all.length).toBeGreaterThan(30);
  expect([...done].sort()).toEqual(all.sort());
});
