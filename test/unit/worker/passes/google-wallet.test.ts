// The link that saves a pass to Google Wallet: its signature, what it says, how long it is.

import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { settingsOf } from "../../../../src/platform/settings.ts";
import { googleWalletLink, LONGEST_LINK, type WalletPass } from "../../../../src/worker/passes/google-wallet.ts";

const NOW = Date.UTC(2031, 4, 1);
const CODE = `TO1:${"W507J9 5HY".repeat(14)}ABCDEF`;
const pemOf = (modulusLength: number) =>
  generateKeyPairSync("rsa", { modulusLength }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const KEY = pemOf(2_048);
const SETTINGS = { issuer: "3388000000012345678", email: "wallet@my-project.iam.gserviceaccount.com", key: KEY };

const PASS: WalletPass = {
  id: "9a7rezj7g0dtfdr1-01jv0ks3h0123456789abcdefghjk-3",
  generation: 2,
  ticket_type: { id: "9a7rezj7g0dtfdr1", name: "Stalls" },
  price_name: "Adult",
  holder_name: "Ada Lovelace",
  event: {
    ...{ id: "3k9w0c1v7m2x8q4d", name: "An evening", venue: "Town hall", status: "published" },
    ...{ starts_at: "2031-06-01T18:30:00.000Z", ends_at: "2031-06-01T21:00:00.000Z", timezone: "Europe/Berlin" },
  },
  code: CODE,
};

/** As Google reads it: with the public key of the service account. */
async function read(link: string, key = KEY) {
  const [, token = ""] = /^https:\/\/pay\.google\.com\/gp\/v\/save\/([\w-]+\.[\w-]+\.[\w-]+)$/.exec(link) ?? [];
  const { payload, protectedHeader } = await jwtVerify(token, createPublicKey(key), { algorithms: ["RS256"] });
  return { claims: payload, header: protectedHeader };
}

const text = (value: string) => ({ defaultValue: { language: "en", value } });

test("it is signed by the service account, and says the pass with its code", async () => {
  const { claims, header } = await read(await googleWalletLink(SETTINGS, PASS, "Shop", NOW));
  expect(header).toEqual({ alg: "RS256", typ: "JWT" });
  expect(claims).toEqual({
    ...{ iss: SETTINGS.email, aud: "google", typ: "savetowallet", iat: NOW / 1_000, origins: [] },
    payload: {
      eventTicketClasses: [
        {
          ...{ id: "3388000000012345678.3k9w0c1v7m2x8q4d", issuerName: "Shop", reviewStatus: "UNDER_REVIEW" },
          ...{ eventName: text("An evening"), dateTime: { start: "2031-06-01T20:30:00" } },
          venue: { name: text("Town hall"), address: text("Town hall") },
        },
      ],
      eventTicketObjects: [
        {
          id: `3388000000012345678.${PASS.id}-2`,
          classId: "3388000000012345678.3k9w0c1v7m2x8q4d",
          ...{ state: "ACTIVE", barcode: { type: "QR_CODE", value: CODE } },
          ...{ ticketType: text("Stalls, Adult"), ticketHolderName: "Ada Lovelace" },
        },
      ],
    },
  });
});

test("another's key does not verify it", async () => {
  const link = await googleWalletLink(SETTINGS, PASS, "Shop", NOW);
  await expect(read(link, pemOf(2_048))).rejects.toThrow("signature verification failed");
});

test("who got the pass later has another one there", async () => {
  const links = await Promise.all(
    [2, 3].map((generation) => googleWalletLink(SETTINGS, { ...PASS, generation }, "Shop", NOW)),
  );
  const ids = await Promise.all(
    links.map(async (link) => {
      const { payload } = (await read(link)).claims as { payload: { eventTicketObjects: { id: string }[] } };
      return payload.eventTicketObjects[0]?.id;
    }),
  );
  expect(new Set(ids).size).toBe(2);
});

describe("a link is never longer than browsers take", () => {
  const LONG = { name: "W".repeat(200), venue: "V".repeat(200) };
  const wide = (letter: string) => letter.repeat(200);
  test.each<[string, Partial<WalletPass>, number]>([
    ["short texts", {}, 2_048],
    ["long texts", { event: { ...PASS.event, ...LONG }, holder_name: wide("H"), price_name: wide("P") }, 2_048],
    [
      "long texts of wide letters",
      {
        event: { ...PASS.event, name: wide("🎻"), venue: wide("演") },
        ticket_type: { id: "t", name: wide("席") },
        ...{ holder_name: wide("🎻"), price_name: wide("席") },
      },
      2_048,
    ],
    ["nothing but an event", { ticket_type: null, price_name: "", holder_name: null }, 2_048],
  ])("%s", async (_name, change, bits) => {
    const key = bits === 2_048 ? KEY : pemOf(bits);
    const link = await googleWalletLink({ ...SETTINGS, key }, { ...PASS, ...change }, wide("I"), NOW);
    expect(link.length).toBeLessThanOrEqual(LONGEST_LINK);
    const { claims } = await read(link, key);
    const [object] = (claims.payload as { eventTicketObjects: { barcode: { value: string } }[] }).eventTicketObjects;
    expect(object?.barcode.value).toBe(CODE);
  });
});

test.each([
  ["no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
  [
    "a key of another kind",
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  ],
])("%s fails, and shows nothing of it", async (_name, key) => {
  const failed = await googleWalletLink({ ...SETTINGS, key }, PASS, "Shop", NOW).catch((fault: Error) => fault);
  expect(failed).toMatchObject({ message: "GOOGLE_WALLET_KEY is no private key for RS256" });
  expect((failed as Error).cause).toBeUndefined();
});

describe("the settings", () => {
  const RIGHT = {
    GOOGLE_WALLET_ISSUER: SETTINGS.issuer,
    GOOGLE_WALLET_EMAIL: SETTINGS.email,
    GOOGLE_WALLET_KEY: KEY.replaceAll("\n", "\\n"),
  };
  test("are read, with line ends as a JSON file has them", () => {
    expect(settingsOf(RIGHT).googleWallet).toEqual(SETTINGS);
    expect(settingsOf({ ...RIGHT, GOOGLE_WALLET_KEY: KEY }).googleWallet).toEqual(SETTINGS);
  });

  test.each([
    ["none", { GOOGLE_WALLET_ISSUER: "", GOOGLE_WALLET_EMAIL: "", GOOGLE_WALLET_KEY: "" }],
    ["no issuer", { GOOGLE_WALLET_ISSUER: "" }],
    ["an issuer that is no number", { GOOGLE_WALLET_ISSUER: "BCR2DN4T" }],
    ["no address", { GOOGLE_WALLET_EMAIL: "" }],
    ["an address that is none", { GOOGLE_WALLET_EMAIL: "wallet" }],
    ["no key", { GOOGLE_WALLET_KEY: "" }],
    ["a public key", { GOOGLE_WALLET_KEY: KEY.replaceAll("PRIVATE", "PUBLIC") }],
    ["a key without its frame", { GOOGLE_WALLET_KEY: KEY.split("\n").slice(1, -2).join("\n") }],
  ])("are null with %s", (_name, change) => {
    expect(settingsOf({ ...RIGHT, ...change }).googleWallet).toBeNull();
  });
});
