// Codes of passes: what is written is read again, and nothing that differs in the least is genuine.

import fc from "fast-check";
import { importJWK } from "jose";
import { describe, expect, test } from "vitest";
import { bytesToSign, readPassCode, writePassCode } from "../../../../src/domain/pass-code.ts";
import { passCode, publicPassKeys, verifyPassCode } from "../../../../src/worker/passes/pass-keys.ts";

const FIRST = `1:${"5eed".repeat(16)}`;
const SECOND = `2:${"0dd5".repeat(16)}`;
const PASS_KEYS = { PASS_KEYS: FIRST };
const PASS_ID = "9a7rezj7g0dtfdr1-01jv0ks3h0123456789abcdefghjk-3";
const OF_AN_EARLIER_VERSION = "9a7rezj7g0dtfdr1-0123456789abcdefghjk-1000";
/** Saved when the form was made: codes that people have printed must go on working. */
const CODE =
  "TO1:W507J9 5HY19EM346NB200DM6M45C0+CIGF7R.KS2M1K4B8GLD0MZL/V39QTG/M1V0OWDPKP*14S78ZZ65J3CW4GI4SKHM-NZTFK-GD79E0LNW9YXME232:H9.CP$3YV5EPO1L5XRCPF5JREE0";

const CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const symbols = (length: number) =>
  fc.array(fc.constantFrom(..."0123456789abcdefghjkmnpqrstvwxyz"), { minLength: length, maxLength: length });
const claims = fc.record({
  passId: fc
    .tuple(symbols(16), fc.constantFrom("", "01jv0ks3h", "zzzzzzzzz"), symbols(20), fc.integer({ min: 1, max: 1_000 }))
    .map(([ticketType, time, unique, number]) => `${ticketType.join("")}-${time}${unique.join("")}-${number}`),
  generation: fc.integer({ min: 0, max: 255 }),
});

test("today's code of a pass is the one of the first release, and is genuine", async () => {
  expect(await passCode(PASS_KEYS, PASS_ID, 2)).toBe(CODE);
  expect(await verifyPassCode(PASS_KEYS, CODE)).toEqual({ passId: PASS_ID, generation: 2 });
});

test("a code has 150 characters of a QR code's alphanumeric mode, and says its pass and generation", async () => {
  await fc.assert(
    fc.asyncProperty(claims, async (claim) => {
      const code = await passCode(PASS_KEYS, claim.passId, claim.generation);
      expect(code).toHaveLength(150);
      expect([...code].every((character) => CHARACTERS.includes(character))).toBe(true);
      expect(await verifyPassCode(PASS_KEYS, code)).toEqual(claim);
    }),
  );
});

test("an id of an earlier version, which has no time, has a code", async () => {
  const code = await passCode(PASS_KEYS, OF_AN_EARLIER_VERSION, 255);
  expect(await verifyPassCode(PASS_KEYS, code)).toEqual({ passId: OF_AN_EARLIER_VERSION, generation: 255 });
});

