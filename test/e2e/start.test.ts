// `npm start` and its companions, as a newcomer runs them.

import { spawn, spawnSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { client, type Reply } from "../../scripts/lib/client.ts";
import { queryDatabase } from "../../scripts/lib/wrangler.ts";
import { copyProject, type Project, type RunningServer } from "../support/project.ts";

let project: Project;
let server: RunningServer;
beforeAll(async () => {
  // A hold short enough for the demo to wait for.
  project = await copyProject({ HOLD_SECONDS: "8", RATE_LIMITS: "off" });
  server = await project.start();
});
afterAll(async () => {
  await server.stop();
  project.remove();
});

/** What these tests look at, of all replies together. */
interface Body {
  readonly id: string;
  readonly event: string;
  readonly available: number;
  readonly state: string;
  readonly "auth-token": string;
  readonly payment: { readonly state: string } | null;
  readonly tickets: readonly { readonly id: string; readonly available: number; readonly price: { amount: number } }[];
}

function ask(method: string, path: string, body?: unknown, token?: string): Promise<Reply<Body>> {
  return client(server.url, token)<Body>(method, path, body);
}

async function list(path: string, token?: string): Promise<Body[]> {
  return (await client(server.url, token)<Body[]>("GET", path)).body;
}

async function signUp(username: string): Promise<string> {
  const password = "correct horse battery";
  const account = { username, email: `${username}@example.com`, password };
  expect((await ask("POST", "/register", account)).status).toBe(201);
  const login = await ask("POST", "/api-auth/login", { username, password });
  expect(login.status).toBe(200);
  return login.body["auth-token"];
}

async function pricedTicket(): Promise<string> {
  for (const { id } of await list("/events?limit=100")) {
    const { body } = await ask("GET", `/events/${id}`);
    const found = body.tickets.find((ticket) => ticket.price.amount > 0 && ticket.available > 100);
    if (found !== undefined) return found.id;
  }
  throw new Error("the sample programme has no ticket type for this test");
}

test("the first start writes secrets that nobody else has, sets up the database and loads the programme", () => {
  expect(server.output()).toMatch(/Wrote \.env/);
  expect(server.output()).toMatch(/Loaded \d\d events with \d\d ticket types/);
  const env = readFileSync(join(project.folder, ".env"), "utf8");
  expect(env).toMatch(/^SESSION_SECRET=[0-9a-f]{64}$/m);
  expect(readFileSync(join(project.folder, ".env.template"), "utf8")).toMatch(/^SESSION_SECRET=$/m);
  expect(statSync(join(project.folder, ".env")).mode & 0o077).toBe(0);
});

test("the main journey: register, sign in, hold, pay, confirmed; stop, start, and all of it is still there", async () => {
  const token = await signUp("journey");
  const ticket = await pricedTicket();
  const held = await ask("POST", "/reservations", { ticket, quantity: 2 }, token);
  expect(held.status).toBe(201);
  const path = `/reservations/${held.body.id}`;
  expect((await ask("POST", `${path}/payment`, { payment_method: "pm_card_visa" }, token)).status).toBe(202);
  await expect
    .poll(async () => (await ask("GET", path, undefined, token)).body.state, { timeout: 10_000 })
    .toBe("confirmed");
  const before = (await ask("GET", `/tickets/${ticket}`)).body;

  await server.stop();
  server = await project.start();

  expect(server.output()).not.toMatch(/Wrote|Preparing|Loading|Installing/);
  const after = await ask("GET", path, undefined, token);
  expect(after.body).toMatchObject({ state: "confirmed", payment: { state: "succeeded" } });
  expect((await list("/reservations/", token)).map(({ id }) => id)).toEqual([held.body.id]);
  expect((await ask("GET", `/tickets/${ticket}`)).body).toEqual(before);
});

test("what changes is seen by who watches: by curl, by fetch and by WebSocket", async () => {
  const [token, ticket] = [await signUp("watcher"), await pricedTicket()];
  const { event } = (await ask("GET", `/tickets/${ticket}`)).body;
  const seen = { curl: "", fetch: "", socket: "" };
  const stop = new AbortController();
  const hasCurl = spawnSync("curl", ["--version"]).status === 0;
  const curl = hasCurl ? spawn("curl", ["-sN", `${server.url}/events/${event}/live`]) : null;
  curl?.stdout.on("data", (part) => (seen.curl += part));
  const stream = await fetch(`${server.url}/tickets/${ticket}/live`, { signal: stop.signal });
  const read = async () => {
    for await (const part of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) seen.fetch += part;
  };
  read().catch(() => {});
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/tickets/${ticket}/live`);
  socket.addEventListener("message", ({ data }) => (seen.socket += data));
  const ways = () => Object.values(seen).filter((text) => text.includes(ticket)).length;
  await expect.poll(ways, { timeout: 10_000 }).toBe(hasCurl ? 3 : 2);

  const { available } = (await ask("GET", `/tickets/${ticket}`)).body;
  await ask("POST", "/reservations", { ticket, quantity: 1 }, token);
  const told = () => Object.values(seen).filter((text) => text.includes(`"available":${available - 1}}`)).length;
  await expect.poll(told, { timeout: 5_000 }).toBe(hasCurl ? 3 : 2);
  curl?.kill();
  stop.abort();
  socket.close();
});

test("killed right after it acknowledged a hold and a payment, it has both when it is back, and the payment is settled", async () => {
  const token = await signUp("unlucky");
  const held = await ask("POST", "/reservations", { ticket: await pricedTicket(), quantity: 1 }, token);
  const path = `/reservations/${held.body.id}`;
  expect((await ask("POST", `${path}/payment`, { payment_method: "pm_card_visa" }, token)).status).toBe(202);

  await server.kill();
  server = await project.start();

  // The message died with the queue, which lives in memory here: the object sends it again after 10
  // s.
  const state = async () => (await ask("GET", path, undefined, token)).body.state;
  await expect.poll(state, { timeout: 30_000, interval: 250 }).toBe("confirmed");
});

test("npm run reconcile finds all records in agreement; and a copy that was damaged, which it mends", async () => {
  const token = await signUp("auditor");
  const held = await ask("POST", "/reservations", { ticket: await pricedTicket(), quantity: 1 }, token);
  const path = `/reservations/${held.body.id}`;
  // Paid, so that it stays as it is: a hold that ends would be copied anew by itself.
  await ask("POST", `${path}/payment`, { payment_method: "pm_card_visa" }, token);
  const listed = async () => (await list("/reservations", token))[0]?.state;
  await expect.poll(listed, { timeout: 10_000 }).toBe("confirmed");
  const sound = await project.run(["run", "--silent", "reconcile"]);
  expect(sound.output).toMatch(/Compared 80 ticket types with \d+ reservations?: no difference\./);
  expect(sound.code).toBe(0);

  const settings = { port: 0, stateDir: join(project.folder, "state"), holdSeconds: null };
  await queryDatabase(`UPDATE reservations SET quantity = 9 WHERE id = '${held.body.id}'`, settings);
  const damaged = await project.run(["run", "--silent", "reconcile"]);
  expect(damaged.output).toMatch(/repaired reservation_copy/);
  expect(damaged.output).toContain(held.body.id);
  expect(damaged.output).toMatch(/1 differences?, 0 left/);
  expect(damaged.code).toBe(0);
  expect((await list("/reservations", token))[0]).toMatchObject({ id: held.body.id, quantity: 1 });
});

test("a second server does not start on the same state, where it would sell every ticket again", async () => {
  const { code, output } = await project.run(["start"]);
  expect(code).toBe(1);
  expect(output).toContain(`It runs on this state already, at ${server.url}`);
  expect((await ask("GET", "/health")).status).toBe(200);
});

test("a server that was left behind by a start that was killed is ended by the next start", async () => {
  await server.killStarter();
  expect((await ask("GET", "/health")).status).toBe(200);
  server = await project.start();
  expect(server.output()).toMatch(/Ending a server that an earlier start has left behind/);
  expect((await ask("GET", "/health")).status).toBe(200);
});

test("a load of the sample that was cut short is finished by the next start", async () => {
  const before = await list("/events?limit=100");
  await server.stop();
  writeFileSync(join(project.folder, "state", "loading-the-sample"), "");
  server = await project.start();
  expect(server.output()).toMatch(/Loaded 0 events with 0 ticket types/);
  expect(await list("/events?limit=100")).toEqual(before);
});

/** As `curl -X` sends it: `fetch` would refuse, or add headers of its own. */
function raw(method: string, path: string, headers: Record<string, string>, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(server.url + path, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

test("requests that only a bare client sends get an answer of their own", async () => {
  expect(await raw("HEAD", "/events", { "content-length": "2" }, "{}")).toBe(200);
  // Without a body and without a type, as `curl -X POST`: the fields are missing, not the type
  // wrong.
  expect(await raw("POST", "/register", {}, "")).toBe(422);
  expect(await raw("POST", "/register", { "content-type": "text/plain" }, "{}")).toBe(415);
  expect(await raw("POST", "/register", { "content-type": "application/json" }, "")).toBe(400);
  const chunked = { "content-type": "application/json", "transfer-encoding": "chunked" };
  expect(await raw("POST", "/register", chunked, "x".repeat(200_000))).toBe(413);
});

test("a client that hangs up in the middle of its body is not logged as a fault of the service", async () => {
  const { port } = new URL(server.url);
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), "localhost", () => {
      socket.write("POST /register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
      socket.write('Content-Length: 100\r\n\r\n{"us', () => setTimeout(() => socket.destroy(), 300));
    });
    socket.on("close", () => resolve());
    socket.on("error", reject);
  });
  expect((await ask("GET", "/health")).status).toBe(200);
  expect(server.output()).not.toMatch(/"level":"error"/);
});

test("npm run demo plays three reservations against the running server", async () => {
  const { code, output } = await project.run(["run", "demo"]);
  expect(output).toMatch(/All three ended as they should/);
  expect(output).not.toMatch(/server of its own/);
  expect(code).toBe(0);
});

test("npm run grant makes an organiser of a buyer, at once", async () => {
  const token = await signUp("newcomer");
  const event = {
    ...{ name: "Mine", venue: "Here", timezone: "Europe/Lisbon" },
    ...{ starts_at: "2030-01-01T20:00:00Z", ends_at: "2030-01-01T22:00:00Z" },
  };
  expect((await ask("POST", "/events", event, token)).status).toBe(403);
  const granted = await project.run(["run", "grant", "--", "newcomer", "organizer"]);
  expect(granted.output).toMatch(/newcomer is now: organizer/);
  expect((await ask("POST", "/events", event, token)).status).toBe(201);
});

test.each([
  ["a user who is not there", ["nobody-here", "organizer"], /no account "nobody-here"/],
  ["a role that is not there", ["newcomer", "emperor"], /Usage/],
  ["a name that is SQL", ["x'; DROP TABLE accounts;--", "organizer"], /can't be a username/],
])("npm run grant refuses %s", async (_name, args, message) => {
  const { code, output } = await project.run(["run", "grant", "--", ...args]);
  expect(code).toBe(1);
  expect(output).toMatch(message);
});

test("npm run seed loads a file once, and refuses one with a mistake whole, naming the place", async () => {
  const ticket = { name: "Day", price: { amount: 1000, currency: "EUR" }, capacity: 5 };
  const event = (name: string) => ({
    ...{ name, venue: "Barn", timezone: "Europe/Paris", tickets: [ticket] },
    ...{ starts_at: "2029-05-01T10:00:00+02:00", ends_at: "2029-05-01T18:00:00+02:00" },
  });
  const write = (name: string, content: string) => {
    writeFileSync(join(project.folder, name), content);
    return name;
  };
  const names = async () => (await list("/events?limit=100")).map((item) => JSON.stringify(item));
  const before = await names();

  const bad = {
    events: [event("Good"), { ...event("Bad"), status: "draft", tickets: [{ ...ticket, capacity: -1 }] }],
  };
  const refused = await project.run(["run", "seed", "--", write("bad.json", JSON.stringify(bad))]);
  expect(refused.code).toBe(1);
  expect(refused.output).toMatch(/events\.1\.tickets\.0\.capacity/);
  expect(refused.output).toMatch(/events\.1\.status: must be published or cancelled/);
  const broken = await project.run(["run", "seed", "--", write("broken.json", '{"events": [')]);
  expect(broken.code).toBe(1);
  expect(broken.output).toMatch(/broken\.json is not loaded/);
  expect(await names()).toEqual(before);

  const good = write("good.json", JSON.stringify({ events: [event("Fair"), event("Market")] }));
  expect((await project.run(["run", "seed", "--", good])).output).toMatch(/Loaded 2 events and 2 ticket types/);
  expect((await project.run(["run", "seed", "--", good])).output).toMatch(/Loaded 0 events and 0 ticket types/);
  expect(await names()).toHaveLength(before.length + 2);
});
