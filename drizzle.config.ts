import { defineConfig } from "drizzle-kit";

const schema = ["./src/worker/db/schema.ts", "./src/worker/payments/sandbox-tables.ts"];

export default defineConfig({ dialect: "sqlite", schema, out: "./migrations" });
