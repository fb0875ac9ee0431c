// `npm start`, as a newcomer runs it. Its companions are in test/long/e2e/scripts.test.ts.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXAMPLES } from "../../src/worker/http/examples.ts";
import { byCurl, bySocket, byStream, HAS_CURL } from "../support/followers.ts";
import { useNewcomer } from "../support/newcomer.ts";

const newcomer = useNewcomer();

test("the first start writes secrets that nobody else has, sets up the database and loads the programme", () => {
  expect(newcomer.server.output()).toMatch(/Wrote \.env/);
  expect(newcomer.server.output()).toMatch(/Loaded \d\d events with \d\d ticket types/);
  const env = readFileSync(join(newcomer.project.folder, ".env"), "utf8");
  expect(env).toMatch(/^SESSION_SECRET=[0-9a-f]{64}$/m);
  expect(env).toMatch(/^ID_SECRET=[0-9a-f]{64}$/m);
  expect(env).toMatch(/^PASS_KEYS=1:[0-9a-f]{64}$/m);
  expect(readFileSync(join(newcomer.project.folder, ".env.template"), "utf8")).toMatch(/^SESSION_SECRET=$/m);
  expect(statSync(join(newcomer.project.folder, ".env")).mode & 0o077).toBe(0);
});

test("the pages are there with what they load, and who sells the sample programme is named", async () => {
  const { url, output } = newcomer.server;
  for (const path of ["/", "/box-office", "/door"]) {
    const reply = await fetch(url + path);
    expect(reply.headers.get("content-type"), path).toMatch("text/html");
    const files = (await reply.text()).match(/(?<=(?:src|href)=")\/(?:assets|door)\/[^"]+/g) ?? [];
    expect(files.length, path).toBeGreaterThan(1);
    for (const file of files) expect((await fetch(url + file)).status, file).toBe(200);
  }
  expect(output()).toMatch(`sign in as ${EXAMPLES.organizer.username}`);
  const { username } = EXAMPLES.organizer;
  const signedIn = await newcomer.ask("POST", "/api-auth/login", { username, password: EXAMPLES.password });
  expect(signedIn.status).toBe(200);
});

test("who gets an answer at all finds the whole programme", async () => {
  const { firstEvents } = newcomer.server;
  expect(firstEvents ?? []).toHaveLength(firstEvents === null ? 0 : (await newcomer.list("/events?limit=100")).length);
});

test("the main journey: register, sign in, hold, pay, confirmed; stop, start, and all of it is still there", async () => {
  const token = await newcomer.signUp("journey");
  const ticket = await newcomer.pricedTicket();
  const held = await newcomer.ask("POST", "/reservations", { ticket, quantity: 2 }, token);
  expect(held.status).toBe(201);
  const path = `/reservations/${held.body.id}`;
  expect((await newcomer.ask("POST", `${path}/payment`, { payment_method: "pm_card_visa" }, token)).status).toBe(202);
  await expect.poll(async () => (await newcomer.ask("GET", path, undefined, token)).body.state).toBe("confirmed");
  const before = (await newcomer.ask("GET", `/tickets/${ticket}`)).body;

  await newcomer.server.stop();
  await newcomer.start();

  expect(newcomer.server.output()).not.toMatch(/Wrote|Preparing|Loading|Installing/);
  const after = await newcomer.ask("GET", path, undefined, token);
  expect(after.body).toMatchObject({ state: "confirmed", payment: { state: "succeeded" } });
  expect((await newcomer.list("/reservations/", token)).map(({ id }) => id)).toEqual([held.body.id]);
  expect((await newcomer.ask("GET", `/tickets/${ticket}`)).body).toEqual(before);
});

