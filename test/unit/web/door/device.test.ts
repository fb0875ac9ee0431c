// What a device at the door says and keeps, with the network and without.

import { beforeEach, describe, expect, test } from "vitest";
import type { Verdict } from "../../../../src/web/door/core/device.ts";
import { concernOf, isWaiting } from "../../../../src/web/door/core/scan.ts";
import { codeOf, passIdAt } from "./model-service.ts";
import { Device, type Fate, type Tab, World } from "./world.ts";

const [ONE, TWO] = [passIdAt(1), passIdAt(2)];
const CODE = codeOf(ONE);
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

let world: World;
let device: Device;
let tab: Tab;
beforeEach(async () => {
  world = new World(30);
  device = new Device(world, "North");
  tab = device.open();
  await tab.readList();
});

const said = ({ outcome, isAlone }: Verdict) => `${outcome.result}${isAlone ? ", alone" : ""}`;
const waiting = () => [...device.store.scans.values()].filter(isWaiting).length;
const concerns = (of = device) => [...of.store.scans.values()].flatMap((scan) => concernOf(scan)?.type ?? []);
const refund = (number: number) => world.service.set({ ...world.service.passAt(number), revokedAtMs: world.nowMs });
const passOn = (number: number) =>
  world.service.set({ ...world.service.passAt(number), generation: world.service.passAt(number).generation + 1 });
const later = (ms = MINUTE_MS) => {
  world.nowMs += ms;
};

describe("with the network", () => {
  test("the service decides, and nothing waits", async () => {
    expect(said(await tab.scan(CODE))).toBe("admitted");
    later();
    const again = await tab.scan(CODE);
    expect(said(again)).toBe("already_admitted");
    expect(again.outcome).toMatchObject({ atMs: world.nowMs - MINUTE_MS, gate: "North" });
    expect(waiting()).toBe(0);
  });

  test("what is no code, or a forged one, is unknown without asking", async () => {
    world.fates.push("is lost");
    for (const code of ["https://shop.example", "", codeOf(ONE, 0, true), codeOf(ONE).toLowerCase()]) {
      expect(said(await tab.scan(code)), code).toBe("unknown, alone");
    }
    expect(world.fates).toHaveLength(1);
  });

  test("a holder who has lost the code goes in by the pass", async () => {
    passOn(1);
    expect(said(await tab.scanPass(ONE))).toBe("admitted");
    expect(said(await tab.scan(codeOf(ONE, 1)))).toBe("already_admitted");
  });

  test.each<Fate>(["is lost", "reply is lost", "is late", "signed_out", "slow_down"])(
    "the device decides where a request %s, and the service has it once in the end",
    async (fate) => {
      world.fates.push(fate);
      expect(said(await tab.scan(CODE))).toBe("admitted, alone");
      expect(waiting()).toBe(1);
      later();
      world.deliverLate();
      expect(await tab.bringIn()).toEqual(new Map());
      expect([waiting(), concerns()]).toEqual([0, []]);
      expect(world.service.records.size).toBe(1);
      expect(said(await tab.scan(CODE))).toBe("already_admitted");
    },
  );

  test("to whom the door is closed, the device does not go on opening it", async () => {
    world.fates.push("not_crew");
    expect(said(await tab.scan(CODE))).toBe("not_crew, alone");
    expect(tab.failures).toEqual([{ type: "not_crew" }]);
    expect(said(await tab.scan(CODE))).toBe("admitted");
  });

  test("whom the service let in while the tab crashed is let in once they scan again", async () => {
    world.fates.push("hangs");
    void tab.scan(CODE);
    await expect.poll(() => world.service.records.size).toBe(1);
    tab.crash();
    const next = device.open();
    expect(said(await next.scan(CODE))).toBe("admitted");
    expect(said(await next.scan(CODE))).toBe("already_admitted");
    expect(world.service.records.size).toBe(2);
  });

  test("an old refusal whose reply was lost is not repeated once doors are open", async () => {
    world.service.doorsOpenAtMs = world.nowMs + MINUTE_MS;
    await tab.readList();
    world.fates.push("reply is lost");
    expect(said(await tab.scan(CODE))).toBe("too_early, alone");
    expect(waiting()).toBe(0);
    later(2 * MINUTE_MS);
    expect(said(await tab.scan(CODE))).toBe("admitted");
  });

  test("whom the service let in by a lost reply is let in, though the device had refused them", async () => {
    refund(1);
    await tab.readList();
    // The refund is taken back, which the device has not heard of.
    world.service.set({ ...world.service.passAt(1), revokedAtMs: null });
    world.fates.push("reply is lost");
    expect(said(await tab.scan(CODE))).toBe("revoked, alone");
    later();
    expect(said(await tab.scan(CODE))).toBe("admitted");
    expect(said(await tab.scan(CODE))).toBe("already_admitted");
  });

  test("a lost code is decided by the service alone, and a repeat finds what it decided", async () => {
    world.fates.push("reply is lost");
    expect(said(await tab.scanPass(ONE))).toBe("undecided, alone");
    expect(said(await tab.scanPass(ONE))).toBe("admitted");
    expect(said(await tab.scanPass(ONE))).toBe("already_admitted");
  });

  test("a pass that this device let in alone is not asked about until that is brought in", async () => {
    device.isOnline = false;
    expect(said(await tab.scan(CODE))).toBe("admitted, alone");
    device.isOnline = true;
    expect(said(await tab.scan(CODE))).toBe("already_admitted, alone");
    expect(said(await tab.scan(codeOf(TWO)))).toBe("admitted");
  });
});

