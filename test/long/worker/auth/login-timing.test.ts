// Neither an answer nor the clock says whether a username is known: 200 sign-ins, at the real cost.

import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { median } from "../../../../bench/statistics.ts";
import { newId } from "../../../../src/platform/ids.ts";
import { accountByName } from "../../../../src/worker/accounts/queries.ts";
import { hashPassword } from "../../../../src/worker/auth/passwords.ts";
import { inPairs, type Pairs, wouldShow } from "../../../support/pairs.ts";
import { call, newPerson, seen } from "../../../support/service.ts";
import { ALARM_DEVIATIONS, signedRankDeviations } from "../../../support/signed-rank.ts";

const MOST_PAIRS = 160;

let username: string;

beforeAll(async () => {
  username = (await newPerson()).username;
  const hash = await hashPassword("correct horse battery");
  await env.DB.prepare("UPDATE accounts SET password_hash = ? WHERE username = ?").bind(hash, username).run();
});

function signIn(name: string) {
  return call("POST", "/api-auth/login", { body: { username: name, password: "incorrect horse" } });
}

/** As long as the known one, and another each time. */
function unknown(): string {
  return `person-${newId()}`;
}

function figures({ differencesMs, medianMs }: Pairs): string {
  const off = `${median(differencesMs)} ms, ${signedRankDeviations(differencesMs)} deviations`;
  return `${differencesMs.length} pairs of ${medianMs} ms, median difference ${off}`;
}

test("a wrong password and an unknown user can't be told apart, by answer or by time", async () => {
  const tenth = (medianMs: number) => medianMs / 10;
  const reference = seen(await signIn(username));
  const asReference = async (name: string) => expect(seen(await signIn(name))).toEqual(reference);
  const plan = { least: 100, most: MOST_PAIRS, shownMs: tenth };
  const pairs = await inPairs(
    () => asReference(username),
    () => asReference(unknown()),
    plan,
  );
  expect(signedRankDeviations(pairs.differencesMs), figures(pairs)).toBeLessThan(ALARM_DEVIATIONS);
  // The positive control: the same sign-ins are told apart once either kind is slower, by a tenth
  // of a sign-in where the machine has a core to spare, by half of one in any case. A hash that is
  // skipped would be the whole of it.
  const isQuiet = pairs.differencesMs.length < MOST_PAIRS;
  expect(wouldShow(pairs, isQuiet ? tenth(pairs.medianMs) : pairs.medianMs / 2), figures(pairs)).toBe(true);
}, 600_000);

// Beside the hash, which hides little things, only the look-up differs. 2 ms are a hundredth of a
// sign-in.
test("looking up a user that is there takes as long as one that is not, to 2 ms", async () => {
  const shownMs = () => 2;
  const lookUp = (name: string) => accountByName(env.DB, name);
  const plan = { least: 200, most: 2_000, shownMs };
  const pairs = await inPairs(
    () => lookUp(username),
    () => lookUp(unknown()),
    plan,
  );
  expect(wouldShow(pairs, shownMs()), figures(pairs)).toBe(true);
}, 60_000);
