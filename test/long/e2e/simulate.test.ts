// `npm run simulate`, as it is and with a planted mistake.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyProject, removeCopy, withPatch } from "../../../scripts/lib/planted.ts";
import { ROOT } from "../../../scripts/lib/settings.ts";

const NO_STOCK_CHECK = {
  file: "src/domain/stock.ts",
  find: "if (quantity > available(stock)) return",
  replace: "if (quantity > stock.capacity) return",
};

function simulate(root: string) {
  const args = [join("scripts", "simulate.ts"), "--seeds", "20", "--workers", "1"];
  return spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
}

test("finds nothing in the service as it is", { timeout: 600_000 }, () => {
  const { status, stdout, stderr } = simulate(ROOT);
  expect(stderr).not.toContain("SyntaxError");
  expect(stdout).toMatch(/^20 seeds, .*: 0 broke a promise/m);
  expect(status).toBe(0);
});

test("finds a planted mistake, and shrinks and prints every history that shows it", { timeout: 600_000 }, () => {
  const copy = copyProject();
  try {
    const { status, stdout, stderr } = withPatch(copy, NO_STOCK_CHECK, () => simulate(copy));
    expect(stderr).not.toMatch(/\w*Error\b/);
    expect(stdout).toMatch(/^20 seeds, .*: [1-9]\d* broke a promise/m);
    const [, ...shortest] = stdout.split("The shortest history of seed ");
    expect(shortest).toHaveLength(3);
    for (const history of shortest) {
      // Reserved alone or as a part of an order, beyond the capacity or the cap of a price.
      expect(history).toMatch(
        /BROKEN: ((reserve|holdForOrder) threw: Error: CHECK constraint failed: held \+ sold <= capacity|promise 1: price)/,
      );
      // The calls that together take more than there is, two tickets each, and little else: the
      // ticket type, and a crash that lets two of them meet.
      const most = 1 + Math.ceil(Number(/"capacity":(\d+)/.exec(history)?.[1]) / 2);
      const calls = history.match(/ action \d+: \{"type":"(reserve|order|sell)"/g)?.length;
      expect(calls).toBeLessThanOrEqual(most);
      expect(history.match(/ action \d+: /g)?.length).toBeLessThanOrEqual(most + 2);
    }
    expect(status).toBe(1);
  } finally {
    removeCopy(copy);
  }
});
