import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig, type Plugin, type TestProjectConfiguration } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { buildWeb } from "./scripts/lib/web.ts";
import { outbound } from "./test/support/outbound.ts";
import { freshWallet } from "./test/support/wallet.ts";

// The tests have settings of their own: what a developer keeps in .env must not change them.
process.env.CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV = "false";

// The worker serves them, on workerd too.
await buildWeb();

/**
 * Everything that is one JSON line is the service's own log: the tests read it where they ask for
 * it.
 */
function isServiceLog(line: string): boolean {
  return line.startsWith('{"level":');
}

// Each file has a workerd of its own, which reads every module that it imports: some 700 of
// packages, most of whose bytes are source maps. So packages are bundled once, and go without maps.
const PACKAGES = [
  ...["@upstash/redis/cloudflare", "drizzle-orm", "drizzle-orm/batch", "drizzle-orm/d1", "drizzle-orm/errors"],
  ...["drizzle-orm/sqlite-core", "fast-check", "itty-router", "jose", "qr", "stripe", "zod", "zod-openapi"],
];
const packagesWithoutMaps: Plugin = {
  name: "packages-without-maps",
  enforce: "post",
  transform: (code, id) => (id.includes("/node_modules/") ? { code, map: { mappings: "" } } : null),
};

// Those that take a minute or more on one core. Vitest knows only how large a file is, and these are
// small: what begins last runs alone in the end.
const LONGEST = [
  ...["test/long/faults.test.ts", "test/long/order-faults.test.ts", "test/long/worker/one-address.test.ts"],
  ...["test/workers/durable/order/faults.test.ts", "test/long/e2e/simulate.test.ts"],
  "test/long/e2e/description.test.ts",
];
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLongest = ({ moduleId }: TestSpecification) => LONGEST.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    onConsoleLog: (line) => !isServiceLog(line),
    // Other work may keep the machine busy: what waits for something waits for long.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    // Much of the time is spent waiting, for the queue and for processes that start.
    maxWorkers: 3,
    projects: [
      {
        // Pure code, in Node.
        extends: true,
        // The simulator runs the objects' real classes outside workerd.
        resolve: {
          alias: { "cloudflare:workers": fileURLToPath(import.meta.resolve("./test/simulator/cloudflare-workers.ts")) },
        },
        test: { name: "unit", include: ["test/unit/**/*.test.ts"] },
      },
      onWorkerd("workers", { include: ["test/workers/**/*.test.ts"] }),
      // `npm start` itself, and the built worker, over HTTP.
      overHttp("e2e", { include: ["test/e2e/**/*.test.ts"] }),
      // What takes minutes: `npm run test:long`.
      onWorkerd("long", { include: ["test/long/**/*.test.ts"], exclude: ["test/long/e2e/**"] }),
      overHttp("long-e2e", { include: ["test/long/e2e/**/*.test.ts"] }),
    ],
  },
});

interface Files {
  readonly include: string[];
  readonly exclude?: string[];
}

/** The whole service on workerd: real objects, D1, queues and alarms. */
function onWorkerd(name: string, files: Files): TestProjectConfiguration {
  return {
    extends: true,
    plugins: [
      packagesWithoutMaps,
      cloudflareTest(async () => ({
        wrangler: { configPath: "./wrangler.toml" },
        miniflare: {
          // As in wrangler.toml, but that no batch waits a second for more messages.
          queueConsumers: {
            payments: { maxBatchSize: 50, maxBatchTimeout: 0.05, maxRetries: 10, deadLetterQueue: "payments-dlq" },
            "payments-dlq": { maxBatchSize: 25, maxBatchTimeout: 0.05, maxRetries: 3 },
            mails: { maxBatchSize: 50, maxBatchTimeout: 0.05, maxRetries: 5, deadLetterQueue: "mails-dlq" },
            webhooks: { maxBatchSize: 10, maxBatchTimeout: 0.05, maxRetries: 5 },
            "mails-dlq": { maxBatchSize: 25, maxBatchTimeout: 0.05, maxRetries: 3 },
          },
          outboundService: outbound,
          bindings: {
            SESSION_SECRET: "only-for-tests-0123456789abcdef0123456789abcdef",
            ID_SECRET: "only-for-tests-fedcba9876543210fedcba9876543210",
            PASS_KEYS: `1:${"5eed".repeat(16)}`,
            ...freshWallet(),
            PAYMENT_PROVIDER: "sandbox",
            RATE_LIMITS: "off",
            DOOR_PASSES: process.env.DOOR_PASSES ?? "1000",
            ALLOWED_ORIGINS: "https://shop.test, https://kiosk.test",
            MIGRATIONS: await readD1Migrations("./migrations"),
          },
        },
      })),
    ],
    test: {
      ...files,
      name,
      setupFiles: ["test/support/migrate.ts"],
      deps: { optimizer: { ssr: { enabled: true, include: PACKAGES } } },
    },
  };
}

function overHttp(name: string, files: Files): TestProjectConfiguration {
  return {
    extends: true,
    test: {
      ...files,
      name,
      globalSetup: ["test/support/built-worker.ts"],
      testTimeout: 180_000,
      hookTimeout: 180_000,
    },
  };
}
