import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// The tests have settings of their own: what a developer keeps in .env must not change them.
process.env.CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV = "false";

/**
 * Everything that is one JSON line is the service's own log: the tests read it where they ask for
 * it.
 */
function isServiceLog(line: string): boolean {
  return line.startsWith('{"level":');
}

export default defineConfig({
  test: {
    onConsoleLog: (line) => !isServiceLog(line),
    // Most of the time is spent waiting, for the queue and for deadlines: two at once even where
    // there is one core.
    maxWorkers: 2,
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
      {
        // The whole service on workerd: real objects, D1, queues and alarms.
        extends: true,
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              // As in wrangler.toml, but that a batch does not wait a second for more messages.
              queueConsumers: {
                payments: { maxBatchSize: 50, maxBatchTimeout: 0.05, maxRetries: 10, deadLetterQueue: "payments-dlq" },
                "payments-dlq": { maxBatchSize: 25, maxBatchTimeout: 0.05, maxRetries: 3 },
              },
              bindings: {
                SESSION_SECRET: "only-for-tests-0123456789abcdef0123456789abcdef",
                PAYMENT_PROVIDER: "sandbox",
                RATE_LIMITS: "off",
                ALLOWED_ORIGINS: "https://shop.test, https://kiosk.test",
                MIGRATIONS: await readD1Migrations("./migrations"),
              },
            },
          })),
        ],
        test: {
          name: "workers",
          include: ["test/workers/**/*.test.ts"],
          setupFiles: ["test/support/migrate.ts"],
          // Some ask a hundred times, and CI's machines are shared. What may take how long is for
          // the tests to assert.
          testTimeout: 20_000,
        },
      },
      {
        // `npm start` itself, over HTTP.
        extends: true,
        test: { name: "e2e", include: ["test/e2e/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000 },
      },
    ],
  },
});
