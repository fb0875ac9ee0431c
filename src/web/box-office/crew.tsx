// Who helps: managers, and who lets people in.

import { useSignal } from "@preact/signals";
import { call, Problem } from "../ui/api.ts";
import type { CrewPart } from "../ui/api-types.ts";
import { day } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Choice, Fault, Field, Form, Notice } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { account } from "../ui/session.ts";
import { useTask } from "../ui/task.ts";
import type { EventProps } from "./event-props.ts";
import { useList } from "./load.ts";
import { List } from "./table.tsx";

const t = texts(
  {
    title: "Crew",
    add: "Add",
    account: "Account number",
    unknown: "There is no account with this number.",
    hint: "Your helper makes an account, sees the number at /door, and tells you.",
    part: "Part",
    manager: "Manager: may do what you may, except calling off and choosing the crew",
    scanner: "Door: lets people in",
    managerShort: "Manager",
    scannerShort: "Door",
    name: "Name",
    since: "Since",
    remove: "Take away",
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
    hint: "Wer hilft, legt ein Konto an, sieht die Nummer unter /door und nennt sie Ihnen.",
    part: "Aufgabe",
    manager: "Manager: darf, was Sie dürfen, außer absagen und das Team wählen",
    scanner: "Einlass: lässt Leute hinein",
    managerShort: "Manager",
    scannerShort: "Einlass",
    name: "Name",
    since: "Seit",
    remove: "Entziehen",
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
  const add = () =>
    run(async () => {
      const { account, part } = form.peek();
      await call("PUT /events/{id}/crew/{account}", { path: { ...path, account: account.trim() }, body: { part } });
      form.value = { account: "", part };
      await list.reload();
    });
  const remove = (member: string) =>
    run(async () => {
      await call("DELETE /events/{id}/crew/{account}", { path: { ...path, account: member } });
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
        <Form class="card stack" onSubmit={add}>
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
          <Choice
            label={t().part}
            value={form.value.part}
            options={[
              ["scanner", t().scanner],
              ["manager", t().manager],
            ]}
            onChange={(part) => {
              form.value = { ...form.value, part: part as CrewPart };
            }}
          />
          <Fault fault={isUnknown ? null : fault.value} />
          <div>
            <Button kind="primary" type="submit" isBusy={isBusy.value}>
              {t().add}
            </Button>
          </div>
        </Form>
      ) : (
        <Notice>{t().notYours}</Notice>
      )}
      <List
        label={t().title}
        headings={[t().name, t().part, t().since, ""]}
        rows={list.value.value?.rows}
        fault={list.fault.value}
        empty={t().none}
        more={list.value.value?.next ? list.more : undefined}
      >
        {(member) => (
          <tr key={member.account}>
            <td>{member.username}</td>
            <td>{t()[`${member.part}Short`]}</td>
            <td>{day(member.since, event.timezone)}</td>
            <td>
              {isOwn && (
                <Button
                  label={`${t().remove}: ${member.username}`}
                  isBusy={isBusy.value}
                  onClick={() => remove(member.account)}
                >
                  {t().remove}
                </Button>
              )}
            </td>
          </tr>
        )}
      </List>
      <p class="soft">
        {t().own}: <code>{who?.id}</code>
      </p>
    </div>
  );
}
