// Writing to everybody who holds tickets, and what became of the event's mails.

import { useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { Message } from "../ui/api-types.ts";
import { dayAndTime, number } from "../ui/format.ts";
import { counted, texts } from "../ui/i18n.ts";
import { Button, Choice, Dialog, Fault, Field, Form, Notice } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { useTask } from "../ui/task.ts";
import type { EventProps } from "./event-props.ts";
import { useList } from "./load.ts";
import { List } from "./table.tsx";
import { StateOf, wordFor } from "./words.tsx";

const t = texts(
  {
    write: "Write to everybody",
    subject: "Subject",
    text: "Text",
    hint: "Plain text. Everybody who holds a ticket gets it by mail; it can't be taken back. Three a day at most.",
    send: "Send",
    sure: "Write to everybody now?",
    sureText: (tickets: number) =>
      `${counted(tickets, "ticket is", "tickets are")} sold: everybody who holds one is mailed this. It can't be taken back.`,
    nobody: "Nobody holds a ticket yet: this would reach nobody.",
    keep: "Not yet",
    sent: "The message is on its way.",
    onItsWay: "on their way",
    toNobody: "to nobody",
    messages: "Messages",
    when: "When",
    mails: "Mails",
    none: "You have not written to anybody yet.",
    all: "All mails",
    state: "State",
    every: "All",
    kind: "About",
    to: "To",
    order: "Order",
    show: "Show",
    noMails: "No mails of this kind.",
    notReached: "These mails did not reach their address. Look at the order, and find another way to its buyer.",
  },
  {
    write: "An alle schreiben",
    subject: "Betreff",
    text: "Text",
    hint: "Reiner Text. Alle, die ein Ticket haben, bekommen ihn per Mail; zurückholen lässt er sich nicht. Höchstens drei am Tag.",
    send: "Abschicken",
    sure: "Jetzt an alle schreiben?",
    sureText: (tickets: number) =>
      `${counted(tickets, "Ticket ist", "Tickets sind")} verkauft: Alle, die eines haben, bekommen das per Mail. Zurückholen lässt es sich nicht.`,
    nobody: "Noch hat niemand ein Ticket: Das würde niemanden erreichen.",
    keep: "Noch nicht",
    sent: "Die Nachricht ist unterwegs.",
    onItsWay: "unterwegs",
    toNobody: "an niemanden",
    messages: "Nachrichten",
    when: "Wann",
    mails: "Mails",
    none: "Sie haben noch niemandem geschrieben.",
    all: "Alle Mails",
    state: "Status",
    every: "Alle",
    kind: "Worum es geht",
    to: "An",
    order: "Bestellung",
    show: "Ansehen",
    noMails: "Keine solchen Mails.",
    notReached:
      "Diese Mails haben ihre Adresse nicht erreicht. Sehen Sie bei der Bestellung nach, wie Sie den Käufer anders erreichen.",
  },
);

const NOT_REACHED: readonly string[] = ["bounced", "refused", "suppressed"];
const STATES = ["bounced", "due", "sent", "refused", "suppressed", "complained", "dropped"] as const;

/** While mails go out. */
const EVERY_MS = 4_000;

export function Messages({ event, reload }: EventProps) {
  const form = useSignal({ subject: "", text: "" });
  const key = useSignal(crypto.randomUUID());
  const { run, isBusy, fault } = useTask();
  const path = { id: event.id };
  const list = useList("GET /events/{id}/messages", event.id, { path, query: { limit: 20 } }, EVERY_MS);
  const isSent = useSignal(false);
  const tickets = event.tickets.reduce((sum, { sold = 0 }) => sum + sold, 0);
  const isAsking = useSignal(false);
  const send = () =>
    run(async () => {
      isAsking.value = false;
      await call("POST /events/{id}/messages", { path, body: form.peek(), key: key.peek() });
      form.value = { subject: "", text: "" };
      key.value = crypto.randomUUID();
      isSent.value = true;
      announce(t().sent, "polite");
      await list.reload();
    });
  const set = (name: keyof typeof form.value) => (value: string) => {
    form.value = { ...form.value, [name]: value };
  };
  return (
    <div class="stack">
      <section class="card stack" aria-labelledby="write">
        <h2 id="write">{t().write}</h2>
        <Form
          class="stack"
          onSubmit={() => {
            isAsking.value = true;
            isSent.value = false;
            void reload();
          }}
        >
          <Field
            label={t().subject}
            name="subject"
            value={form.value.subject}
            required
            maxLength={100}
            onInput={set("subject")}
            problem={fieldProblem(fault.value, "subject")}
          />
          <Field
            label={t().text}
            name="text"
            value={form.value.text}
            rows={5}
            required
            hint={t().hint}
            onInput={set("text")}
            problem={fieldProblem(fault.value, "text")}
          />
          <Fault fault={fault.value} />
          <div>
            <Button kind="primary" type="submit" isBusy={isBusy.value}>
              {t().send}
            </Button>
          </div>
        </Form>
        {isSent.value && <Notice kind="good">{t().sent}</Notice>}
        {isAsking.value && (
          <Dialog
            title={t().sure}
            onClose={() => {
              isAsking.value = false;
            }}
          >
            <div class="stack">
              {tickets === 0 ? <Notice kind="warning">{t().nobody}</Notice> : <p>{t().sureText(tickets)}</p>}
              <p>
                <strong>{form.value.subject}</strong>
              </p>
              <p class="written">{form.value.text}</p>
              <div class="row">
                <Button kind="primary" isBusy={isBusy.value} onClick={send}>
                  {t().send}
                </Button>
                <Button
                  onClick={() => {
                    isAsking.value = false;
                  }}
                >
                  {t().keep}
                </Button>
              </div>
            </div>
          </Dialog>
        )}
      </section>
      <section class="stack" aria-labelledby="messages">
        <h2 id="messages">{t().messages}</h2>
        <List
          label={t().messages}
          headings={[t().when, t().subject, t().mails]}
          rows={list.value.value?.rows}
          fault={list.fault.value}
          empty={t().none}
          more={list.value.value?.next ? list.more : undefined}
        >
          {(message) => (
            <tr key={message.id}>
              <td>{dayAndTime(message.created_at, event.timezone)}</td>
              <td>
                <details>
                  <summary>{message.subject}</summary>
                  <p class="written">{message.text}</p>
                </details>
              </td>
              <td>{mailsOf(message)}</td>
            </tr>
          )}
        </List>
      </section>
      <Mails event={event} />
    </div>
  );
}

/** "Sent: 23, Bounced: 1" */
function mailsOf({ mails, finished_at }: Message): string {
  if (mails.length === 0) return finished_at === null ? t().onItsWay : t().toNobody;
  return mails.map(({ state, mails }) => `${wordFor("mail", state)}: ${number(mails)}`).join(", ");
}

function Mails({ event }: Pick<EventProps, "event">) {
  const state = useSignal("");
  const list = useList(
    "GET /events/{id}/mails",
    `${event.id} ${state.value}`,
    {
      path: { id: event.id },
      query: { limit: 50, ...(state.value === "" ? {} : { state: state.value }) },
    },
    EVERY_MS,
  );
  return (
    <section class="stack" aria-labelledby="mails">
      <div class="row between">
        <h2 id="mails">{t().all}</h2>
        <Choice
          label={t().state}
          value={state.value}
          options={[["", t().every], ...STATES.map((one) => [one, wordFor("mail", one)] as const)]}
          onChange={(chosen) => {
            state.value = chosen;
          }}
        />
      </div>
      {NOT_REACHED.includes(state.value) && <Notice>{t().notReached}</Notice>}
      <List
        label={t().all}
        headings={[t().when, t().kind, t().to, t().state, t().order]}
        rows={list.value.value?.rows}
        fault={list.fault.value}
        empty={t().noMails}
        more={list.value.value?.next ? list.more : undefined}
      >
        {(mail) => {
          const about = mail.order ?? mail.reservation;
          return (
            <tr key={`${mail.kind} ${about} ${mail.since} ${mail.to}`}>
              <td>{dayAndTime(mail.since, event.timezone)}</td>
              <td>{wordFor("kind", mail.kind)}</td>
              <td>{mail.to ?? "–"}</td>
              <td>
                <StateOf of="mail" state={mail.state} /> {mail.error}
              </td>
              <td>
                {about === null ? "–" : <a href={`/box-office/events/${event.id}/orders/${about}`}>{t().show}</a>}
              </td>
            </tr>
          );
        }}
      </List>
    </section>
  );
}
