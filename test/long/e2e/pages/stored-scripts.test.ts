// Scripts in every text that somebody may type: an organiser, a buyer, who holds a pass, and the
// crew. Each view of the three pages shows them as they were typed, and runs none.

import type { BrowserContextOptions, Page } from "playwright-core";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { boxOffice, type Made, PASSWORD, signIn } from "../../../support/box-office-page.ts";
import { hasChromium, LAPTOP, PHONE, visitor } from "../../../support/browser.ts";
import { linkIn, mailTo, WITH_MAILBOX } from "../../../support/mailbox.ts";
import { usePages } from "../../../support/pages.ts";

/** Both ways out of where a text stands; `name` says which text it is. */
const typed = (name: string) => `${name} "><script>ran=1</script><img src=x onerror="ran=1">`;
const BUYER = "buyer@example.test";
const ORGANISER = "mallory@example.test";

const web = usePages("stored-scripts", {
  settings: () => ({ ...WITH_MAILBOX, variables: { ...WITH_MAILBOX.variables, WEBHOOK_TARGETS: "local" } }),
});
const { ask, organiser, token } = boxOffice(() => web.service);

interface Scene {
  readonly event: string;
  readonly order: string;
  readonly counter: string;
  /** A pass that nobody has come with yet. */
  readonly other: string;
  readonly webhook: string;
}
let scene: Scene;

beforeAll(async () => {
  if (!hasChromium) return;
  scene = await typeEverywhere();
}, 240_000);

async function typeEverywhere(): Promise<Scene> {
  await organiser("mallory");
  const auth = await token(ORGANISER);
  const event = await putEvent(auth);
  const type = await ask<Made["tickets"][number]>(auth, "POST", `/events/${event}/tickets`, {
    name: typed("type"),
    description: typed("type’s description"),
    capacity: 100,
    prices: [
      { name: typed("price"), price: { amount: 4_500, currency: "EUR" } },
      { name: typed("other price"), price: { amount: 100, currency: "EUR" }, requires_code: true },
    ],
  });
  const [price, withCode] = type.prices;
  await ask(auth, "POST", `/tickets/${type.id}/prices/${withCode?.id}/codes`, { codes: [typed("CODE")], uses: null });
  const items = [{ ticket: type.id, price: price?.id, quantity: 2 }];
  const { order, pass, other } = await buyAs(BUYER, event, items);
  const customer = { name: typed("customer"), email: "counter@example.test" };
  const sale = { items, method: "cash", customer, note: typed("note") };
  const counter = (await ask(auth, "POST", `/events/${event}/orders`, sale)).id;
  const awaited = { items, method: "transfer", customer: { name: typed("payer") }, note: typed("transfer") };
  await ask(auth, "POST", `/events/${event}/orders`, awaited);
  const refund = { all: true, restock: false, reason: typed("reason") };
  await ask(auth, "POST", `/orders/${counter}/refunds`, refund);
  await ask(auth, "POST", "/check-ins", { event, pass, gate: typed("g").slice(0, 50), key: crypto.randomUUID() });
  await ask(auth, "POST", `/events/${event}/messages`, { subject: typed("subject"), text: typed("text") });
  const key = { name: typed("key"), scopes: ["events:read"], password: PASSWORD };
  await ask(auth, "POST", "/me/api-keys", key);
  const url = `http://127.0.0.1:9/?${typed("hook")}`;
  const webhook = (await ask(auth, "POST", "/me/webhooks", { url, types: ["event.changed"] })).id;
  await ask(auth, "PATCH", `/events/${event}`, { venue: typed("new venue") });
  return { event, order, counter, other, webhook };
}

async function putEvent(auth: string): Promise<string> {
  const startsAtMs = Date.now() + 3_600_000;
  const { id } = await ask(auth, "POST", "/events", {
    name: typed("event"),
    description: typed("description"),
    venue: typed("venue"),
    timezone: "Europe/Berlin",
    status: "published",
    starts_at: new Date(startsAtMs).toISOString(),
    ends_at: new Date(startsAtMs + 3_600_000).toISOString(),
    seller: { name: typed("seller"), address: typed("address"), vat_id: '"><img src=x>' },
    terms: { version: typed("version").slice(0, 20), terms_text: typed("terms"), privacy_text: typed("privacy") },
  });
  return id;
}

