import { env } from "cloudflare:workers";
import { test } from "vitest";
import { call, newPerson, putOnSale, hold } from "../support/service.ts";
import { recordingD1 } from "../support/recording.ts";
test("x", async () => {
  const sale = await putOnSale();
  const buyer = await newPerson();
  await hold(buyer, sale.ticketId);
  console.log(JSON.stringify((await env.DB.prepare("SELECT * FROM event_terms").all()).results));
  for (const [path, token] of [
    ["/events", undefined],["/events?from=2020-01-01T00:00:00Z&to=2040-01-01T00:00:00Z",undefined],
    ["/events?q=evening", undefined],["/events?q=evening+hall", undefined],["/events?available=true&q=evening&cursor=0.a", undefined],
    [`/events?organizer=${sale.organizer.accountId}`, sale.organizer.token],
    ["/reservations", buyer.token],[`/reservations?state=held&event=${sale.eventId}`, buyer.token],
    [`/reservations?state=expired&event=${sale.eventId}&cursor=zzzzzzzz.a`, buyer.token],["/reservations?state=expired&cursor=zzzzzzzz.a", buyer.token],
    [`/events/${sale.eventId}/audit`, sale.organizer.token],
    [`/events/${sale.eventId}/unresolved-payments?cursor=0.a`, sale.organizer.token],
  ] as const) {
    const { DB, statements } = recordingD1();
    const answer = await call("GET", path, { ...(token ? { token } : {}), settings: { DB } });
    console.log("=====", path, answer.status, answer.list.length);
    for (const s of statements) {
      const plan = await env.DB.prepare("EXPLAIN QUERY PLAN " + s.text).bind(...s.parameters).all<{ detail: string; id: number; parent: number }>();
      console.log(s.session, s.text, JSON.stringify(s.parameters), "\n   " + plan.results.map((r) => `${r.id}<${r.parent} ${r.detail}`).join("\n   "));
    }
  }
});
