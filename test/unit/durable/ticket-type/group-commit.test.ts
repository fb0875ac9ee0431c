// Calls that come while a commit is written: together in the next, each with its own results, and
// none failing another.

import { expect, test } from "vitest";
import { GroupCommit } from "../../../../src/durable/ticket-type/group-commit.ts";

/** Commits numbers, as texts. Each is written when the test says so. */
function commits() {
  const groups: number[][] = [];
  const writing: (() => void)[] = [];
  const group = new GroupCommit<number, string>(
    (requests) => {
      if (requests.includes(13)) throw new Error("13");
      groups.push([...requests]);
      return requests.map(String);
    },
    () => new Promise((resolve) => writing.push(resolve)),
  );
  const written = async () => {
    writing.shift()?.();
    for (let ticks = 0; ticks < 20; ticks++) await null;
  };
  return { group, groups, written };
}

test("who comes alone waits for nobody, and is answered before it is written: the reply is held by the platform", async () => {
  const { group, groups } = commits();
  expect(await group.run([1])).toEqual(["1"]);
  expect(groups).toEqual([[1]]);
});

test("those that come while a commit is written go together, in order, each with its own results", async () => {
  const { group, groups, written } = commits();
  const all = [group.run([1]), group.run([2, 3]), group.run([]), group.run([4])];
  await written();
  expect(await Promise.all(all)).toEqual([["1"], ["2", "3"], [], ["4"]]);
  expect(groups).toEqual([[1], [2, 3, 4]]);
});

test("after a rest the next one goes at once", async () => {
  const { group, groups, written } = commits();
  await group.run([1]);
  await written();
  await group.run([2]);
  expect(groups).toEqual([[1], [2]]);
});

test("a commit is bounded, and no call is cut in two", async () => {
  const { group, groups, written } = commits();
  const calls = [[0], ...Array.from({ length: 7 }, (_, call) => Array.from({ length: 200 }, () => call))];
  const all = calls.map((call) => group.run(call));
  for (let commit = 0; commit < 6; commit++) await written();
  await Promise.all(all);
  expect(groups.map(({ length }) => length)).toEqual([1, 400, 400, 400, 200]);
});

test("a call that is larger than the bound still goes", async () => {
  const { group, groups } = commits();
  await group.run(Array.from({ length: 2_000 }, () => 1));
  expect(groups.map(({ length }) => length)).toEqual([2_000]);
});

test("a call that can't be carried out fails alone", async () => {
  const { group, written } = commits();
  const all = [group.run([1]), group.run([2]), group.run([13]), group.run([3])].map((one) => one.catch(String));
  for (let commit = 0; commit < 3; commit++) await written();
  expect(await Promise.all(all)).toEqual([["1"], ["2"], "Error: 13", ["3"]]);
  expect(await group.run([4])).toEqual(["4"]);
});

test("a commit that could not be written holds up nobody: the platform ends the object, and with it those that wait", async () => {
  let failing = true;
  const group = new GroupCommit<number, number>(
    (requests) => [...requests],
    async () => {
      if (failing) throw new Error("disk");
    },
  );
  await group.run([1]);
  failing = false;
  expect(await group.run([2])).toEqual([2]);
});
