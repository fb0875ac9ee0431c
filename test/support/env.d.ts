// The bindings that tests run with: the service's own, and the migrations.

declare namespace Cloudflare {
  interface Env extends ServiceEnv {
    readonly DOOR_PASSES: string;
    readonly MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
  interface GlobalProps {
    mainModule: typeof import("../../src/worker/index.ts");
  }
}
type ServiceEnv = import("../../src/worker/env.ts").Env;

declare module "*?raw" {
  const text: string;
  export default text;
}
