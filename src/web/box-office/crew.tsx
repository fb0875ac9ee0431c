// Who helps: managers, and who lets people in.

import { useSignal } from "@preact/signals";
import { call, Problem } from "../ui/api.ts";
import type { CrewPart } from "../ui/api-types.ts";
import { day } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault, Field, Form, Notice } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { account } from "../ui/session.ts";
import { useTask } from "../ui/task.ts";
import { CrewInvitations } from "./crew-invitations.tsx";
import { PartChoice, partName } from "./crew-parts.tsx";
import type { EventProps } from "./event-props.ts";
import { useList } from "./load.ts";
import { List } from "./table.tsx";

const t = texts(
  {
    title: "Crew",
    add: "Add",
    account: "Account number",
    unknown: "There is no account with this number.",
    byNumber: "By account number",
    hint: "Your helper has an account, sees the number at /door, and tells you. The part counts at once.",
    part: "Part",
    name: "Name",
    since: "Since",
    remove: "Take away",
    toManager: "Make manager",
    toScanner: "Door only",
    none: "Nobody helps yet.",
    own: "Your own account number",
    notYours: "Only the organiser chooses the crew.",
    door: "To let people in, open",
  },
  {
    title: "Team",
    add: "Hinzufügen",
    account: "Kontonummer",
    unknown: "Mit dieser Nummer gibt es kein Konto.",
    byNumber: "Mit Kontonummer",
    hint: "Wer hilft, hat ein Konto, sieht die Nummer unter /door und nennt sie Ihnen. Die Aufgabe gilt sofort.",
    part: "Aufgabe",
    name: "Name",
    since: "Seit",
    remove: "Entziehen",
    toManager: "Zum Manager machen",
    toScanner: "Nur Einlass",
    none: "Noch hilft niemand.",
    own: "Ihre eigene Kontonummer",
    notYours: "Nur der Veranstalter wählt das Team.",
    door: "Für den Einlass öffnet man",
  },
);

export function Crew({ event }: EventProps) {
  const path = { id: event.id };
  const who = account.value;
  const isOwn = who?.id === event.organizer || who?.role === "admin";
  const list = useList("GET /events/{id}/crew", event.id, { path });
  const form = useSignal<{ account: string; part: CrewPart }>({ account: "", part: "scanner" });
  const { run, isBusy, fault } = useTask();
  const member = (account: string) => ({ path: { ...path, account } });
  const add = () =>
    run(async () => {
      const { account, part } = form.peek();
      await call("PUT /events/{id}/crew/{account}", { ...member(account.trim()), body: { part } });
      form.value = { account: "", part };
      await list.reload();
    });
  const changing = useTask();
  const remove = (account: string) =>
    changing.run(async () => {
      await call("DELETE /events/{id}/crew/{account}", member(account));
      await list.reload();
    });
  const give = (account: string, part: CrewPart) =>
    changing.run(async () => {
      await call("PUT /events/{id}/crew/{account}", { ...member(account), body: { part } });
      await list.reload();
    });
  const isUnknown = fault.value instanceof Problem && fault.value.status === 404;
  return (
    <div class="stack">
      <h2>{t().title}</h2>
      <p>
        {t().door} <a href="/door">/door</a>
      </p>
      {isOwn ? (
        <>
          <CrewInvitations event={event} />
          <details class="part">
            <summary>{t().byNumber}</summary>
            <Form class="stack" onSubmit={add}>
              <Field
                label={t().account}
                name="account"
                value={form.value.account}
                hint={t().hint}
                required
                problem={isUnknown ? t().unknown : fieldProblem(fault.value, "account")}
                autocomplete="off"
                onInput={(value) => {
                  form.value = { ...form.value, account: value };
                }}
              />
              <PartChoice
                part={form.value.part}
                onChange={(part) => {
                  form.value = { ...form.value, part };
                }}
              />
              <Fault fault={isUnknown ? null : fault.value} />
              <div>
                <Button kind="primary" type="submit" isBusy={isBusy.value}>
                  {t().add}
                </Button>
              </div>
            </Form>
          </details>
        </>
      ) : (
        <Notice>{t().notYours}</Notice>
      )}
      <Fault fault={changing.fault.value} />
      <List
        label={t().title}
        headings={[t().name, t().part, t().since, ""]}
        rows={list.value.value?.rows}
        fault={list.fault.value}
        empty={t().none}
        more={list.value.value?.next ? list.more : undefined}
      >
        {({ account, username, part, since }) => {
          const other = part === "manager" ? "scanner" : "manager";
          const gives = other === "manager" ? t().toManager : t().toScanner;
          return (
            <tr key={account}>
              <td>{username}</td>
              <td>{partName(part)}</td>
              <td>{day(since, event.timezone)}</td>
              <td>
                {isOwn && (
                  <div class="row">
                    <Button
                      label={`${gives}: ${username}`}
                      isBusy={changing.isBusy.value}
                      onClick={() => give(account, other)}
                    >
                      {gives}
                    </Button>
                    <Button
                      label={`${t().remove}: ${username}`}
                      isBusy={changing.isBusy.value}
                      onClick={() => remove(account)}
                    >
                      {t().remove}
                    </Button>
                  </div>
                )}
              </td>
            </tr>
          );
        }}
      </List>
      <p class="soft">
        {t().own}: <code>{who?.id}</code>
      </p>
    </div>
  );
}
