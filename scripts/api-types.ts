// `npm run api-types`: writes the types that the pages call the API with, after a change of it.

import "./lib/outside-workerd.ts";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiTypes } from "./lib/api-types.ts";
import { ROOT } from "./lib/settings.ts";

const { API } = await import("../src/worker/routes.ts");
const { describeApi } = await import("../src/worker/service/openapi.ts");
const file = join(ROOT, "src", "web", "ui", "api-types.ts");
writeFileSync(file, apiTypes(describeApi(API)));
const biome = join(ROOT, "node_modules", "@biomejs", "biome", "bin", "biome");
spawnSync(process.execPath, [biome, "format", "--write", file], { stdio: ["ignore", "ignore", "inherit"] });
