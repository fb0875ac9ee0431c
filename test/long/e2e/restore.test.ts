// D1 is put back to an earlier time: the commands of docs/operations.md, as they stand there, and
// what comes of them. A copy of the local database's files stands for Time Travel.

import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../../scripts/lib/settings.ts";
import { queryDatabase } from "../../../scripts/lib/wrangler.ts";
import { EXAMPLES } from "../../../src/worker/http/examples.ts";
import { useNewcomer } from "../../support/newcomer.ts";

/** Each command is a process of Wrangler's, and the server starts three times. */
const TIMEOUT_MS = 600_000;

const TERMS = { version: "1", terms_text: "Doors close at eight.", privacy_text: "We tell nobody." };

const newcomer = useNewcomer();

/** Wrangler on the local state, of which `d1 export` takes no path. The restore copies files. */
const AS_HERE = `
set -e
mkdir -p .wrangler && ln -sfn "$STATE" .wrangler/state
npx() {
  shift
  if [ "$2" = time-travel ]; then rm -rf "$STATE/v3/d1" && cp -r "$STATE.before/v3/d1" "$STATE/v3/d1"; return; fi
  node node_modules/wrangler/bin/wrangler.js "\${@/#--remote/--local}"
}
`;

/** The commands of a section, in order. */
function commandsOf(title: string): string[] {
  const [, section = ""] = readFileSync(join(ROOT, "docs", "operations.md"), "utf8").split(`\n## ${title}\n`);
  const [text = ""] = section.split("\n## ");
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, commands = ""]) => commands);
}

function run(commands: string): string {
  const { folder, stateDir } = newcomer.project;
  const path = [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, STATE: stateDir, CI: "true", WRANGLER_SEND_METRICS: "false" };
  const { status, stdout, stderr } = spawnSync("bash", ["-c", AS_HERE + commands], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  expect(status, `${commands}\n${stderr}${stdout}`).toBe(0);
  return stdout;
}

/** Signs up, pays for a ticket, and has the number of its receipt. */
async function buyer(name: string, ticket: string) {
  const token = await newcomer.signUp(name);
  const { id } = (
    await newcomer.ask("POST", "/reservations", { ticket, quantity: 1, accepted_terms: TERMS.version }, token)
  ).body;
  await newcomer.ask("POST", `/reservations/${id}/payment`, { payment_method: "pm_card_visa" }, token);
  const numberOf = async () => {
    const { body } = await newcomer.ask("GET", `/reservations/${id}/receipt`, undefined, token);
    const { receipts } = body as unknown as { receipts: { number: string }[] };
    return receipts[0]?.number ?? "";
  };
  await expect.poll(numberOf, { timeout: 30_000 }).not.toBe("");
  return { name, token, numberOf, number: await numberOf() };
}

/** Of an event of its own, by the organiser that the local service has. */
async function sellTickets(): Promise<string> {
  const login = { username: EXAMPLES.organizer.username, password: EXAMPLES.password };
  const token = (await newcomer.ask("POST", "/api-auth/login", login)).body["auth-token"];
  const seller = { name: "The Hall GmbH", address: "Kastanienallee 1\n10435 Berlin" };
  const times = { starts_at: "2031-06-12T18:30:00Z", ends_at: "2031-06-12T21:00:00Z", timezone: "Europe/Berlin" };
  const event = {
    name: "An evening",
    venue: "The hall",
    ...times,
    status: "published",
    seller,
    vat_rate: 700,
    terms: TERMS,
  };
  const { id } = (await newcomer.ask("POST", "/events", event, token)).body;
  const stalls = { name: "Stalls", price: { amount: 4500, currency: "EUR" }, capacity: 100 };
  const ticket = await newcomer.ask("POST", `/events/${id}/tickets`, stalls, token);
  expect(ticket.status).toBe(201);
  return ticket.body.id;
}

/** Puts the server's state down while `work` changes it. */
async function whileStopped(work: () => void): Promise<void> {
  await newcomer.server.stop();
  work();
  await newcomer.start();
}

test(
  "accounts, receipts and the log are whole again, and reconciling mends the copies",
  async () => {
    const { stateDir } = newcomer.project;
    const ticket = await sellTickets();
    const early = await buyer("early", ticket);
    await whileStopped(() => cpSync(stateDir, `${stateDir}.before`, { recursive: true }));
    const late = await buyer("late", ticket);
    const added = await sellTickets();
    expect(late.number.split("-")).toEqual([early.number.split("-")[0], "2"]);
    const count = async (table: string) => {
      const [row] = (await queryDatabase(`SELECT count(*) AS n FROM ${table}`, { stateDir })) as { n: number }[];
      return row?.n ?? 0;
    };
    const [accounts, entries] = [await count("accounts"), await count("audit_log")];

    const [exported = "", putBack = "", seen = "", announced = ""] = commandsOf(
      "After D1 was restored to an earlier time",
    );
    await whileStopped(() => {
      run(exported);
      run(putBack);
      expect(run(seen)).not.toContain(late.number.split("-")[0]?.toLowerCase() ?? "");
      run(announced);
    });

    expect(await count("accounts")).toBe(accounts);
    expect(await count("audit_log")).toBeGreaterThanOrEqual(entries);
    const { event } = (await newcomer.ask("GET", `/tickets/${added}`)).body;
    expect(await newcomer.list(`/events/${event}/terms`)).toMatchObject([{ version: TERMS.version }]);
    for (const { number, numberOf } of [early, late]) expect(await numberOf()).toBe(number);
    expect((await buyer("later", ticket)).number).toBe(early.number.replace(/1$/, "3"));
    const reconciled = await newcomer.project.run(["run", "--silent", "reconcile"]);
    expect(reconciled.output).toContain("repaired reservation_not_copied");
    // The sandbox keeps its ledger in D1: a provider's own would be whole.
    expect(reconciled.output.match(/^LEFT +\w+/gm)).toEqual(["LEFT     charge_missing"]);
    rmSync(`${stateDir}.before`, { recursive: true });
  },
  TIMEOUT_MS,
);
