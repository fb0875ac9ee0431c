// The page at /docs: Swagger UI, which loads nothing from elsewhere.

import type { Env } from "../env.ts";
import { problem } from "../http/problems.ts";
import type { Endpoint } from "../http/route.ts";
import { fileAt } from "../pages/files.ts";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ticket Overlord API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const START = `"use strict";
// Swagger UI shows a reply once it has ended. Streams of availability have no end.
const STREAM_MS = 10_000;

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: (request) => Object.assign(request, { userFetch: fetchForAWhile }),
  responseInterceptor: onReply,
});

/** Signs the page in with a reply's token. In development a hold becomes the next example. */
function onReply(reply) {
  const token = reply.ok ? reply.body?.["auth-token"] : undefined;
  if (token !== undefined) ui.preauthorizeApiKey("bearer", token);
  if (reply.status === 201 && new URL(reply.url).pathname === "/reservations") readExamplesAgain();
  return reply;
}

async function readExamplesAgain() {
  const response = await fetch("/openapi.json");
  ui.specActions.updateJsonSpec(await response.json());
}

async function fetchForAWhile(url, options) {
  const response = await fetch(url, options);
  if (response.headers.get("content-type") !== "text/event-stream") return response;
  const reader = response.body.getReader();
  setTimeout(() => reader.cancel(), STREAM_MS);
  const chunks = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) chunks.push(part.value);
  return new Response(new Blob(chunks), response);
}
`;
const CACHE_CONTROL = "max-age=300";
// The files of the swagger-ui-dist package that the page loads.
const FILES = new Set(["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"]);
// Swagger UI has icons in data URLs. It sets inline styles by script, which 'self' covers.
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export const showDocs: Endpoint = { answer: async () => text(PAGE, "text/html; charset=utf-8") };

export const showDocsFile: Endpoint = { answer: ({ env, params }) => fileOf(params.file ?? "", env) };

async function fileOf(file: string, env: Env): Promise<Response> {
  if (file === "start.js") return text(START, "text/javascript; charset=utf-8");
  if (!FILES.has(file)) return problem("not-found");
  return (await fileAt(env, `docs/${file}`, CACHE_CONTROL)) ?? problem("not-found");
}

function text(body: string, contentType: string): Response {
  const headers = { "content-type": contentType, "cache-control": CACHE_CONTROL };
  return new Response(body, { headers: { ...headers, "content-security-policy": CONTENT_SECURITY_POLICY } });
}