describe("without the network", () => {
  beforeEach(() => {
    device.isOnline = false;
  });

  test("a good code goes in once, with when and where", async () => {
    expect(said(await tab.scan(CODE))).toBe("admitted, alone");
    later();
    const again = await device.open().scan(CODE);
    expect(said(again)).toBe("already_admitted, alone");
    expect(again.outcome.gate).toBe("North");
    expect(Math.abs((again.outcome.atMs ?? 0) + MINUTE_MS - world.nowMs)).toBeLessThanOrEqual(SECOND_MS);
    expect(waiting()).toBe(1);
  });

  test("what the list says counts", async () => {
    refund(1);
    passOn(2);
    passOn(2);
    device.isOnline = true;
    await tab.readList();
    await new Device(world, "South").open().scan(codeOf(passIdAt(3)));
    device.isOnline = false;
    expect(said(await tab.scan(CODE))).toBe("revoked, alone");
    expect(said(await tab.scan(codeOf(TWO, 1)))).toBe("revoked, alone");
    expect(said(await tab.scan(codeOf(TWO, 2)))).toBe("admitted, alone");
    // The list was read before that.
    expect(said(await tab.scan(codeOf(passIdAt(3))))).toBe("admitted, alone");
    expect(waiting()).toBe(2);
  });

  test("a code that is newer than the list is good, and its older one is not any more", async () => {
    expect(said(await tab.scan(codeOf(ONE, 3)))).toBe("admitted, alone");
    expect(said(await tab.scan(CODE))).toBe("already_admitted, alone");
  });

  test("whoever was let in here stays in, also when the pass was passed on since", async () => {
    expect(said(await tab.scan(CODE))).toBe("admitted, alone");
    passOn(1);
    device.isOnline = true;
    await tab.readList();
    device.isOnline = false;
    expect(said(await tab.scan(codeOf(ONE, 1)))).toBe("already_admitted, alone");
  });

  test("a code of another event is refused", async () => {
    const other = ONE.replace(/^t+/, (symbols) => "s".repeat(symbols.length));
    expect(said(await tab.scan(codeOf(other)))).toBe("wrong_event, alone");
    expect(waiting()).toBe(0);
  });

  test("before doors open nobody goes in, and nothing of it is brought in", async () => {
    world.service.doorsOpenAtMs = world.nowMs + MINUTE_MS;
    device.isOnline = true;
    await tab.readList();
    device.isOnline = false;
    const early = await tab.scan(CODE);
    expect([said(early), early.outcome.doorsOpenAtMs]).toEqual(["too_early, alone", world.service.doorsOpenAtMs]);
    later(2 * MINUTE_MS);
    device.isOnline = true;
    await tab.bringIn();
    expect(world.service.records.size).toBe(0);
    expect(said(await tab.scan(CODE))).toBe("admitted");
  });

  test("out and in again where the event allows it", async () => {
    expect(said(await tab.scan(CODE, "out"))).toBe("reentry_not_allowed, alone");
    world.service.reentry = true;
    device.isOnline = true;
    await tab.readList();
    device.isOnline = false;
    expect(said(await tab.scan(CODE, "out"))).toBe("not_admitted, alone");
    const steps = ["in", "in", "out", "out", "in", "in", "out"] as const;
    const results: string[] = [];
    for (const direction of steps) {
      later();
      results.push((await tab.scan(CODE, direction)).outcome.result);
    }
    expect(results).toEqual([
      ...["admitted", "already_admitted", "went_out", "already_out", "readmitted", "already_admitted", "went_out"],
    ]);
    device.isOnline = true;
    await tab.bringIn();
    expect([waiting(), concerns()]).toEqual([0, []]);
    expect(world.service.passAt(1).outSinceMs).toBe(world.nowMs);
  });

  test("without a list, or with half of one, nothing is decided", async () => {
    const fresh = new Device(world, "East");
    fresh.isOnline = false;
    expect(said(await fresh.open().scan(CODE))).toBe("undecided, alone");
    for (const number of [1, 2, 3, 4, 5]) refund(number);
    fresh.isOnline = true;
    world.fates.push("arrives", "is lost");
    expect(await fresh.open().readList()).toEqual({ type: "unreachable" });
    fresh.isOnline = false;
    expect(said(await fresh.open().scan(CODE))).toBe("undecided, alone");
    fresh.isOnline = true;
    expect(await fresh.open().readList()).toBeNull();
    fresh.isOnline = false;
    expect(said(await fresh.open().scan(CODE))).toBe("revoked, alone");
    expect(said(await fresh.open().scan(codeOf(passIdAt(6))))).toBe("admitted, alone");
  });

  test("ten scans are brought in, and the one that another gate had first is reported", async () => {
    for (let number = 1; number <= 10; number++) {
      later();
      await tab.scan(codeOf(passIdAt(number)));
    }
    expect(waiting()).toBe(10);
    device.isOnline = true;
    world.nowMs -= 20 * MINUTE_MS;
    await new Device(world, "South").open().scan(codeOf(passIdAt(7)));
    world.nowMs += 30 * MINUTE_MS;
    await tab.bringIn();
    expect([waiting(), concerns()]).toEqual([0, ["refused_later"]]);
    const scan = [...device.store.scans.values()].find(({ passId }) => passId === passIdAt(7));
    expect(scan?.answer).toMatchObject({ result: "already_admitted", gate: "South" });
  });

  test("who went in later with the same pass elsewhere is reported", async () => {
    await tab.scan(CODE);
    later();
    expect(said(await new Device(world, "South").open().scan(CODE))).toBe("admitted");
    device.isOnline = true;
    await tab.bringIn();
    expect(concerns()).toEqual(["two_inside"]);
  });
});

