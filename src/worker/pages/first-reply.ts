// What a page's script would ask for first, written into the page: its first view needs no request
// of its own, and is drawn once. Pure.

import { jsonIn } from "./json.ts";

interface Copy {
  readonly text: string;
  readonly headers: Headers;
}

/** The public reply to `GET path`, in an element that no browser runs. `date` is the reply's. */
export function firstReply(path: string, { text, headers }: Copy, date: Date): string {
  const reply = { path, date: date.toUTCString(), link: headers.get("link"), body: JSON.parse(text) };
  return `<script type="application/json" id="first-reply">${jsonIn(reply)}</script>`;
}
