// The page at /: what this is, for a person who opens the service's address in a browser.

import type { Endpoint } from "../http/route.ts";
import { page } from "./page.ts";

const BODY = `<h1>Ticket Overlord</h1>
<p>This is a ticketing service that never sells a ticket twice. A buyer holds tickets, has a few minutes to pay for
them, and the payment is settled in the background. It is made for front ends to call: it has no shop of its own
yet.</p>
<ul>
<li><a href="/events">What is on</a>, as JSON</li>
<li><a href="/docs">The API</a>: every route, to read and to try out</li>
<li><a href="/openapi.json">Its description</a> for programs, and <a href="/problems">the problems</a> that it
answers with</li>
<li><a href="/health">Whether it is well</a></li>
</ul>
<p>If you run it on your own machine, go on in its <code>README.md</code>:</p>
<ul>
<li>“Buy a ticket with curl” goes from an account to a paid ticket.</li>
<li>“Organise your own events” makes you an organiser: <code>npm run grant -- &lt;username&gt; organizer</code>.</li>
<li><code>npm run demo</code> plays three reservations.</li>
</ul>`;

export const showHome: Endpoint = {
  async answer() {
    return page("Ticket Overlord", BODY);
  },
};
