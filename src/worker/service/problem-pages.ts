// The pages at /problems: what each type of problem means. A problem's `type` is their address.

import { EXPLANATIONS } from "../http/problem-explanations.ts";
import { PROBLEMS, type ProblemType } from "../http/problem-types.ts";
import { problem } from "../http/problems.ts";
import type { Endpoint } from "../http/route.ts";
import { escaped, page } from "./page.ts";

const TYPES = Object.keys(PROBLEMS) as ProblemType[];

export const listProblems: Endpoint = {
  async answer({ request }) {
    if (prefersJson(request)) return json(TYPES.map(explain));
    const items = TYPES.map(explain).map(
      ({ type, title, status }) => `<li><a href="${type}">${escaped(title)}</a> (${status})</li>`,
    );
    return forBoth(page("Problems", `<h1>Problems</h1>\n<ul>\n${items.join("\n")}\n</ul>`));
  },
};

export const showProblem: Endpoint = {
  async answer({ request, params }) {
    const found = TYPES.find((type) => type === params.type);
    if (found === undefined) return problem("not-found");
    const explanation = explain(found);
    if (prefersJson(request)) return json(explanation);
    const { type, title, status, when, what_to_do } = explanation;
    const body = `<h1>${escaped(title)}</h1>
<p><code>${type}</code>, status ${status}</p>
<p>${escaped(when)}</p>
<p><strong>What to do:</strong> ${escaped(what_to_do)}</p>
<p><a href="/problems">All problems</a></p>`;
    return forBoth(page(title, body));
  },
};

function explain(type: ProblemType) {
  const { status, title } = PROBLEMS[type];
  const { when, whatToDo } = EXPLANATIONS[type];
  return { type: `/problems/${type}`, title, status, when, what_to_do: whatToDo };
}

/** Browsers name HTML in `Accept`. A program that names JSON gets that; everything else a page. */
function prefersJson(request: Request): boolean {
  const accept = request.headers.get("accept") ?? "";
  return accept.includes("json") && !accept.includes("text/html");
}

function json(body: unknown): Response {
  const headers = { "content-type": "application/json", "cache-control": "max-age=300" };
  return forBoth(new Response(`${JSON.stringify(body)}\n`, { headers }));
}

/** The same address has two forms. */
function forBoth(response: Response): Response {
  response.headers.set("vary", "accept");
  return response;
}