describe("is unknown", () => {
  test("with any one bit of its text flipped", async () => {
    const flipped = [...CODE].flatMap((character, at) =>
      Array.from({ length: 8 }, (_, bit) => {
        const other = String.fromCharCode(character.charCodeAt(0) ^ (1 << bit));
        return CODE.slice(0, at) + other + CODE.slice(at + 1);
      }),
    );
    const taken = await Promise.all(flipped.map((code) => verifyPassCode(PASS_KEYS, code)));
    expect(taken).toHaveLength(1_200);
    expect(taken.filter((claim) => claim !== null)).toEqual([]);
  });

  test("with any one bit of its bytes flipped", async () => {
    const { signed, signature } = readPassCode(CODE) ?? expect.fail("no code");
    const bytes = [...signed, ...signature];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const other = Uint8Array.from(bytes);
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const code = writePassCode(other.subarray(0, 33), other.subarray(33));
      expect(await verifyPassCode(PASS_KEYS, code), `bit ${bit}`).toBeNull();
    }
  });

  test.each<[what: string, code: string]>([
    ["nothing", ""],
    ["the prefix alone", "TO1:"],
    ["without its prefix", CODE.slice(4)],
    ["another prefix", `TO2:${CODE.slice(4)}`],
    ["in lower case", CODE.toLowerCase()],
    ["with a blank behind it", `${CODE} `],
    ["with a line's end behind it", `${CODE}\n`],
    ["with a blank before it", ` ${CODE}`],
    ["with more behind it", `${CODE}000`],
    ["cut short", CODE.slice(0, -3)],
    ["twice", CODE + CODE],
    ["not base 45", `TO1:${"_".repeat(146)}`],
    ["zeros", `TO1:${"0".repeat(146)}`],
    ["more than its bytes hold", `TO1:${":".repeat(146)}`],
  ])("%s", async (_what, code) => {
    expect(await verifyPassCode(PASS_KEYS, code)).toBeNull();
  });

  test.each([0, 2, 255])("of version %i, though well signed", async (version) => {
    expect(await verifyPassCode(PASS_KEYS, await signedAnew((bytes) => (bytes[0] = version)))).toBeNull();
  });

  test.each([0, 1_001, 32_767])("of number %i, though well signed", async (number) => {
    const code = await signedAnew((bytes) => {
      // The last 15 of the bits before the generation.
      bytes[30] = ((bytes[30] ?? 0) & 128) | (number >> 8);
      bytes[31] = number & 255;
    });
    expect(await verifyPassCode(PASS_KEYS, code)).toBeNull();
  });

  test("of another key: one that is not ours, one that was taken away, one that names ours", async () => {
    const code = await passCode({ PASS_KEYS: SECOND }, PASS_ID, 0);
    expect(await verifyPassCode(PASS_KEYS, code)).toBeNull();
    const naming = await passCode({ PASS_KEYS: SECOND.replace("2:", "1:") }, PASS_ID, 0);
    expect(await verifyPassCode(PASS_KEYS, naming)).toBeNull();
    expect(await verifyPassCode({ PASS_KEYS: SECOND }, CODE)).toBeNull();
  });
});

test("the first key signs, and the others verify: a new key leaves printed codes alone", async () => {
  const rotated = { PASS_KEYS: `${SECOND},${FIRST}` };
  const fresh = await passCode(rotated, PASS_ID, 2);
  expect(fresh).not.toBe(CODE);
  expect(readPassCode(fresh)?.keyNumber).toBe(2);
  for (const code of [CODE, fresh]) {
    expect(await verifyPassCode(rotated, code)).toEqual({ passId: PASS_ID, generation: 2 });
  }
});

test("who has the published keys alone can verify, and can't sign", async () => {
  const [key = expect.fail("no key"), ...others] = await publicPassKeys({ PASS_KEYS: `${FIRST},${SECOND}` });
  expect(others.map(({ kid }) => kid)).toEqual(["2"]);
  expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
  const publicKey = (await importJWK(key)) as CryptoKey;
  expect(publicKey.usages).toEqual(["verify"]);
  const { signed, signature, keyNumber } = readPassCode(CODE) ?? expect.fail("no code");
  expect(`${keyNumber}`).toBe(key.kid);
  expect(await crypto.subtle.verify("Ed25519", publicKey, signature, signed)).toBe(true);
});

test("without a key there are no codes, and the error shows nothing of a wrong one", async () => {
  await expect(passCode({}, PASS_ID, 0)).rejects.toThrow(/^PASS_KEYS must list keys/);
  await expect(passCode({ PASS_KEYS: "1:my-secret" }, PASS_ID, 0)).rejects.not.toThrow(/my-secret/);
});

test("only a pass has a code", async () => {
  await expect(passCode(PASS_KEYS, "9a7rezj7g0dtfdr1-01jv0ks3h0123456789abcdefghjk-0", 0)).rejects.toThrow(TypeError);
});

/** A code of other bytes, with the service's own signature. */
async function signedAnew(change: (bytes: Uint8Array) => void): Promise<string> {
  const bytes = bytesToSign({ passId: PASS_ID, generation: 0 }, 1);
  change(bytes);
  const pkcs8 = Buffer.from(`302e020100300506032b657004220420${FIRST.slice(2)}`, "hex");
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  return writePassCode(bytes, new Uint8Array(await crypto.subtle.sign("Ed25519", key, bytes)));
}