describe("bringing in", () => {
  beforeEach(async () => {
    device.isOnline = false;
    for (const number of [1, 2, 3]) await tab.scan(codeOf(passIdAt(number)));
    device.isOnline = true;
  });

  test.each<Fate>(["is lost", "reply is lost", "signed_out", "not_crew", "slow_down"])(
    "loses nothing where its request %s",
    async (fate) => {
      world.fates.push(fate);
      expect((await tab.bringIn()).size).toBe(1);
      expect(waiting()).toBe(3);
      expect((await device.open().bringIn()).size).toBe(0);
      expect([waiting(), concerns(), world.service.records.size]).toEqual([0, [], 3]);
    },
  );

  test("by two tabs at a time counts once", async () => {
    await Promise.all([tab.bringIn(), device.open().bringIn()]);
    expect([waiting(), concerns(), world.service.records.size]).toEqual([0, [], 3]);
  });

  test("goes on past one that the service can't read", async () => {
    world.fates.push("refused", "arrives", "refused", "refused", "arrives");
    expect(await tab.bringIn()).toEqual(new Map());
    expect([waiting(), concerns(), world.service.records.size]).toEqual([0, ["refused_later"], 2]);
  });

  test("has no trouble with more than fit into one request", async () => {
    const crowd = new World(450);
    const gate = new Device(crowd, "North");
    await gate.open().readList();
    gate.isOnline = false;
    for (let number = 1; number <= 450; number++) await gate.open().scan(codeOf(passIdAt(number)));
    gate.isOnline = true;
    crowd.fates.push("arrives", "reply is lost");
    await gate.open().bringIn();
    expect([...gate.store.scans.values()].filter(isWaiting)).toHaveLength(250);
    await gate.open().bringIn();
    expect([...gate.store.scans.values()].filter(isWaiting)).toHaveLength(0);
    expect(crowd.service.records.size).toBe(450);
  });
});

