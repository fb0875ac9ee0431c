// The pages: the shop, the box office, the door. Each is one file with its scripts, whatever the
// path below it: its script shows what the path names, and asks the API for it.

import { PROGRAMME_PAGE } from "../../domain/programme.ts";
import { Unavailable } from "../../platform/errors.ts";
import { settingsOf } from "../../platform/settings.ts";
import { publicPage } from "../catalogue/copies.ts";
import type { Env } from "../env.ts";
import { Id } from "../http/fields.ts";
import { problem } from "../http/problems.ts";
import type { Endpoint } from "../http/route.ts";
import { eventBody, eventHead } from "./event-page.ts";
import { FILE_NAME, fileAt } from "./files.ts";
import { firstReply } from "./first-reply.ts";
import { policyOf, SERVICE_WORKER_POLICY } from "./policy.ts";

type Page = "shop" | "box-office" | "door";

// A page names the files of its version: an older copy would name files that are gone.
const ALWAYS_CURRENT = "max-age=0, must-revalidate";
const FOR_GOOD = "public, max-age=31536000, immutable";
const SERVICE_WORKER = "service-worker.js";
/** Only this page's own scripts may use the camera, once its visitor allows it. */
const SCANS = "camera=(self), geolocation=(), microphone=()";
// Their names do not say what is in them.
const FOR_AN_HOUR = "max-age=3600";
const PREVIEW = "preview.png";

export const showShop = pageAt("shop");
export const showBoxOffice = pageAt("box-office");
export const showDoor = pageAt("door");

/** The shop with what is on. A search asks for what it looks for. */
export const showProgramme: Endpoint = {
  async answer({ request, env }) {
    if (new URL(request.url).search !== "") return pageReply(env, "shop", 200);
    const path = `/events?limit=${PROGRAMME_PAGE}`;
    const copy = await publicPage(env, path).catch(unreadable);
    if (copy === null || copy === "unreadable") return pageReply(env, "shop", 200);
    return pageReply(env, "shop", 200, { reply: firstReply(path, copy, new Date()) });
  },
};

/** The shop, with the event's own head, for those who do not run its script. */
export const showEvent: Endpoint = {
  async answer({ env, params }) {
    const { id = "" } = params;
    const path = `/events/${id}`;
    const copy = Id.safeParse(id).success ? await publicPage(env, path).catch(unreadable) : null;
    if (copy === null) return pageReply(env, "shop", 404);
    if (copy === "unreadable") return pageReply(env, "shop", 503);
    const event = JSON.parse(copy.text);
    const { publicUrl } = settingsOf(env);
    const places = publicUrl === null ? null : { url: `${publicUrl}/e/${id}`, image: `${publicUrl}/assets/${PREVIEW}` };
    const reply = firstReply(path, copy, new Date());
    return pageReply(env, "shop", 200, { head: eventHead(event, places), body: eventBody(event), reply });
  },
};

/** The page's script asks again, and says what is wrong. */
function unreadable(fault: unknown): "unreadable" {
  if (fault instanceof Unavailable) return "unreadable";
  throw fault;
}

/** Scripts and styles of the pages, whose names say what is in them. */
export const showAsset: Endpoint = {
  async answer({ env, params }) {
    const { asset = "" } = params;
    if (!FILE_NAME.test(asset)) return problem("not-found");
    const isNamed = asset === "icon.svg" || asset === PREVIEW;
    return (await fileAt(env, `assets/${asset}`, isNamed ? FOR_AN_HOUR : FOR_GOOD)) ?? problem("not-found");
  },
};

/** The page, and files beside it that need a fixed name, such as its manifest. */
function pageAt(page: Page): Endpoint {
  return {
    async answer({ env, params }) {
      const { path = "" } = params;
      if (!FILE_NAME.test(path)) return pageReply(env, page, 200);
      const file = await fileAt(env, `${page}/${path}`, ALWAYS_CURRENT);
      if (file === null) return problem("not-found");
      if (path === SERVICE_WORKER) {
        // Without this it may serve what is below its own folder, and not the page itself.
        file.headers.set("service-worker-allowed", `/${page}`);
        file.headers.set("content-security-policy", SERVICE_WORKER_POLICY);
      }
      return file;
    },
  };
}

/** HTML instead of the file's own; what is left out stays as it is there. */
interface Contents {
  readonly head?: string;
  readonly body?: string;
  readonly reply: string;
}

async function pageReply(env: Env, page: Page, status: number, contents?: Contents): Promise<Response> {
  const found = await fileAt(env, `${page}.html`, status === 200 ? ALWAYS_CURRENT : "no-store");
  if (found === null) throw new Error("the pages were not built");
  const { headers } = found;
  headers.set("content-security-policy", policyOf(page === "shop" && takesCards(env)));
  if (page === "door") headers.set("permissions-policy", SCANS);
  if (contents === undefined) return new Response(found.body, { status, headers });
  return new Response(filled(await found.text(), contents), { status, headers });
}

/** By functions, because `$` has a meaning in a replacement text. */
function filled(shell: string, { head, body, reply }: Contents): string {
  return shell
    .replace(/<!--head-->[\s\S]*<!--\/head-->/, (own) => head ?? own)
    .replace("<!--first-reply-->", () => reply)
    .replace(/<!--body-->[\s\S]*<!--\/body-->/, (own) => body ?? own);
}

function takesCards(env: Env): boolean {
  return settingsOf(env).paymentProvider === "stripe";
}