test("what changes is seen by who watches: by curl, by fetch and by WebSocket", async () => {
  const [token, ticket] = [await newcomer.signUp("watcher"), await newcomer.pricedTicket()];
  const { event } = (await newcomer.ask("GET", `/tickets/${ticket}`)).body;
  const live = `${newcomer.server.url}/tickets/${ticket}/live`;
  const watchers = [byStream(live), bySocket(live)];
  if (HAS_CURL) watchers.push(byCurl(`${newcomer.server.url}/events/${event}/live`));
  const having = (text: string) => watchers.filter((watcher) => watcher.text.includes(text)).length;
  await expect.poll(() => having(ticket)).toBe(watchers.length);

  const { available } = (await newcomer.ask("GET", `/tickets/${ticket}`)).body;
  await newcomer.ask("POST", "/reservations", { ticket, quantity: 1 }, token);
  await expect.poll(() => having(`"available":${available - 1},`)).toBe(watchers.length);
  for (const watcher of watchers) watcher.leave();
});

test("killed right after it acknowledged a hold and a payment, it has both when it is back, and the payment is settled", async () => {
  const token = await newcomer.signUp("unlucky");
  const wanted = { ticket: await newcomer.pricedTicket(), quantity: 1 };
  const held = await newcomer.ask("POST", "/reservations", wanted, token);
  const path = `/reservations/${held.body.id}`;
  expect((await newcomer.ask("POST", `${path}/payment`, { payment_method: "pm_card_visa" }, token)).status).toBe(202);

  await newcomer.server.kill();
  await newcomer.start();

  // The local queue lost its message with the process: the object sends it again after 10 s.
  const state = async () => (await newcomer.ask("GET", path, undefined, token)).body.state;
  await expect.poll(state).toBe("confirmed");
});

test.each(["start", "run dev"])(
  "a second server does not start on the same state, where it would sell every ticket again: npm %s",
  async (command) => {
    const { code, output } = await newcomer.project.run(command.split(" "));
    expect(code).toBe(1);
    expect(output).toContain(`It runs on this state already, at ${newcomer.server.url}`);
    expect(output).toContain(newcomer.project.stateDir);
    expect((await newcomer.ask("GET", "/health")).status).toBe(200);
  },
);

test("a port that is taken is noticed before anything is prepared", async () => {
  const STATE_DIR = join(newcomer.project.folder, "another-state");
  const { code, output } = await newcomer.project.run(["start"], { STATE_DIR });
  expect(code).toBe(1);
  expect(output).toMatch(/Port \d+ is taken/);
  expect(readdirSync(STATE_DIR)).toEqual([]);
});

test("ALLOWED_ORIGINS of the environment counts, as does any page of this machine; the log names others", async () => {
  const allowed = async (origin: string) => {
    const { headers } = await fetch(`${newcomer.server.url}/health`, { headers: { origin } });
    return headers.get("access-control-allow-origin");
  };
  for (const origin of ["https://shop.test", "http://localhost:4321"]) expect(await allowed(origin)).toBe(origin);
  expect(await allowed("https://stranger.test")).toBeNull();
  await expect.poll(newcomer.server.output).toContain('"message":"origin refused","origin":"https://stranger.test"');
});

/** As `curl -X` sends it: `fetch` would refuse, or add headers of its own. */
function raw(method: string, path: string, headers: Record<string, string>, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(newcomer.server.url + path, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

test("requests that only a bare client sends get an answer of their own", async () => {
  expect(await raw("HEAD", "/events", { "content-length": "2" }, "{}")).toBe(200);
  // Without body and type, as `curl -X POST` sends it: fields are missing, the type is not wrong.
  expect(await raw("POST", "/register", {}, "")).toBe(422);
  expect(await raw("POST", "/register", { "content-type": "text/plain" }, "{}")).toBe(415);
  expect(await raw("POST", "/register", { "content-type": "application/json" }, "")).toBe(400);
  const chunked = { "content-type": "application/json", "transfer-encoding": "chunked" };
  expect(await raw("POST", "/register", chunked, "x".repeat(200_000))).toBe(413);
});

test("a client that hangs up in the middle of its body is not logged as a fault of the service", async () => {
  const { port } = new URL(newcomer.server.url);
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), "localhost", () => {
      socket.write("POST /register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
      socket.write('Content-Length: 100\r\n\r\n{"us', () => setTimeout(() => socket.destroy(), 300));
    });
    socket.on("close", () => resolve());
    socket.on("error", reject);
  });
  expect((await newcomer.ask("GET", "/health")).status).toBe(200);
  expect(newcomer.server.output()).not.toMatch(/"level":"error"/);
});
