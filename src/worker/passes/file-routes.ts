// Passes to carry: their codes as pictures, and a page to print.

import * as z from "zod";
import type { PassReader } from "../../domain/pass.ts";
import type { Session } from "../auth/sessions.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Page } from "../http/fields.ts";
import { languageFrom, PageLanguage } from "../http/language.ts";
import { problem } from "../http/problems.ts";
import { fileReply, nextPage } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { OrderPath } from "../orders/schemas.ts";
import { ReservationPath } from "../reservations/schemas.ts";
import { type Bought, countOf, passesAfter, passWithId, readerOf } from "./lookup.ts";
import { passesPage } from "./page.ts";
import { codeOf, presentPasses } from "./presenters.ts";
import { qrGif, qrSvg } from "./qr.ts";
import { boughtAlone, boughtInOrder } from "./routes.ts";
import { PassPath } from "./schemas.ts";

/** A QR code takes two milliseconds to draw. */
const PASSES_A_PAGE = 100;

export const PrintQuery = Page.pick({ cursor: true }).extend({ language: PageLanguage });
export const PRINTED = {
  replies: [{ status: 200, description: "A page with up to 100 passes", schema: z.string(), contentType: "text/html" }],
} as const;

export const getPassCodeSvg = route({
  operationId: "getPassCodeSvg",
  access: "session",
  tag: "Passes",
  summary: "Show the code of a pass as a QR code, for pages and print",
  pathParameters: PassPath,
  examples: { path: { id: EXAMPLES.pass } },
  replies: [{ status: 200, description: "The picture", schema: z.string(), contentType: "image/svg+xml" }],
  async handle({ path, session, env }) {
    const code = await codeWithId(env, path.id, session);
    return code === null ? problem("not-found") : fileReply("image/svg+xml", qrSvg(code));
  },
});

export const getPassCodeGif = route({
  operationId: "getPassCodeGif",
  access: "session",
  tag: "Passes",
  summary: "Show the code of a pass as a QR code, for mails",
  pathParameters: PassPath,
  examples: { path: { id: EXAMPLES.pass } },
  replies: [{ status: 200, description: "The picture", schema: z.string(), contentType: "image/gif" }],
  async handle({ path, session, env }) {
    const code = await codeWithId(env, path.id, session);
    return code === null ? problem("not-found") : fileReply("image/gif", qrGif(code));
  },
});

export const getReservationPassesPage = route({
  operationId: "getReservationPassesPage",
  access: "session",
  tag: "Passes",
  summary: "Show the passes of a reservation as a page to print",
  pathParameters: ReservationPath,
  query: PrintQuery,
  examples: { path: { id: EXAMPLES.reservation } },
  ...PRINTED,
  async handle({ request, path, query, session, env }) {
    return printed(
      env,
      request,
      await boughtAlone(env, path.id, session.accountId),
      query,
      await readerOf(env, session),
    );
  },
});

export const getOrderPassesPage = route({
  operationId: "getOrderPassesPage",
  access: "session",
  tag: "Passes",
  summary: "Show the passes of an order as a page to print",
  pathParameters: OrderPath,
  query: PrintQuery,
  examples: { path: { id: EXAMPLES.order } },
  ...PRINTED,
  async handle({ request, path, query, session, env }) {
    return printed(
      env,
      request,
      await boughtInOrder(env, path.id, session.accountId),
      query,
      await readerOf(env, session),
    );
  },
});

/** Null where the caller has no code: also for a buyer who has passed it on. */
async function codeWithId(env: Env, id: string, session: Session): Promise<string | null> {
  const pass = await passWithId(env, id, await readerOf(env, session));
  return pass && codeOf(env, pass);
}

/** 404 where nothing was bought. */
export async function printed(
  env: Env,
  request: Request,
  bought: readonly Bought[] | null,
  { cursor, language }: z.output<typeof PrintQuery>,
  reader: PassReader,
): Promise<Response> {
  if (bought === null) return problem("not-found");
  const before = Math.max(0, cursor?.atMs ?? 0);
  const passes = await passesAfter(env, bought, reader, before, PASSES_A_PAGE);
  const after = before + PASSES_A_PAGE;
  const isLast = after >= countOf(bought);
  const chosen = new URLSearchParams(language === undefined ? {} : { language });
  const next = isLast ? null : nextPage(new URL(request.url).pathname, chosen, { atMs: after, id: "passes" });
  const shown = language ?? languageFrom(request.headers.get("accept-language"));
  return passesPage(await presentPasses(env, passes), next, shown);
}
