// A link by which a pass is saved to Google Wallet: a token that says all of it, signed by a
// service account (https://developers.google.com/wallet/tickets/events). It calls nobody.

import { importPKCS8, SignJWT } from "jose";
import { SECOND_MS } from "../../domain/units.ts";
import { ConfigurationError } from "../../platform/errors.ts";
import type { WalletSettings } from "../../platform/wallet-settings.ts";
import type { PresentedPass } from "./presenters.ts";

/** Browsers may cut longer ones, says Google. */
export const LONGEST_LINK = 1_800;
const LINK = "https://pay.google.com/gp/v/save/";
const HEADER = { alg: "RS256", typ: "JWT" } as const;
const LONGEST_ISSUER_NAME = 20;
/** To so many characters each text is cut, as few as it takes. */
const TEXT_LENGTHS = [200, 100, 60, 40, 25, 15, 8] as const;
/** With longer texts there is room for the venue, whose address Google wants, too. */
const SHORTEST_WITH_VENUE = 25;

export interface WalletPass extends Pick<PresentedPass, "id" | "ticket_type" | "price_name" | "holder_name"> {
  readonly event: NonNullable<PresentedPass["event"]>;
  readonly code: string;
  readonly generation: number;
}

// Imported once per isolate, not once per request.
const imported = new Map<string, CryptoKey>();

/** `issuerName` is shown above the pass. Throws `ConfigurationError` where the key is none. */
export async function googleWalletLink(
  { issuer, email, key }: WalletSettings,
  pass: WalletPass,
  issuerName: string,
  nowMs: number,
): Promise<string> {
  const claims = (longest: number) => ({
    iss: email,
    aud: "google",
    typ: "savetowallet",
    iat: Math.floor(nowMs / SECOND_MS),
    origins: [],
    payload: payloadOf(issuer, pass, issuerName, longest),
  });
  const privateKey = await keyOf(key);
  const { modulusLength } = privateKey.algorithm as CryptoKeyRsaKeyAlgorithm;
  const room = LONGEST_LINK - LINK.length - base64Length(modulusLength / 8);
  const fitting = TEXT_LENGTHS.find((longest) => tokenLength(claims(longest)) <= room);
  const chosen = claims(fitting ?? 0);
  return LINK + (await new SignJWT(chosen).setProtectedHeader(HEADER).sign(privateKey));
}

/** Google takes the class, which all passes of the event share, from the first link it sees. */
function payloadOf(issuer: string, pass: WalletPass, issuerName: string, longest: number) {
  const { id, generation, event, ticket_type, price_name, holder_name, code } = pass;
  const text = (value: string) => ({ defaultValue: { language: "en", value: cut(value, longest) } });
  const classId = `${issuer}.${event.id}`;
  const kind = [ticket_type?.name ?? "", price_name].filter((part) => part !== "").join(", ");
  const venue = text(event.venue);
  return {
    eventTicketClasses: [
      {
        id: classId,
        issuerName: cut(issuerName, LONGEST_ISSUER_NAME),
        reviewStatus: "UNDER_REVIEW",
        eventName: text(event.name),
        dateTime: { start: localTime(event.starts_at, event.timezone) },
        venue: longest < SHORTEST_WITH_VENUE || event.venue === "" ? undefined : { name: venue, address: venue },
      },
    ],
    eventTicketObjects: [
      {
        // Of a pass that was passed on the new holder has another one.
        id: `${issuer}.${id}-${generation}`,
        classId,
        state: "ACTIVE",
        barcode: { type: "QR_CODE", value: code },
        ticketType: kind === "" ? undefined : text(kind),
        ticketHolderName: holder_name === null ? undefined : cut(holder_name, longest),
      },
    ],
  };
}

/** Day and time there, as its visitors' clocks say them. */
function localTime(instant: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  return format.format(new Date(instant)).replace(" ", "T");
}

/** Between characters, none of which is cut in half. */
function cut(text: string, longest: number): string {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, Math.max(0, longest - 1)).join("")}…`;
}

/** Of header and claims, with their dots. */
function tokenLength(claims: object): number {
  const parts = [HEADER, claims].map((part) => new TextEncoder().encode(JSON.stringify(part)).length);
  return parts.reduce((sum, bytes) => sum + base64Length(bytes) + 1, 0);
}

function base64Length(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}

async function keyOf(pem: string): Promise<CryptoKey> {
  const known = imported.get(pem);
  if (known !== undefined) return known;
  const made = await importPKCS8(pem, HEADER.alg).catch(() => {
    // What it says of the key is for nobody's log.
    throw new ConfigurationError("GOOGLE_WALLET_KEY is no private key for RS256");
  });
  imported.set(pem, made);
  return made;
}
