// A small evening from nothing to the end, and one before which somebody alters replies: the first
// adds up, and the second says what does not.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type OwnService, startOwnService } from "../../scripts/lib/evening/own-service.ts";
import { ROOT } from "../../scripts/lib/settings.ts";
import { type Alteration, alteringProxy } from "../support/altering-proxy.ts";
import { useFolder } from "../support/built-service.ts";

const LONGEST_MS = 300_000;

const folder = useFolder("evening");
let own: OwnService;
beforeAll(async () => {
  own = await startOwnService(folder.path, inject("worker"));
});
afterAll(() => own?.service.kill());

async function evening(url: string, seed: number) {
  const where = ["--url", url, "--token", own.adminToken];
  const args = [join(ROOT, "scripts", "evening.ts"), "--people", "60", "--places", "40", "--seed", `${seed}`, ...where];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

/** What is altered, and which check must notice. Each of them is altered once at least. */
const MISTAKES: readonly {
  readonly notices: string;
  readonly where: RegExp;
  readonly alter: (body: never) => unknown;
}[] = [
  {
    notices: "takings and report say what the provider and the counter have",
    where: /^GET \/events\/\w+\/takings/,
    alter: ({ by, ...others }: { by: { method: string; taken: { amount: number } }[] }) => {
      const more = by.map((one) =>
        one.method === "online" ? { ...one, taken: { amount: one.taken.amount + 1 } } : one,
      );
      return { ...others, by: more };
    },
  },
  {
    notices: "receipts are numbered without gaps, one for each sale",
    where: /^GET \/receipts/,
    alter: (receipts: { number: string }[]) =>
      receipts.map((one) => ({ ...one, number: one.number.replace(/-2$/, "-1002") })),
  },
  {
    notices: "every mail that was owed was sent once",
    where: /^GET \/cdn-cgi\/local\/explorer\/api\/local\/email\/sending\?per_page/,
    alter: ({ result, ...others }: { result: unknown[] }) => ({
      ...others,
      result: result.flatMap((mail) => [mail, mail]),
    }),
  },
  { notices: "each dispute is on record", where: /^GET \/events\/\w+\/disputes/, alter: () => [] },
  {
    notices: "the provider has what was paid, once each",
    where: /^GET \/sandbox\/movements/,
    alter: ({ movements, next }: { movements: { amount: number }[]; next: unknown }) => {
      return { movements: movements.map((one) => ({ ...one, amount: one.amount + 100 })), next };
    },
  },
  {
    notices: "sold are admitted and absent",
    where: /^GET \/events\/\w+\/door/,
    alter: ({ passes, ...others }: { passes: { state: string }[] }) => {
      return { ...others, passes: passes.map((pass) => ({ ...pass, state: "valid" })) };
    },
  },
  {
    notices: "nobody was let in twice, and each copy was told when and where",
    where: /^POST \/check-ins$/,
    alter: (checkIn: { result: string }) => {
      return checkIn.result === "already_admitted" ? { ...checkIn, result: "admitted" } : checkIn;
    },
  },
  {
    notices: "every hold that was given up came back",
    where: /^GET \/(orders|reservations)\/[\w-]+$/,
    alter: (bought: { state: string }) => {
      return ["expired", "cancelled"].includes(bought.state) ? { ...bought, state: "held" } : bought;
    },
  },
  {
    notices: "buyers and organiser agree about what was sold",
    where: /^GET \/(orders|reservations)\/[\w-]+$/,
    alter: (bought: { state: string }) => (bought.state === "confirmed" ? { ...bought, state: "refunded" } : bought),
  },
  {
    notices: "there are as many passes as tickets sold, and no empty place",
    where: /^GET \/(orders|reservations)\/[\w-]+\/passes/,
    alter: (passes: { state: string }[]) => passes.map((pass) => ({ ...pass, state: "valid" })),
  },
];

const alter: Alteration = (method, path, body) => {
  const name = `${method} ${path}`;
  return MISTAKES.reduce((altered, one) => (one.where.test(name) ? one.alter(altered as never) : altered), body);
};

test(
  "a small evening adds up; one whose replies are altered does not, and each alteration is noticed",
  async () => {
    const proxy = await alteringProxy(own.service.url, alter);
    try {
      const [good, bad] = await Promise.all([evening(own.service.url, 1), evening(proxy.url, 2)]);
      expect(good.output).toContain("everything adds up");
      expect(good.output).not.toContain("NOT");
      expect(good.code).toBe(0);
      for (const { notices } of MISTAKES) expect(bad.output).toContain(`NOT  ${notices}`);
      expect(bad.code).toBe(1);
    } finally {
      await proxy.stop();
    }
  },
  LONGEST_MS,
);
