// A hall, a campus, a mobile carrier: many people behind one address, within one minute's counts.

import { expect, test } from "vitest";
import { newId } from "../../../src/platform/ids.ts";
import { LIMITS } from "../../support/limits.ts";
import { type CallOptions, call, putOnSale } from "../../support/service.ts";
import { PASSWORD } from "../../support/sign-in.ts";

const PEOPLE = 200;
const ADDRESS = "192.0.2.8";

function send<const M extends string, const P extends string>(method: M, path: P, options: CallOptions) {
  const headers = { "cf-connecting-ip": ADDRESS };
  return call(method, path, { ...options, headers, settings: { RATE_LIMITS: "on", ...LIMITS } } as object);
}

test("200 people behind one address mistype, register, sign in, hold, pay, watch and refresh", async () => {
  const { ticketId } = await putOnSale({ capacity: PEOPLE });
  for (let person = 0; person < PEOPLE; person++) {
    const username = `guest-${newId()}`;
    const email = `${username}@example.test`;
    const statuses: number[] = [];
    const step = async <T extends { readonly status: number }>(reply: Promise<T>): Promise<T> => {
      statuses.push((await reply).status);
      return reply;
    };
    await step(send("POST", "/register", { body: { username, email, password: "short" } }));
    await step(send("POST", "/register", { body: { username, email, password: PASSWORD } }));
    const { body: tokens } = await step(send("POST", "/api-auth/login", { body: { username, password: PASSWORD } }));
    const token = tokens["auth-token"];
    const held = await step(send("POST", "/reservations", { token, body: { ticket: ticketId, quantity: 1 } }));
    const path = `/reservations/${held.body.id}` as const;
    await step(send("POST", `${path}/payment`, { token, body: { payment_method: "pm_card_visa" } }));
    await step(send("GET", `${path}/live`, { token }));
    await step(send("POST", "/api-auth/refresh", { body: { refresh_token: tokens.refresh_token } }));
    expect(statuses).toEqual([422, 201, 200, 201, 202, 200, 200]);
  }
  // Two hashes for each of them: 100 seconds on a machine that has nothing else to do.
}, 1_800_000);
