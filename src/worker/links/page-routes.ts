// The pages that links in mails open. Opening one changes nothing, because mail programs and
// scanners follow links: it shows a button or a form, and only sending that uses the link. No page
// has scripts.

import type { LinkPurpose } from "../../domain/links.ts";
import type { Language } from "../../platform/mails.ts";
import { isGuest } from "../accounts/queries.ts";
import { setCookies } from "../auth/cookies.ts";
import { isCrossSite } from "../auth/sessions.ts";
import { addressOf } from "../http/address.ts";
import { readBody } from "../http/body.ts";
import { check } from "../http/field-errors.ts";
import { pagesIn } from "../http/html.ts";
import { languageFrom } from "../http/language.ts";
import { isWithinLimits } from "../http/limits.ts";
import type { ProblemType } from "../http/problem-types.ts";
import { problem } from "../http/problems.ts";
import { emptyReply } from "../http/replies.ts";
import type { Endpoint, Incoming } from "../http/route.ts";
import { type Html, html } from "../mail/templates/html.ts";
import { type Said, TEXTS, type Texts } from "./page-texts.ts";
import type { OpenedLink } from "./queries.ts";
import { choosePassword } from "./routes.ts";
import { PasswordReset, TOKEN_PATTERN } from "./schemas.ts";
import { proveAddress, signInByLink, usableLink } from "./using.ts";
import { pageAbout } from "./wanted.ts";

const STYLE =
  ":root{color-scheme:light dark;background:canvas;color:canvastext}" +
  "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem;" +
  "overflow-wrap:anywhere}input,button{font:inherit;padding:.6rem 1rem;box-sizing:border-box}input{width:100%}label{display:block;" +
  "margin:1rem 0}";
const pageOf = pagesIn(STYLE, "no-store", "'self'");
const MAX_FORM_BYTES = 8 * 1024;

export const showLink: Endpoint = {
  async answer({ request, env, params }) {
    if (!(await isWithinLimits(env, request, ["LIMIT_LINK"], null))) return problem("slow-down");
    const opened = await usable(env.DB, params.token ?? "");
    return opened === null ? refused(request, "link-refused") : asked(opened, null);
  },
};

export const sendLink: Endpoint = {
  async answer(incoming) {
    const { request, env, params } = incoming;
    // Any page can make a browser send a form, and sign its visitor in to a stranger's account.
    if (isCrossSite(request)) return refused(request, "cross-site-request");
    const form = await readBody(request, true, MAX_FORM_BYTES);
    if (!(await isWithinLimits(env, request, ["LIMIT_LINK"], null))) return problem("slow-down");
    const opened = await usable(env.DB, params.token ?? "");
    if (opened === null) return refused(request, "link-refused");
    return use(incoming, opened, form);
  },
};

/** For a person, a page of the status that a program would get. */
function refused(request: Request, why: "link-refused" | "cross-site-request" | "address-taken"): Response {
  const reply = problem(why satisfies ProblemType);
  if (request.headers.get("accept")?.includes("text/html") !== true) return reply;
  const language = languageFrom(request.headers.get("accept-language"));
  return withStatus(said(TEXTS[language].refusals[why], html``, language), reply.status);
}

async function usable(d1: D1Database, token: string): Promise<OpenedLink | null> {
  return TOKEN_PATTERN.test(token) ? usableLink(d1, token, null) : null;
}

function asked({ link, account }: OpenedLink, weakness: string | null): Response {
  const { language } = account;
  const texts = TEXTS[language];
  const name = isGuest(account) ? null : account.username;
  const { title, text, button } = texts.asked[link.purpose](name, link.emailKey);
  const fields = link.purpose === "reset" ? passwordFields(texts, name ?? "", weakness) : html``;
  const form = html`<form method="post">
${fields}
<button>${button}</button>
</form>`;
  return pageOf(
    html`${title}`.source,
    html`<h1>${title}</h1>
<p>${text}</p>
${form}`.source,
    language,
  );
}

/** A password manager finds the name beside it. A field without a name is not sent. */
function passwordFields({ newPassword, username }: Texts, name: string, weakness: string | null): Html {
  const why = weakness === null ? html`` : html`<p role="alert"><strong>${weakness}</strong></p>`;
  return html`${why}
<label>${username}<input type="text" value="${name}" autocomplete="username" readonly></label>
<label>${newPassword}<input type="password" name="new_password" autocomplete="new-password" minlength="8" maxlength="512" required></label>`;
}

async function use({ request, env, params }: Incoming, opened: OpenedLink, form: unknown): Promise<Response> {
  const token = params.token ?? "";
  const address = addressOf(request);
  const { language } = opened.account;
  const purpose: LinkPurpose = opened.link.purpose;
  switch (purpose) {
    case "verify": {
      const proof = await proveAddress(env, token, address);
      if (proof.ok) return done("verify", language);
      return refused(request, proof.refusal === "address_taken" ? "address-taken" : "link-refused");
    }
    case "sign_in": {
      const tokens = await signInByLink(env, token, address);
      if (tokens === null) return refused(request, "link-refused");
      const cookies = setCookies({ session: tokens.access, refresh: tokens.refresh });
      const location = pageAbout(new URL(request.url).searchParams.get("about"));
      return emptyReply(303, [["location", location], ...cookies]);
    }
    case "reset": {
      const checked = check(PasswordReset, { ...(form as object), token });
      const weak = withStatus(asked(opened, TEXTS[language].weakPassword), 422);
      if (!checked.ok) return weak;
      const choice = await choosePassword(env, token, checked.value.new_password, address);
      if (choice.ok) return done("reset", language);
      return choice.weakness === null ? refused(request, "link-refused") : weak;
    }
  }
}

function done(what: "verify" | "reset", language: Language): Response {
  const texts = TEXTS[language];
  return said(texts.done[what], html`<p><a href="${pageAbout(null)}">${texts.tickets}</a></p>`, language);
}

function said({ title, text }: Said, rest: Html, language: Language): Response {
  return pageOf(
    html`${title}`.source,
    html`<h1>${title}</h1>
<p>${text}</p>
${rest}`.source,
    language,
  );
}

function withStatus(response: Response, status: number): Response {
  return new Response(response.body, { status, headers: response.headers });
}