test("a device whose clock is wrong by minutes says when it was by the service's", async () => {
  const fast = new Device(world, "East", 7 * MINUTE_MS);
  await fast.open().readList();
  fast.isOnline = false;
  await fast.open().scan(CODE);
  const atMs = [...fast.store.scans.values()][0]?.atMs ?? 0;
  expect(Math.abs(atMs - world.nowMs)).toBeLessThanOrEqual(SECOND_MS);
});

test("a clock that is set back does not turn in and out around", async () => {
  world.service.reentry = true;
  await tab.readList();
  device.isOnline = false;
  await tab.scan(CODE);
  world.nowMs -= 5 * MINUTE_MS;
  await tab.scan(CODE, "out");
  await tab.scan(CODE);
  world.nowMs += 10 * MINUTE_MS;
  device.isOnline = true;
  await tab.bringIn();
  expect([waiting(), concerns()]).toEqual([0, []]);
  expect(world.service.passAt(1)).toMatchObject({ outSinceMs: null });
});

test("an older list does not make valid what the device has learned to be inside", async () => {
  refund(2);
  world.service.set({ ...world.service.passAt(1) });
  const { store } = device;
  const startedAt = await store.count();
  const old = world.service.door("0", 10);
  expect(said(await tab.scan(CODE))).toBe("admitted");
  const cursor = (await store.list("eeeeeeeeeeeeeee0"))?.cursor;
  expect(await store.addPage("eeeeeeeeeeeeeee0", old, startedAt, world.nowMs)).toBe(false);
  expect((await store.list("eeeeeeeeeeeeeee0"))?.cursor).toBe(cursor);
  device.isOnline = false;
  expect(said(await tab.scan(CODE))).toBe("already_admitted, alone");
  expect(said(await tab.scan(codeOf(TWO)))).toBe("revoked, alone");
});

test("a scan that the service refuses to read is asked three times, and lets nobody in; one refusal is overcome", async () => {
  world.fates.push("refused", "refused", "refused");
  expect(said(await tab.scan(CODE))).toBe("not_accepted");
  expect([waiting(), concerns(), world.service.records.size]).toEqual([0, [], 0]);
  world.fates.push("refused");
  expect(said(await tab.scan(CODE))).toBe("admitted");
});
