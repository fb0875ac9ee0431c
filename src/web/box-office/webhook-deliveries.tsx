// What was sent to a webhook, and what is to be sent; a test, and sending from a number on again.

import { useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { Webhook, WebhookDelivery } from "../ui/api-types.ts";
import { dayAndTime, number } from "../ui/format.ts";
import { counted, texts } from "../ui/i18n.ts";
import { Button, Fault, Field, Form } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { useTask } from "../ui/task.ts";
import { useList } from "./load.ts";
import { List } from "./table.tsx";
import { ownZone } from "./times.ts";
import { typeName } from "./webhook-form.tsx";
import { StateOf } from "./words.tsx";

const t = texts(
  {
    title: "Deliveries",
    test: "Send a test",
    testSent: "A test is on its way.",
    testPaused: "A test is sent once the webhook is on again.",
    from: "Send again from number",
    fromHint: "What was sent in the last 30 days is kept.",
    replay: "Send again",
    replayed: (deliveries: number) => `${counted(deliveries, "delivery is", "deliveries are")} sent again.`,
    nothing: "Nothing from this number on is kept.",
    number: "No.",
    what: "About",
    when: "When",
    state: "State",
    attempts: "Attempts",
    reply: "Reply",
    next: (at: string) => `again ${at}`,
    none: "Nothing was sent yet.",
    isTest: "Test",
    error: {
      redirected: "a redirect, which is not followed",
      timeout: "no reply in time",
      not_reached: "not reached",
      url_not_allowed: "nothing is sent to this address",
      name_not_found: "there is no such name",
      name_not_resolved: "the name could not be looked up",
      address_not_public: "the address is not public",
    } as Record<string, string>,
  },
  {
    title: "Sendungen",
    test: "Test schicken",
    testSent: "Ein Test ist unterwegs.",
    testPaused: "Der Test geht hinaus, sobald der Webhook wieder eingeschaltet ist.",
    from: "Noch einmal schicken ab Nummer",
    fromHint: "Aufgehoben wird, was in den letzten 30 Tagen geschickt wurde.",
    replay: "Noch einmal schicken",
    replayed: (deliveries: number) => `${counted(deliveries, "Sendung geht", "Sendungen gehen")} noch einmal hinaus.`,
    nothing: "Ab dieser Nummer ist nichts mehr aufgehoben.",
    number: "Nr.",
    what: "Worum es geht",
    when: "Wann",
    state: "Status",
    attempts: "Versuche",
    reply: "Antwort",
    next: (at: string) => `wieder ${at}`,
    none: "Noch wurde nichts geschickt.",
    isTest: "Test",
    error: {
      redirected: "eine Weiterleitung, der nicht gefolgt wird",
      timeout: "keine Antwort in der Zeit",
      not_reached: "nicht erreicht",
      url_not_allowed: "an diese Adresse wird nichts geschickt",
      name_not_found: "diesen Namen gibt es nicht",
      name_not_resolved: "der Name ließ sich nicht nachschlagen",
      address_not_public: "die Adresse ist nicht öffentlich",
    },
  },
);

const REFRESH_MS = 4_000;

export function Deliveries({ webhook }: { readonly webhook: Webhook }) {
  const path = { id: webhook.id };
  const list = useList("GET /me/webhooks/{id}/deliveries", webhook.id, { path, query: { limit: 20 } }, REFRESH_MS);
  return (
    <section class="card stack" aria-labelledby="deliveries">
      <h2 id="deliveries">{t().title}</h2>
      <Again webhook={webhook} onSent={list.reload} />
      <List
        label={t().title}
        headings={[t().number, t().state, t().what, t().when, t().attempts, t().reply]}
        rows={list.value.value?.rows}
        fault={list.fault.value}
        empty={t().none}
        more={list.value.value?.next ? list.more : undefined}
      >
        {(delivery) => (
          <tr key={delivery.number}>
            <td class="number">{number(delivery.number)}</td>
            <td>
              <StateOf of="delivery" state={delivery.state} />
            </td>
            <td>
              <details>
                <summary>{delivery.type === "test" ? t().isTest : typeName(delivery.type)}</summary>
                <pre class="sent">{laidOut(delivery.body)}</pre>
              </details>
            </td>
            <td>{dayAndTime(delivery.created_at, ownZone())}</td>
            <td class="number">{number(delivery.attempts)}</td>
            <td>{replyOf(delivery)}</td>
          </tr>
        )}
      </List>
    </section>
  );
}

function Again({ webhook, onSent }: { readonly webhook: Webhook; readonly onSent: () => Promise<void> }) {
  const from = useSignal("1");
  const said = useSignal("");
  const { run, isBusy, fault } = useTask();
  const path = { id: webhook.id };
  const say = async (text: string) => {
    said.value = text;
    announce(text);
    await onSent();
  };
  const replay = () =>
    run(async () => {
      const body = { from: Number(from.peek()) };
      const { deliveries } = await call("POST /me/webhooks/{id}/replay", { path, body });
      await say(deliveries === 0 ? t().nothing : t().replayed(deliveries));
    });
  const test = () =>
    run(async () => {
      await call("POST /me/webhooks/{id}/test", { path });
      await say(webhook.state === "active" ? t().testSent : t().testPaused);
    });
  return (
    <div class="stack">
      <Form class="search" onSubmit={replay}>
        <Field
          label={t().from}
          name="from"
          type="number"
          required
          value={from.value}
          hint={t().fromHint}
          problem={fieldProblem(fault.value, "from")}
          onInput={(value) => {
            from.value = value;
          }}
        />
        <Button type="submit" isBusy={isBusy.value}>
          {t().replay}
        </Button>
        <Button isBusy={isBusy.value} onClick={test}>
          {t().test}
        </Button>
      </Form>
      <Fault fault={fault.value} />
      {said.value !== "" && <p>{said.value}</p>}
    </div>
  );
}

/** The body is one line. */
function laidOut(body: string): string {
  return JSON.stringify(JSON.parse(body), null, 2);
}

/** "204", or why there was none; and when it is tried next. */
function replyOf({ last_status, last_error, next_attempt_at, attempts }: WebhookDelivery): string {
  const why = last_error === null ? undefined : t().error[last_error];
  const next = next_attempt_at !== null && attempts > 0 ? t().next(dayAndTime(next_attempt_at, ownZone())) : null;
  const parts = [last_status, why, next].filter((part) => part !== null && part !== undefined);
  return parts.length === 0 ? "–" : parts.join(", ");
}
