// The companions of `npm start`, and starts that follow one that was cut short.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { queryDatabase } from "../../../scripts/lib/wrangler.ts";
import { useNewcomer } from "../../support/newcomer.ts";

const newcomer = useNewcomer();

test("npm run reconcile finds all records in agreement; and a copy that was damaged, which it mends", async () => {
  const token = await newcomer.signUp("auditor");
  const wanted = { ticket: await newcomer.pricedTicket(), quantity: 1 };
  const held = await newcomer.ask("POST", "/reservations", wanted, token);
  const path = `/reservations/${held.body.id}`;
  // Paid, so that it stays as it is: a hold that ends would be copied anew by itself.
  await newcomer.ask("POST", `${path}/payment`, { payment_method: "pm_card_visa" }, token);
  const listed = async () => (await newcomer.list("/reservations", token))[0]?.state;
  await expect.poll(listed).toBe("confirmed");
  const sound = await newcomer.project.run(["run", "--silent", "reconcile"]);
  expect(sound.output).toMatch(/Compared 80 ticket types with \d+ reservations? and \d+ orders?: no difference\./);
  expect(sound.output).toMatch(
    /^GBP: taken \d+\.\d\d, given back 0\.00, disputed 0\.00\. So says the payment provider\.$/m,
  );
  expect(sound.code).toBe(0);

  const stateDir = newcomer.project.stateDir;
  await queryDatabase(`UPDATE reservations SET quantity = 9 WHERE id = '${held.body.id}'`, { stateDir });
  const damaged = await newcomer.project.run(["run", "--silent", "reconcile"]);
  expect(damaged.output).toMatch(/repaired reservation_copy/);
  expect(damaged.output).toContain(held.body.id);
  expect(damaged.output).toMatch(/1 differences?, 0 left/);
  expect(damaged.code).toBe(0);
  expect((await newcomer.list("/reservations", token))[0]).toMatchObject({ id: held.body.id, quantity: 1 });

  await queryDatabase("UPDATE sandbox_ledger SET amount_minor = amount_minor + 1", { stateDir });
  const wrong = await newcomer.project.run(["run", "--silent", "reconcile"]);
  expect(wrong.output).toMatch(/LEFT +charge_amount/);
  expect(wrong.output).toMatch(/^ {2}The payment provider says: taken \d+\.\d\d, given back 0\.00, disputed 0\.00$/m);
  expect(wrong.code).toBe(1);
});

