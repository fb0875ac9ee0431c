// The files of dist/web: pages and what they load. Assets are found by path alone: the request's
// host, which the client chooses, is not passed on.

import type { Env } from "../env.ts";

const ASSETS_BASE = "https://assets.invalid/";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  webmanifest: "application/manifest+json",
};

/** A segment such as `shop-R4CS7NCX.js`. */
export const FILE_NAME = /^[\w-]+(\.[\w-]+)*\.(css|js|json|png|svg|webmanifest)$/;

/**
 * Null where there is none. Other headers of the asset, some about the platform's cache, are not
 * passed on.
 */
export async function fileAt(env: Env, path: string, cacheControl: string): Promise<Response | null> {
  const { ok, body } = await env.ASSETS.fetch(new URL(path, ASSETS_BASE));
  if (!ok) return null;
  const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  return new Response(body, { headers: { "content-type": type, "cache-control": cacheControl } });
}
