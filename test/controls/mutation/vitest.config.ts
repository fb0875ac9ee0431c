// The tests that judge mutants of src/domain: pure code, so they take milliseconds each.

import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["test/unit/domain/**/*.test.ts"] } });