test.each(["endNpm", "killNpm", "killStarter"] as const)(
  "nothing goes on when the one that started it is gone: %s",
  async (end) => {
    newcomer.server[end]();
    const answers = () => newcomer.ask("GET", "/health").then(Boolean, () => false);
    await expect.poll(answers).toBe(false);
    // It stops answering a moment before it is gone.
    const claim = join(newcomer.project.stateDir, "server.json");
    const isClaimed = () => {
      try {
        return process.kill(JSON.parse(readFileSync(claim, "utf8")).pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(isClaimed).toBe(false);
    // A claim that is left of it does not keep the next one from starting.
    await newcomer.start();
    expect(newcomer.server.output()).not.toMatch(/Preparing|Loading/);
  },
);

test("a server that was left behind by processes that were killed is ended by the next start", async () => {
  await newcomer.server.leaveBehind();
  expect((await newcomer.ask("GET", "/health")).status).toBe(200);
  await newcomer.start();
  expect(newcomer.server.output()).toMatch(/Ending a server that an earlier start has left behind/);
  expect((await newcomer.ask("GET", "/health")).status).toBe(200);
});

test("a load of the sample that was cut short is finished by the next start", async () => {
  const before = await newcomer.list("/events?limit=100");
  await newcomer.server.stop();
  writeFileSync(join(newcomer.project.stateDir, "sample-programme"), "loading");
  await newcomer.start();
  expect(newcomer.server.output()).toMatch(/Loaded 0 events with 0 ticket types/);
  expect(await newcomer.list("/events?limit=100")).toEqual(before);
});

test("npm run evening plays a small concert on the running server, whose holds are short, and it adds up", async () => {
  const size = ["--people", "40", "--places", "40"];
  const { code, output } = await newcomer.project.run(["run", "evening", "--", ...size]);
  expect(output).toMatch(/which holds for 8 s/);
  expect(output).toMatch(/Stalls 24 of 24, Balcony 13 of 13, Boxes 3 of 3/);
  expect(output).toMatch(/38 in, 2 absent, 2 copies refused/);
  expect(output).toMatch(/everything adds up/);
  expect(output).not.toMatch(/of its own/);
  expect(code).toBe(0);
});

test("npm run grant makes an organiser of a buyer, at once", async () => {
  const token = await newcomer.signUp("newcomer");
  const times = { starts_at: "2030-01-01T20:00:00Z", ends_at: "2030-01-01T22:00:00Z", timezone: "Europe/Lisbon" };
  const event = { name: "Mine", venue: "Here", ...times };
  expect((await newcomer.ask("POST", "/events", event, token)).status).toBe(403);
  // Without STATE_DIR it finds the server that runs, right after requests that wrote.
  for (const username of ["busy-1", "busy-2", "busy-3"]) await newcomer.signUp(username);
  const granted = await newcomer.project.run(["run", "grant", "--", "newcomer", "organizer"], { STATE_DIR: "" });
  expect(granted.output).toMatch(/newcomer is now: organizer/);
  expect(granted.output).toContain(`The state: ${newcomer.project.stateDir}`);
  expect(existsSync(join(newcomer.project.folder, ".wrangler", "state"))).toBe(false);
  expect((await newcomer.ask("POST", "/events", event, token)).status).toBe(201);
});

test("npm run grant makes no state where there is none", async () => {
  const STATE_DIR = join(newcomer.project.folder, "nowhere");
  const { code, output } = await newcomer.project.run(["run", "grant", "--", "newcomer", "admin"], { STATE_DIR });
  expect(code).toBe(1);
  expect(output).toContain(`There is no state in ${STATE_DIR}`);
  expect(existsSync(STATE_DIR)).toBe(false);
});

test.each([
  ["a user who is not there", ["nobody-here", "organizer"], /no account "nobody-here"/],
  ["a role that is not there", ["newcomer", "emperor"], /Usage/],
  ["a name that is SQL", ["x'; DROP TABLE accounts;--", "organizer"], /can't be a username/],
])("npm run grant refuses %s", async (_name, args, message) => {
  const { code, output } = await newcomer.project.run(["run", "grant", "--", ...args]);
  expect(code).toBe(1);
  expect(output).toMatch(message);
});

test("npm run seed loads a file once, and refuses one with a mistake whole, naming the place", async () => {
  const ticket = { name: "Day", price: { amount: 1000, currency: "EUR" }, capacity: 5 };
  const [starts_at, ends_at] = ["2029-05-01T10:00:00+02:00", "2029-05-01T18:00:00+02:00"];
  const place = { venue: "Barn", timezone: "Europe/Paris", starts_at, ends_at };
  const event = (name: string, more = {}) => ({ name, ...place, tickets: [{ ...ticket, ...more }] });
  const write = (name: string, content: string) => {
    writeFileSync(join(newcomer.project.folder, name), content);
    return name;
  };
  const names = async () => (await newcomer.list("/events?limit=100")).map((item) => JSON.stringify(item));
  const before = await names();

  const wrong = { ...event("Bad"), status: "draft", tickets: [{ ...ticket, capacity: -1 }] };
  const bad = { events: [event("Good"), wrong] };
  const refused = await newcomer.project.run(["run", "seed", "--", write("bad.json", JSON.stringify(bad))]);
  expect(refused.code).toBe(1);
  expect(refused.output).toMatch(/events\.1\.tickets\.0\.capacity/);
  expect(refused.output).toMatch(/events\.1\.status: must be published or cancelled/);
  const broken = await newcomer.project.run(["run", "seed", "--", write("broken.json", '{"events": [')]);
  expect(broken.code).toBe(1);
  expect(broken.output).toMatch(/broken\.json is not loaded/);
  expect(await names()).toEqual(before);

  const prices = ["Adult", "Child", "Friends"].map((name) => {
    return { name, price: ticket.price, requires_code: name === "Friends" };
  });
  const severalPrices = { price: undefined, prices, codes: { Friends: { codes: ["A", "B", "C"] } } };
  const good = write("good.json", JSON.stringify({ events: [event("Fair"), event("Market", severalPrices)] }));
  const seeded = async () => (await newcomer.project.run(["run", "seed", "--", good])).output;
  expect(await seeded()).toMatch(/Loaded 2 events and 2 ticket types, with 4 prices and 3 codes\./);
  expect(await seeded()).toMatch(/Loaded 0 events and 0 ticket types, with 0 prices and 0 codes\./);
  expect(await names()).toHaveLength(before.length + 2);
});
