// A production build contains the worker, and nothing for development or tests.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type Build, build, developmentMarks } from "../../scripts/lib/build.ts";
import { client } from "../../scripts/lib/client.ts";
import { ROOT } from "../../scripts/lib/settings.ts";
import { openSale } from "../crash/sale.ts";
import { Service } from "../crash/service.ts";
import { useFolder } from "../support/built-service.ts";
import { Prng } from "../support/prng.ts";
import { ALL_RUNTIME_PACKAGES } from "../support/runtime-packages.ts";

const OURS = /^(src\/(domain|platform|durable|worker)\/|migrations\/meta\/_journal\.json$)/;
const FOR_DEVELOPMENT = [
  ...["RATE_LIMITS", "pm_sandbox", "sandbox", "/sandbox/", "sandbox_calls", "sandbox_ledger", "chargeDeclined"],
  ...["127\\.0\\.0\\.1", "npm run dev", "t.currency <> EUR", "STRIPE_API_URL", "WEBHOOK_TARGETS"],
];
const HOLD_SECONDS = 60;
// All that can be set. The last four mean nothing to a production build.
const SETTINGS = new Set([
  ...["HOLD_SECONDS", "RETENTION_DAYS", "CUSTOMER_DAYS", "MAX_WATCHERS", "ALLOWED_ORIGINS"],
  ...["SESSION_SECRET", "SESSION_SECRET_PREVIOUS", "ID_SECRET", "PASS_KEYS"],
  ...["MAIL_FROM", "PUBLIC_URL"],
  ...["GOOGLE_WALLET_ISSUER", "GOOGLE_WALLET_EMAIL", "GOOGLE_WALLET_KEY"],
  ...["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN", "PAYMENT_PROVIDER"],
  ...["STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_URL", "RATE_LIMITS"],
  "WEBHOOK_TARGETS",
]);

const folder = useFolder("build");
let production: Build;
let development: Build;
beforeAll(async () => {
  production = await build(join(folder.path, "production"), "production");
  development = await build(join(folder.path, "development"), "development");
});

test("a build for development has the sandbox", () => {
  expect(developmentMarks(development.text)).toEqual(expect.arrayContaining(FOR_DEVELOPMENT));
  expect(sandboxModules(development)).toHaveLength(3);
});

test("a production build has no sandbox, no switch for it nor for the rate limits, and nothing for this machine", () => {
  expect(developmentMarks(production.text)).toEqual([]);
  expect(sandboxModules(production)).toEqual([]);
  // The one method that it knows is the example in the API's description.
  expect(production.text.match(/\bpm_\w+/g)).toEqual(["pm_card_visa"]);
});

test("all of a production build is our own code for it, and the runtime dependencies", () => {
  const packages = production.modules.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  expect([...new Set(packages)].sort()).toEqual(ALL_RUNTIME_PACKAGES);
  const others = production.modules.filter((path) => !path.includes("node_modules/") && !OURS.test(path));
  expect(others).toEqual([]);
});

test("time is the platform's: no clock is replaced, and no setting could set one", () => {
  const clocks = /useFakeTimers|setSystemTime|fake.?timers|\bDate(\.now)?=[^=]/gi;
  expect(production.text.match(clocks) ?? []).toEqual([]);
  const env = readFileSync(join(ROOT, "src", "platform", "settings.ts"), "utf8");
  const settings = [...env.matchAll(/readonly ([A-Z_]+)\??: string;/g)].map(([, name]) => name);
  expect(settings.length).toBeGreaterThan(5);
  expect(settings.filter((name) => name === undefined || !SETTINGS.has(name))).toEqual([]);
});

test("the worker exports what wrangler.toml names, and no more", () => {
  expect([...production.exports].sort()).toEqual(["Order", "PublicCatalogue", "TicketType", "default"]);
});

test("a deployment uploads source maps, by which stack traces in the log can be read", () => {
  expect(readFileSync(join(ROOT, "wrangler.toml"), "utf8")).toMatch(/^upload_source_maps = true$/m);
});

test.each([
  ["development", 202, "ok"],
  ["production", 503, "not_configured"],
] as const)("PAYMENT_PROVIDER=sandbox, in a build for %s: a payment is answered %i", async (mode, status, reach) => {
  const { script } = mode === "production" ? production : development;
  const service = await Service.create(join(folder.path, `state-${mode}`), script, HOLD_SECONDS);
  try {
    await service.startNew();
    const { buyers, tickets } = await openSale(service, 1, 0, new Prng(1));
    const buyer = client(service.url, buyers[0]?.token);
    const held = await buyer<{ id: string }>("POST", "/reservations", { ticket: tickets[1]?.id, quantity: 1 });
    expect(held.status).toBe(201);
    const method = { payment_method: "pm_card_visa" };
    const paid = await buyer<{ type?: string }>("POST", `/reservations/${held.body.id}/payment`, method);
    expect(paid.status).toBe(status);
    if (status === 503) expect(paid.body.type).toBe("/problems/payments-unavailable");
    const health = await buyer<{ reaches: { payments: string } }>("GET", "/health");
    expect(health.body.reaches.payments).toBe(reach);
  } finally {
    await service.kill();
  }
});

function sandboxModules({ modules }: Build): string[] {
  return modules.filter((path) => path.includes("sandbox"));
}
