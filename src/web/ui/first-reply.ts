// The reply that the page brought along: to the request with which its view would begin.

import { nextIn, type Operation, type Parts, pathOf, type Reply } from "./api.ts";
import { learnServerTime } from "./clock.ts";

interface FirstReply {
  readonly path: string;
  readonly date: string;
  readonly link: string | null;
  readonly body: unknown;
}

let first = read();

/** It, as everybody may see it, for the first view alone; null for all that are shown later. */
export function firstReply<O extends Operation>(operation: O, parts: Parts<O>): Pick<Reply<O>, "body" | "next"> | null {
  const reply = first;
  first = null;
  if (reply?.path !== pathOf(operation, parts)) return null;
  return { body: reply.body as Reply<O>["body"], next: nextIn(reply.link) };
}

function read(): FirstReply | null {
  const text = document.getElementById("first-reply")?.textContent;
  const [visit] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  // On the way back a browser shows the page as it has kept it, for however long.
  if (!text || !visit?.transferSize) return null;
  const reply: FirstReply = JSON.parse(text);
  const { timeOrigin } = performance;
  learnServerTime(reply.date, timeOrigin + visit.requestStart, timeOrigin + visit.responseStart);
  return reply;
}
