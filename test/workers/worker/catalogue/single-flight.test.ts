// One trip for all who ask at the same moment, each in a request of its own, whatever becomes of
// the one who makes it.

import { expect, test, vi } from "vitest";
import { singleFlight } from "../../../../src/worker/catalogue/single-flight.ts";

let keys = 0;
function newKey(): string {
  keys += 1;
  return `key ${keys}`;
}

function after<T>(ms: number, value: T): () => Promise<T> {
  return vi.fn(async () => {
    await scheduler.wait(ms);
    return value;
  });
}

test("all who ask while one is loading get what that one gets", async () => {
  const [key, load] = [newKey(), after(30, { n: 1 })];
  const all = await Promise.all(Array.from({ length: 100 }, () => singleFlight(key, load)));
  expect(load).toHaveBeenCalledTimes(1);
  expect(all).toEqual(Array.from({ length: 100 }, () => ({ n: 1 })));
});

test("whoever asks after it has landed sets out anew", async () => {
  const [key, load] = [newKey(), after(1, "x")];
  await singleFlight(key, load);
  await singleFlight(key, load);
  expect(load).toHaveBeenCalledTimes(2);
});

test("another key is another trip", async () => {
  const [one, other] = [after(20, 1), after(20, 2)];
  expect(await Promise.all([singleFlight(newKey(), one), singleFlight(newKey(), other)])).toEqual([1, 2]);
});

test("undefined, null and false are outcomes like others", async () => {
  for (const value of [undefined, null, false]) {
    const [key, load] = [newKey(), after(10, value)];
    expect(await Promise.all([singleFlight(key, load), singleFlight(key, load)])).toEqual([value, value]);
    expect(load).toHaveBeenCalledTimes(1);
  }
});

test("a trip that fails fails for all who waited for it, and for nobody after them", async () => {
  const key = newKey();
  const load = vi.fn(async () => {
    await scheduler.wait(20);
    throw new Error("no");
  });
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => singleFlight(key, load)));
  expect(load).toHaveBeenCalledTimes(1);
  expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => "rejected"));
  expect(await singleFlight(key, after(1, "well"))).toBe("well");
});

test("what fails before it starts to wait fails as well", async () => {
  const load = () => {
    throw new Error("at once");
  };
  await expect(singleFlight(newKey(), load)).rejects.toThrow("at once");
});

test("a trip that never ends holds up those who wait for 5 s, and nobody who comes after", async () => {
  const key = newKey();
  void singleFlight(key, () => new Promise(() => {}));
  const startedAt = performance.now();
  const load = after(5, "by myself");
  const all = await Promise.all(Array.from({ length: 5 }, () => singleFlight(key, load)));
  expect(new Set(all)).toEqual(new Set(["by myself"]));
  expect(performance.now() - startedAt).toBeGreaterThan(4_900);
  expect(performance.now() - startedAt).toBeLessThan(7_000);
  const laterAt = performance.now();
  expect(await singleFlight(key, after(5, "later"))).toBe("later");
  expect(performance.now() - laterAt).toBeLessThan(1_000);
});

test("nor is it waited for after that where nobody has waited so long", async () => {
  const key = newKey();
  void singleFlight(key, () => new Promise(() => {}));
  await scheduler.wait(5_050);
  const startedAt = performance.now();
  expect(await singleFlight(key, after(5, "by myself"))).toBe("by myself");
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