/** A buyer with a password, who names the passes. */
async function buyAs(email: string, event: string, items: readonly object[]) {
  await ask(undefined, "POST", "/register", { username: email, email, password: PASSWORD });
  const auth = await token(email);
  const { terms } = await ask<{ readonly terms: { readonly version: string } }>(auth, "GET", `/events/${event}`);
  const order = (await ask(auth, "POST", "/orders", { items, accepted_terms: terms.version })).id;
  await ask(auth, "POST", `/orders/${order}/payment`, { payment_method: "pm_card_visa" });
  const passes = async () => {
    const found = await ask<readonly { readonly id: string }[]>(auth, "GET", `/orders/${order}/passes`);
    return found.length === 2 ? found : Promise.reject(new Error("not paid yet"));
  };
  const [pass = { id: "" }, other = { id: "" }] = await vi.waitFor(passes, 30_000);
  for (const { id } of [pass, other]) await ask(auth, "PATCH", `/passes/${id}`, { holder_name: typed("holder") });
  return { order, pass: pass.id, other: other.id };
}

/** Signs in on the page, and hands it on with what proves at the end that nothing has run. */
async function look(options: BrowserContextOptions, see: (page: Page) => Promise<void>): Promise<void> {
  const { page, context, errors } = await visitor(web.browser, web.service.url, options);
  const requested: string[] = [];
  page.on("request", (request) => requested.push(new URL(request.url()).pathname));
  await see(page);
  await expectNothingRan(page);
  expect(requested.filter((path) => path.endsWith("/x"))).toEqual([]);
  expect(errors).toEqual([]);
  await context.close();
}

async function expectNothingRan(page: Page): Promise<void> {
  expect(await page.evaluate("window.ran"), page.url()).toBeUndefined();
  expect(await page.locator("img[src=x], main script, dialog script, #app script").count(), page.url()).toBe(0);
}

/** Each of the texts, literally, somewhere on the page: in words, in a field, or closed away. */
async function expectTyped(page: Page, names: readonly string[]): Promise<void> {
  const all = `[document.body.textContent, ...[...document.querySelectorAll("input, textarea")].map(({ value }) => value)]
    .join("\\n")`;
  for (const name of names) {
    const wanted = name === "CODE" ? typed(name).toUpperCase().replaceAll(" ", "") : typed(name);
    const shown = () => page.evaluate(all) as Promise<string>;
    const isShown = async () => (await shown()).replaceAll(name === "CODE" ? " " : "\0", "").includes(wanted);
    await expect.poll(isShown, { message: `${wanted} at ${page.url()}`, timeout: 10_000 }).toBe(true);
  }
  await expectNothingRan(page);
}

const BOX_OFFICE: readonly (readonly [view: string, texts: readonly string[]])[] = [
  ["/events/EVENT", ["event", "venue", "type", "price", "other price"]],
  ["/events/EVENT/tickets", ["event", "type", "price", "other price"]],
  ["/events/EVENT/counter", ["event", "type", "price", "payer", "transfer"]],
  ["/events/EVENT/orders", ["event", "type", "customer"]],
  ["/events/EVENT/attendees", ["event", "type", "price", "holder"]],
  ["/events/EVENT/messages", ["event", "subject", "text"]],
  ["/events/EVENT/crew", ["event"]],
  ["/events/EVENT/settings", ["event", "description", "venue", "seller", "address", "terms", "privacy"]],
  ["/events/EVENT/audit", ["event"]],
  ["/events/EVENT/orders/ORDER", ["event", "type", "price"]],
  ["/events/EVENT/orders/COUNTER", ["event", "type", "customer", "note", "reason"]],
  ["/integrations", ["key", "hook"]],
  ["/integrations/webhooks/WEBHOOK", ["hook"]],
];

