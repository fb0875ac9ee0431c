// The small parts of a device at the door: its clock, its camera's sightings, what it verifies.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesToSign, writePassCode } from "../../../../src/domain/pass-code.ts";
import { verifyCode } from "../../../../src/web/door/device/verify.ts";
import { Sightings } from "../../../../src/web/door/scanner/sightings.ts";
import { type ClockOffset, observed, serviceTime } from "../../../../src/web/ui/clock-offset.ts";
import { passIdAt } from "./model-service.ts";

const NOON = Date.parse("2027-08-14T12:00:00Z");

describe("the clock", () => {
  /** A reply that was on its way for `tookMs` each way, to a device that is `aheadMs` ahead. */
  function replyAt(before: ClockOffset | null, serviceMs: number, aheadMs: number, tookMs: number): ClockOffset | null {
    const date = new Date(serviceMs).toUTCString();
    return observed(before, date, serviceMs - tookMs + aheadMs, serviceMs + tookMs + aheadMs);
  }

  test("one reply tells it to a second and what the reply took; more of them never make it worse", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -3_600_000, max: 3_600_000 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 800 })), { minLength: 1 }),
        (aheadMs, replies) => {
          let offset: ClockOffset | null = null;
          let widthMs = Number.POSITIVE_INFINITY;
          let nowMs = NOON;
          for (const [laterMs, tookMs] of replies) {
            nowMs += laterMs;
            offset = replyAt(offset, nowMs, aheadMs, tookMs);
            if (offset === null) throw new Error("nothing observed");
            expect(offset.leastMs).toBeLessThanOrEqual(-aheadMs);
            expect(offset.mostMs).toBeGreaterThanOrEqual(-aheadMs);
            expect(offset.mostMs - offset.leastMs).toBeLessThanOrEqual(Math.min(widthMs, 1_000 + 2 * tookMs));
            widthMs = offset.mostMs - offset.leastMs;
            expect(Math.abs(serviceTime(offset, nowMs + aheadMs) - nowMs)).toBeLessThanOrEqual(widthMs / 2 + 1);
          }
        },
      ),
    );
  });

  test("a clock that somebody has set is learned anew", () => {
    const before = replyAt(null, NOON, 0, 50);
    const after = replyAt(before, NOON + 60_000, 300_000, 50);
    expect(Math.abs(serviceTime(after, NOON + 360_000) - (NOON + 60_000))).toBeLessThanOrEqual(1_100);
  });

  test.each([null, "", "yesterday"])("%s as a date changes nothing, nor does a clock set back meanwhile", (date) => {
    const before = replyAt(null, NOON, 0, 50);
    expect(observed(before, date, NOON, NOON + 1)).toBe(before);
    expect(observed(before, new Date(NOON).toUTCString(), NOON + 1, NOON)).toBe(before);
  });

  test("before the first reply the device's own clock counts", () => {
    expect(serviceTime(null, NOON)).toBe(NOON);
  });
});

describe("what the camera sees", () => {
  test("a code that is held still is scanned once, and again after it was gone", () => {
    const sightings = new Sightings();
    expect(sightings.isNew("A", 0)).toBe(true);
    for (let ms = 100; ms <= 10_000; ms += 100) expect(sightings.isNew("A", ms)).toBe(false);
    expect(sightings.isNew("B", 10_100)).toBe(true);
    expect(sightings.isNew("A", 10_200)).toBe(true);
    expect(sightings.isNew("A", 11_800)).toBe(true);
  });

  test("the one that a verdict is about is not scanned again when the verdict goes; another one is", () => {
    const sightings = new Sightings();
    sightings.isNew("A", 0);
    for (let ms = 100; ms <= 5_000; ms += 100) sightings.keep(ms % 200 === 0 ? "A" : "B", ms);
    expect(sightings.isNew("A", 5_100)).toBe(false);
    expect(sightings.isNew("B", 5_200)).toBe(true);
  });
});

describe("a code", async () => {
  const { publicKey, privateKey } = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const { x = "" } = (await crypto.subtle.exportKey("jwk", publicKey)) as JsonWebKey;
  const signed = bytesToSign({ passId: passIdAt(1), generation: 2 }, 7);
  const code = writePassCode(signed, new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, signed)));

  test("of a key of the door is genuine; with one bit changed it is not", async () => {
    expect(await verifyCode(code, [{ number: 7, x }])).toBe("genuine");
    const other = bytesToSign({ passId: passIdAt(2), generation: 2 }, 7);
    const moved = writePassCode(other, new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, signed)));
    expect(await verifyCode(moved, [{ number: 7, x }])).toBe("forged");
    expect(await verifyCode("TO1:NOTHING", [{ number: 7, x }])).toBe("forged");
  });

  test("of a key that the device does not have, or can't use, is for the service to tell", async () => {
    expect(await verifyCode(code, [{ number: 6, x }])).toBe("unverifiable");
    expect(await verifyCode(code, [])).toBe("unverifiable");
    expect(await verifyCode(code, [{ number: 7, x: "no key" }])).toBe("unverifiable");
  });
});
