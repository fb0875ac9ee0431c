// What each variable means, and what it fails where it is wrong.

import { describe, expect, test } from "vitest";
import { settingsOf, wrongNumbers } from "../../../src/platform/settings.ts";

const DAY_MS = 24 * 60 * 60_000;
const SECRET = "0123456789abcdef0123456789abcdef";

describe.each([
  ["HOLD_SECONDS", ["1", "900", "86400"], ["", "0", "-1", "86401", "1.5", "15 min"], undefined],
  ["RETENTION_DAYS", ["10", "30", "3650"], ["0", "-1", "9", "3651", "30.5", "a month"], 3_650 * DAY_MS],
  ["CUSTOMER_DAYS", ["1", "90", "3650"], ["0", "-1", "3651", "30.5", "a month"], 3_650 * DAY_MS],
  ["MAX_WATCHERS", ["0", "1", "30000"], ["-1", "30001", "1.5", "1e3", " 5", "many"], 2_000],
] as const)("%s", (name, right, wrong, fallback) => {
  const read = (text: string) => {
    const settings = settingsOf({ HOLD_SECONDS: "900", [name]: text });
    return {
      HOLD_SECONDS: () => settings.holdMs,
      RETENTION_DAYS: () => settings.retentionMs,
      CUSTOMER_DAYS: () => settings.customersKeptMs,
      MAX_WATCHERS: () => settings.maxWatchers,
    }[name]();
  };
  const unit = { HOLD_SECONDS: 1_000, RETENTION_DAYS: DAY_MS, CUSTOMER_DAYS: DAY_MS, MAX_WATCHERS: 1 }[name];

  test.each(right)("may be %s", (text) => {
    expect(read(text)).toBe(Number(text) * unit);
    expect(wrongNumbers({ HOLD_SECONDS: "900", [name]: text })).toEqual([]);
  });

  test.each(wrong)("may not be %j", (text) => {
    if (fallback === undefined) expect(() => read(text)).toThrow(`${name} must be a whole number from 1 to 86400`);
    else expect(read(text)).toBe(fallback);
    const sentence = `${name} must be a whole number from .*, not ${JSON.stringify(text)}`;
    expect(wrongNumbers({ HOLD_SECONDS: "900", [name]: text })).toEqual([expect.stringMatching(sentence)]);
  });
});

test.each([undefined, ""])("a RETENTION_DAYS, CUSTOMER_DAYS or MAX_WATCHERS of %j is the default", (text) => {
  const variables = text === undefined ? {} : { RETENTION_DAYS: text, CUSTOMER_DAYS: text, MAX_WATCHERS: text };
  expect(settingsOf(variables)).toMatchObject({
    retentionMs: 30 * DAY_MS,
    customersKeptMs: 90 * DAY_MS,
    maxWatchers: 2_000,
  });
});

test.each<[current: string | undefined, previous: string | undefined, want: readonly string[] | RegExp]>([
  [SECRET, undefined, [SECRET]],
  [SECRET, "", [SECRET]],
  [SECRET, `${SECRET}0`, [SECRET, `${SECRET}0`]],
  [SECRET.slice(1), undefined, /^SESSION_SECRET must have at least 32 characters$/],
  ["", SECRET, /^SESSION_SECRET must have at least 32 characters$/],
  [undefined, undefined, /^SESSION_SECRET must have at least 32 characters$/],
  [SECRET, SECRET.slice(1), /^SESSION_SECRET_PREVIOUS must have at least 32 characters$/],
])("SESSION_SECRET=%s and SESSION_SECRET_PREVIOUS=%s: %s", (current, previous, want) => {
  const settings = settingsOf({
    ...(current === undefined ? {} : { SESSION_SECRET: current }),
    ...(previous === undefined ? {} : { SESSION_SECRET_PREVIOUS: previous }),
  });
  if (want instanceof RegExp) expect(() => settings.sessionSecrets).toThrow(want);
  else expect(settings.sessionSecrets).toEqual(want);
});

const [SEED, OTHER_SEED] = ["5eed".repeat(16), "0ff".padEnd(64, "0")];

test.each<[list: string | undefined, numbers: readonly number[] | null]>([
  [`1:${SEED}`, [1]],
  [`2:${OTHER_SEED}, 1:${SEED}`, [2, 1]],
  [`255:${SEED}`, [255]],
  [undefined, null],
  ["", null],
  ["1:", null],
  [SEED, null],
  [`0:${SEED}`, null],
  [`01:${SEED}`, null],
  [`256:${SEED}`, null],
  [`1:${SEED},1:${OTHER_SEED}`, null],
  [`1:${SEED},`, null],
  [`1:${SEED.slice(1)}`, null],
  [`1:${SEED.toUpperCase()}`, null],
  [`1:${SEED},2:changeme`, null],
])("PASS_KEYS=%s: the keys %j", (list, numbers) => {
  const settings = settingsOf(list === undefined ? {} : { PASS_KEYS: list });
  expect(settings.hasPassKeys).toBe(numbers !== null);
  if (numbers !== null) expect(settings.passKeys.map(({ number }) => number)).toEqual(numbers);
  else expect(() => settings.passKeys).toThrow(/^PASS_KEYS must list keys as <number>:<64 hexadecimal digits>/);
});

test("a variable that is wrong fails nothing else: an object opens, and only reserving fails", () => {
  // A list in wrangler.toml comes as a list, a number as a number.
  const variables = {
    HOLD_SECONDS: "soon",
    SESSION_SECRET: "short",
    ALLOWED_ORIGINS: ["https://a.test", "*"],
    MAX_WATCHERS: 7,
  };
  const settings = settingsOf(variables as unknown as Record<string, string>);
  expect(settings).toMatchObject({
    maxWatchers: 7,
    allowedOrigins: ["https://a.test"],
    paymentProvider: null,
    redis: null,
  });
  expect(() => settings.holdMs).toThrow('HOLD_SECONDS must be a whole number from 1 to 86400, not "soon"');
  expect(() => settings.sessionSecrets).toThrow("SESSION_SECRET");
});

test("variables are parsed once", () => {
  const variables = { HOLD_SECONDS: "900" };
  expect(settingsOf(variables)).toBe(settingsOf(variables));
});

test.each([
  [
    { UPSTASH_REDIS_REST_URL: "https://r.test", UPSTASH_REDIS_REST_TOKEN: "t" },
    { url: "https://r.test", token: "t" },
  ],
  [{ UPSTASH_REDIS_REST_URL: "https://r.test" }, null],
  [{ UPSTASH_REDIS_REST_URL: "https://r.test", UPSTASH_REDIS_REST_TOKEN: "" }, null],
  [{ UPSTASH_REDIS_REST_TOKEN: "t" }, null],
])("Redis by %j: %j", (variables, want) => {
  expect(settingsOf(variables).redis).toEqual(want);
});
