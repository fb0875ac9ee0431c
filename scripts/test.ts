// `npm test`: every test. Arguments go to Vitest: `npm test -- --project unit`.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./lib/settings.ts";

const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const done = spawnSync(process.execPath, [vitest, "run", ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: ["ignore", "inherit", "inherit"],
  // Whatever the shell says: what is built for production has no sandbox to test with.
  env: { ...process.env, NODE_ENV: "test", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
});
process.exit(done.status ?? 1);
