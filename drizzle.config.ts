import { defineConfig } from "drizzle-kit";

const schema = ["./src/platform/d1/schema/*.ts", "./src/worker/payments/sandbox-tables.ts"];

export default defineConfig({ dialect: "sqlite", schema, out: "./migrations" });
