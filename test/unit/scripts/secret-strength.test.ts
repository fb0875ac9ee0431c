// A secret that a person thought of is not taken for a random one.

import { randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { strengthBits } from "../../../scripts/lib/secret-strength.ts";

const ENOUGH = 128;

test.each([
  "",
  "a".repeat(64),
  "0123456789abcdef".repeat(4),
  "zyxwvutsrqponmlkjihgfedcba987654321",
  "x9".repeat(32),
  "changemechangemechangemechangeme",
  "qwertyuiopasdfghjklzxcvbnm1234567890",
  "1q2w3e4r5t6y7u8i9o0p1q2w3e4r5t6y7u8i9o0p",
  "Password123!Password456!Password789!",
  "correct horse battery staple correct horse",
  "the-quick-brown-fox-jumps-over-the-lazy-dog-12345",
  "my-super-secret-session-key-for-production-2026",
  // Those that stand in this repository.
  "only-for-tests-0123456789abcdef0123456789abcdef",
  "only-for-crash-histories-0123456789abcdef",
])("%j can be guessed", (secret) => {
  expect(strengthBits(secret)).toBeLessThan(ENOUGH);
});

test.each<[string, () => string]>([
  ["32 random bytes in hex", () => randomBytes(32).toString("hex")],
  ["48 random bytes in Base64", () => randomBytes(48).toString("base64")],
  ["two random UUIDs", () => randomUUID() + randomUUID()],
])("%s can't", (_name, make) => {
  const weakest = Math.min(...Array.from({ length: 1_000 }, () => strengthBits(make())));
  expect(weakest).toBeGreaterThan(ENOUGH);
});

test.each([
  ["equal characters", "aaaaaaaa", 0],
  ["a sequence, up", "abcdefgh", 8],
  ["a sequence, down", "87654321", 8],
  ["a word", "Winter", 12],
  ["two words that are not one", "winterSummer", 24],
  ["a word and itself again", "winterwinter", 12],
  ["characters drawn from four", "k7?Z", 8],
])("%s: %s", (_name, secret, bits) => {
  expect(Math.round(strengthBits(secret))).toBe(bits);
});