describe.skipIf(!hasChromium)("what was typed is shown as it was typed, and runs nowhere", () => {
  test.each([
    ["laptop", LAPTOP],
    ["phone", PHONE],
  ])("in each view of the box office, on a %s", async (_size, options) => {
    await look(options, async (page) => {
      await signIn(page, ORGANISER);
      await expectTyped(page, ["event", "venue"]);
      for (const [view, texts] of BOX_OFFICE) {
        const path = view
          .replace("EVENT", scene.event)
          .replace("ORDER", scene.order)
          .replace("COUNTER", scene.counter)
          .replace("WEBHOOK", scene.webhook);
        await page.goto(`/box-office${path}`);
        await expectTyped(page, texts);
        if (view.startsWith("/events/")) expect(await page.title()).toContain(typed("event"));
      }
    });
  });

  test("in what was written to everybody, and in what a webhook was sent", async () => {
    await look(LAPTOP, async (page) => {
      await signIn(page, ORGANISER);
      await page.goto(`/box-office/events/${scene.event}/messages`);
      const text = page.locator("details", { hasText: typed("subject") }).getByText(typed("text"));
      expect(await text.isVisible()).toBe(false);
      await page.getByText(typed("subject")).click();
      await text.waitFor();
      await page.goto(`/box-office/integrations/webhooks/${scene.webhook}`);
      await page.locator("summary", { hasText: "Changes of an event" }).click();
      await page.getByText(JSON.stringify(typed("new venue"))).waitFor();
    });
  });

  test("in the dialogs of the box office", async () => {
    await look(LAPTOP, async (page) => {
      await signIn(page, ORGANISER);
      await page.goto(`/box-office/events/${scene.event}/tickets`);
      for (const [button, texts] of [
        [/^Change type/, ["type", "type’s description"]],
        [/^Change price: type .* price "/, ["price"]],
        [/^Codes: type/, ["CODE"]],
      ] as const) {
        await page.getByRole("button", { name: button }).first().click();
        await page.getByRole("dialog").waitFor();
        await expectTyped(page, texts);
        await page.keyboard.press("Escape");
      }
      await page.goto(`/box-office/events/${scene.event}/orders/${scene.order}`);
      await page.getByRole("button", { name: "Refund" }).click();
      await page
        .getByRole("dialog")
        .getByLabel(`${typed("type")}: tickets to give back, of 2`)
        .waitFor();
      await page.keyboard.press("Escape");
      await page.goto(`/box-office/events/${scene.event}/settings`);
      await page.getByRole("button", { name: "Call the event off" }).click();
      await page.getByRole("dialog").getByText(typed("event")).waitFor();
      await page.goto("/box-office/integrations");
      await page.getByRole("button", { name: `Revoke: ${typed("key")}` }).click();
      await page
        .getByRole("dialog")
        .getByText(`use ${typed("key")} are refused`)
        .waitFor();
    });
  });

  test("where the link of an invitation to the crew leads", async () => {
    const email = "helper@example.test";
    await ask(await token(ORGANISER), "POST", `/events/${scene.event}/crew-invitations`, { email, part: "scanner" });
    const link = linkIn(await mailTo(web.service, email, /^Will you help/));
    await look(PHONE, async (page) => {
      await page.goto(link);
      await expectTyped(page, ["event", "new venue", "seller"]);
    });
  });

  test("in the shop, and for who has bought", async () => {
    await look(PHONE, async (page) => {
      await page.goto("/");
      await expectTyped(page, ["event", "venue"]);
      await page.goto(`/e/${scene.event}`);
      await expectTyped(page, ["event", "description", "venue", "type", "price"]);
      await page
        .getByRole("button", { name: /^One more/ })
        .first()
        .click();
      await page.getByText("Terms").first().click();
      await expectTyped(page, ["terms", "privacy"]);
      await page.goto("/my/sign-in");
      await page.getByLabel("E-mail address").fill(BUYER);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Sign in" }).click();
      await expectTyped(page, ["event"]);
      await page.goto(`/my/orders/${scene.order}`);
      await expectTyped(page, ["event", "type", "price", "holder"]);
      const receipt = (await page.getByRole("link", { name: "Receipt" }).getAttribute("href")) ?? "";
      const print = (await page.getByRole("link", { name: /Print/ }).getAttribute("href")) ?? "";
      await page.goto(receipt);
      await expectTyped(page, ["event", "type", "price", "seller", "address"]);
      await page.goto(print);
      await expectTyped(page, ["event", "venue", "type", "price", "holder"]);
      await page.goto(`/my/passes/${scene.other}`);
      await expectTyped(page, ["event", "type", "holder"]);
    });
  });

  test("at the door, where a gate is called so, too", async () => {
    await look({ ...PHONE, permissions: ["camera"] }, async (page) => {
      const dialog = page.getByRole("dialog");
      await page.goto("/door");
      await page.getByLabel("E-mail address or name").fill(ORGANISER);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Sign in" }).click();
      await expectTyped(page, ["event"]);
      await page.goto(`/door/${scene.event}`);
      const gate = typed("g").slice(0, 50);
      await page.getByLabel("Gate", { exact: true }).fill(gate);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Search or type" }).click();
      await dialog.getByRole("textbox").fill("holder");
      await page.keyboard.press("Enter");
      await expectTyped(page, ["holder", "type"]);
      await page
        .getByRole("button", { name: /^Let in: .*holder/ })
        .first()
        .click();
      await expectTyped(page, ["type"]);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Numbers" }).click();
      await dialog.getByText(gate).waitFor();
      await expectTyped(page, ["type"]);
    });
  });

  test("once it is called off, with a message that is one, too", async () => {
    await ask(await token(ORGANISER), "POST", `/events/${scene.event}/cancellation`, {
      refund: true,
      message: typed("off"),
    });
    await look(PHONE, async (page) => {
      await page.goto(`/e/${scene.event}`);
      await expectTyped(page, ["event", "off"]);
      await signIn(page, ORGANISER);
      await page.goto(`/box-office/events/${scene.event}/settings`);
      await expectTyped(page, ["event", "off"]);
      await page.goto(`/box-office/events/${scene.event}/audit`);
      await expectTyped(page, ["event"]);
    });
  });
});
