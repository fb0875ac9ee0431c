import { beforeAll, describe, expect, test, vi } from "vitest";
import { type Client, client, must } from "../../../../scripts/lib/client.ts";
import {
  expectAccessible,
  expectNoSideways,
  expectRules,
  hasChromium,
  PHONE,
  picture,
  visitor,
} from "../../../support/browser.ts";
import { addConcert, euros } from "../../../support/concerts.ts";
import { linkIn, mailTo, WITH_MAILBOX } from "../../../support/mailbox.ts";
import { usePages } from "../../../support/pages.ts";

const PASSWORD = "correct horse battery";
const PATIENCE = { timeout: 30_000, interval: 200 };
/** Contrast, order of headings, targets, and what is outside the `main` are Swagger UI's own. */
const RULES_OF_FRAME = [
  ...["bypass", "document-title", "html-has-lang", "html-lang-valid", "meta-viewport", "page-has-heading-one"],
  ...["landmark-one-main", "landmark-main-is-top-level", "landmark-no-duplicate-main", "landmark-unique"],
];
const LOCALES = { en: "en-GB", de: "de-DE" } as const;

interface Made {
  readonly id: string;
}

const web = usePages("papers", { settings: () => WITH_MAILBOX });
let hall: string;
let buyer: string;
interface Paper {
  readonly path: string;
  readonly token: string;
  /** The view that leads there. */
  readonly view: string;
}

/** By what it is. */
let papers: Readonly<Record<string, Paper>>;
beforeAll(async () => {
  if (!hasChromium) return;
  [hall, buyer] = [await register("hall"), await register("reader")];
  await web.service.query("UPDATE accounts SET role = 'organizer' WHERE username = 'hall'");
  papers = await sell();
}, 180_000);

async function register(username: string): Promise<string> {
  const api = client(web.service.url);
  await must(api, "POST", "/register", { username, email: `${username}@example.com`, password: PASSWORD });
  const credentials = { username, password: PASSWORD };
  const { body } = await must<{ "auth-token": string }>(api, "POST", "/api-auth/login", credentials);
  return body["auth-token"];
}

async function sell(): Promise<typeof papers> {
  const [organiser, reader] = [client(web.service.url, hall), client(web.service.url, buyer)];
  const seller = { name: "Penwick Hall", address: "Market Square 1\nPenwick", vat_id: "GB 123" };
  const ticket = { name: "Stalls", capacity: 50, max_per_buyer: 9, price: euros(1_000) };
  const concert = await addConcert(organiser, { seller, vat_rate: 700 }, [ticket]);
  const line = { ticket: concert.tickets[0]?.id, quantity: 2 };
  const alone = await buy(reader, "reservations", line);
  const order = await buy(reader, "orders", { items: [line] });
  const { body: held } = await must<Made>(reader, "POST", "/orders", { items: [line] });
  const { body: refund } = await must<Made>(organiser, "POST", `/orders/${order}/refunds`, {
    ...{ amount: 500, restock: false, reason: "A seat with no view" },
  });
  const note = `/orders/${order}/refunds/${refund.id}/receipt`;
  const issued = async () => (await must<{ receipts: unknown[] }>(reader, "GET", note)).body.receipts.length;
  await vi.waitUntil(async () => (await issued()) === 1, PATIENCE);
  const counter = `/events/${concert.id}/orders`;
  const { body: sold } = await must<Made>(organiser, "POST", counter, { items: [line], method: "cash" });
  const office = `/box-office/events/${concert.id}/orders`;
  const ofOrder = { token: buyer, view: `/my/orders/${order}` };
  const ofAlone = { token: buyer, view: `/my/reservations/${alone}` };
  const ofHeld = { token: buyer, view: `/my/orders/${held.id}` };
  return {
    "passes of an order": { path: `/orders/${order}/passes/print`, ...ofOrder },
    "passes of a reservation": { path: `/reservations/${alone}/passes/print`, ...ofAlone },
    "passes of the counter": {
      path: `${counter}/${sold.id}/passes/print`,
      ...{ token: hall, view: `${office}/${sold.id}` },
    },
    "no passes": { path: `/orders/${held.id}/passes/print`, ...ofHeld },
    "receipt of an order": { path: `/orders/${order}/receipt`, ...ofOrder },
    "receipt of a reservation": { path: `/reservations/${alone}/receipt`, ...ofAlone },
    "receipt of the counter": { path: `/orders/${sold.id}/receipt`, ...{ token: hall, view: `${office}/${sold.id}` } },
    "no receipt": { path: `/orders/${held.id}/receipt`, ...ofHeld },
    "credit note": { path: note, ...{ token: hall, view: `${office}/${order}` } },
  };
}

async function buy(reader: Client, of: "orders" | "reservations", wanted: object): Promise<string> {
  const { id } = (await must<Made>(reader, "POST", `/${of}`, wanted)).body;
  await must(reader, "POST", `/${of}/${id}/payment`, { payment_method: "pm_card_visa" });
  const state = async () => (await must<{ state: string }>(reader, "GET", `/${of}/${id}`)).body.state;
  await vi.waitUntil(async () => (await state()) === "confirmed", PATIENCE);
  return id;
}

