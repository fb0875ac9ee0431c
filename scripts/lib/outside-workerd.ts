// Lets Node load the object classes: resolves `cloudflare:workers` to a stand-in. Import it first.

import { registerHooks } from "node:module";

const STAND_IN = import.meta.resolve("../../test/simulator/cloudflare-workers.ts");

registerHooks({
  resolve(specifier, context, next) {
    return next(specifier === "cloudflare:workers" ? STAND_IN : specifier, context);
  },
});