/** Nothing to find on the page at `path`, for a reader of that language. */
async function expectReadable(path: string, language: keyof typeof LOCALES, heading: RegExp, token?: string) {
  const headers = token === undefined ? {} : { extraHTTPHeaders: { authorization: `Bearer ${token}` } };
  const { page, errors, context } = await visitor(web.browser, web.service.url, {
    ...{ ...PHONE, locale: LOCALES[language], ...headers },
  });
  await page.goto(path);
  await page.getByRole("heading", { level: 1, name: heading }).first().waitFor();
  expect(await page.evaluate("document.documentElement.lang")).toBe(language);
  await expectAccessible(page);
  await expectNoSideways(page);
  await picture(page, `paper${path.replace(/[0-9a-z]{16,}/g, "").replace(/\W+/g, "-")}-${language}`);
  expect(errors).toEqual([]);
  await context.close();
}

describe.skipIf(!hasChromium)("on paper", () => {
  test.each<[what: string, en: RegExp, de: RegExp]>([
    ["passes of an order", /Winter Serenade/, /Winter Serenade/],
    ["passes of a reservation", /Winter Serenade/, /Winter Serenade/],
    ["passes of the counter", /Winter Serenade/, /Winter Serenade/],
    ["no passes", /^Passes$/, /^Tickets$/],
    ["receipt of an order", /^Receipt /, /^Rechnung /],
    ["receipt of a reservation", /^Receipt /, /^Rechnung /],
    ["receipt of the counter", /^Receipt /, /^Rechnung /],
    ["no receipt", /^No receipt$/, /^Keine Rechnung$/],
    ["credit note", /^Credit note /, /^Gutschrift /],
  ])("%s", async (what, en, de) => {
    const { path = "", token } = papers[what] ?? {};
    await expectReadable(path, "en", en, token);
    await expectReadable(path, "de", de, token);
  });

  test.each<[what: string, link: string, heading: RegExp]>([
    ["passes of an order", "Drucken", /Winter Serenade/],
    ["passes of the counter", "Karten drucken", /Winter Serenade/],
    ["receipt of an order", "Rechnung", /^Rechnung /],
    ["receipt of the counter", "Rechnung", /^Rechnung /],
    ["credit note", "Gutschrift", /^Gutschrift /],
  ])("%s: in German from a page that was switched to German", async (what, link, heading) => {
    const { view = "", path = "", token } = papers[what] ?? {};
    const headers = { extraHTTPHeaders: { authorization: `Bearer ${token}` } };
    const { page, context } = await visitor(web.browser, web.service.url, { ...PHONE, ...headers });
    await page.goto(view);
    await page.getByRole("button", { name: "Deutsch" }).click();
    const opening = context.waitForEvent("page");
    await page.getByRole("link", { name: link, exact: true }).first().click();
    const paper = await opening;
    await paper.waitForURL(`**${path}?language=de`);
    expect(await paper.evaluate("document.documentElement.lang")).toBe("de");
    await paper.getByRole("heading", { level: 1, name: heading }).first().waitFor();
    await context.close();
  });
});

describe.skipIf(!hasChromium)("behind a link in a mail", () => {
  test("each page, before and after the link is used", async () => {
    const { page, errors } = await visitor(web.browser, web.service.url, PHONE);
    const arrive = async (heading: string) => {
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
      await expectAccessible(page);
      await expectNoSideways(page);
    };
    await must(client(web.service.url, buyer), "POST", "/me/email/verification");
    await page.goto(linkIn(await mailTo(web.service, "reader@example.com", /^Confirm your e-mail address$/)));
    await arrive("Is this your account?");
    await page.getByRole("button").click();
    await arrive("The address is confirmed");
    await must(client(web.service.url), "POST", "/api-auth/password-resets", { email: "reader@example.com" });
    await page.goto(linkIn(await mailTo(web.service, "reader@example.com", /^Choose a new password$/)));
    await arrive("Choose a new password");
    await page.getByLabel("New password").fill("password1");
    await page.getByRole("button").click();
    await page.getByRole("alert").waitFor();
    await arrive("Choose a new password");
    await page.getByLabel("New password").fill("a staple of another kind");
    await page.getByRole("button").click();
    await arrive("The password is changed");
    expect(errors).toEqual([]);
  });

  test.each(["en", "de"] as const)("a link that is not valid, %s", async (language) => {
    const heading = language === "en" ? /not valid any more/ : /gilt nicht mehr/;
    await expectReadable(`/links/${"0".repeat(32)}`, language, heading);
  });
});

describe.skipIf(!hasChromium)("for who programs", () => {
  test.each([
    ["/problems", /^Problems$/],
    ["/problems/sold-out", /^Not enough tickets left$/],
  ])("%s", async (path, heading) => {
    await expectReadable(path, "en", heading);
  });

  test("/docs, apart from what is within Swagger UI", async () => {
    const { page, errors } = await visitor(web.browser, web.service.url);
    await page.goto("/docs");
    await page.getByRole("heading", { level: 1, name: /^Ticket Overlord/ }).waitFor();
    await page
      .getByRole("button", { name: /register/ })
      .first()
      .waitFor();
    await expectRules(page, RULES_OF_FRAME, page.url());
    expect(errors).toEqual([]);
  });
});
