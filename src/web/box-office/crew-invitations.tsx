// Inviting helpers by their address, and who has not accepted yet.

import { useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { CrewInvitation, CrewPart } from "../ui/api-types.ts";
import { dayAndTime } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault, Field, Form, Notice } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { useTask } from "../ui/task.ts";
import { PartChoice, partName } from "./crew-parts.tsx";
import type { EventProps } from "./event-props.ts";
import { useList } from "./load.ts";
import { Sure } from "./sure.tsx";
import { List } from "./table.tsx";
import { StateOf } from "./words.tsx";

const t = texts(
  {
    invite: "Invite",
    email: "E-mail address",
    hint: "We mail a link to this address. The person who opens it makes an account or signs in, and accepts.",
    invited: (email: string) => `An invitation is on its way to ${email}.`,
    open: "Invited, not accepted yet",
    none: "No invitation is open.",
    part: "Part",
    until: "Open until",
    mail: "Mail",
    again: "Send again",
    takeBack: "Take back",
    sure: (email: string) => `The link that was mailed to ${email} opens nothing any more.`,
    keep: "Keep it",
    isTakenBack: "The invitation is taken back.",
  },
  {
    invite: "Einladen",
    email: "E-Mail-Adresse",
    hint: "Wir schicken einen Link an diese Adresse. Wer ihn öffnet, legt ein Konto an oder meldet sich an und nimmt an.",
    invited: (email: string) => `Eine Einladung an ${email} ist unterwegs.`,
    open: "Eingeladen, noch nicht angenommen",
    none: "Keine Einladung ist offen.",
    part: "Aufgabe",
    until: "Gilt bis",
    mail: "Mail",
    again: "Noch einmal senden",
    takeBack: "Zurücknehmen",
    sure: (email: string) => `Der Link, der an ${email} ging, öffnet dann nichts mehr.`,
    keep: "Behalten",
    isTakenBack: "Die Einladung ist zurückgenommen.",
  },
);

export function CrewInvitations({ event }: Pick<EventProps, "event">) {
  const path = { id: event.id };
  const list = useList("GET /events/{id}/crew-invitations", event.id, { path });
  const form = useSignal<{ email: string; part: CrewPart }>({ email: "", part: "scanner" });
  const sentTo = useSignal<string | null>(null);
  const going = useSignal<CrewInvitation | null>(null);
  const { run, isBusy, fault } = useTask();
  const listTask = useTask();
  const send = async (email: string, part: CrewPart) => {
    sentTo.value = null;
    const invited = await call("POST /events/{id}/crew-invitations", { path, body: { email, part } });
    sentTo.value = invited.email;
    announce(t().invited(invited.email));
    await list.reload();
  };
  const invite = () =>
    run(async () => {
      const { email, part } = form.peek();
      await send(email.trim(), part);
      form.value = { email: "", part };
    });
  const takeBack = async ({ id: invitation }: CrewInvitation) => {
    await call("DELETE /events/{id}/crew-invitations/{invitation}", { path: { ...path, invitation } });
    sentTo.value = null;
    going.value = null;
    announce(t().isTakenBack);
    await list.reload();
  };
  return (
    <div class="stack">
      <Form class="card stack" onSubmit={invite}>
        <Field
          label={t().email}
          name="email"
          type="email"
          value={form.value.email}
          hint={t().hint}
          required
          problem={fieldProblem(fault.value, "email")}
          autocomplete="off"
          onInput={(email) => {
            form.value = { ...form.value, email };
          }}
        />
        <PartChoice
          part={form.value.part}
          onChange={(part) => {
            form.value = { ...form.value, part };
          }}
        />
        <Fault fault={fault.value} />
        {sentTo.value !== null && <Notice kind="good">{t().invited(sentTo.value)}</Notice>}
        <div>
          <Button kind="primary" type="submit" isBusy={isBusy.value}>
            {t().invite}
          </Button>
        </div>
      </Form>
      {(list.value.value?.rows.length ?? 0) > 0 && <h3>{t().open}</h3>}
      <Fault fault={listTask.fault.value} />
      <List
        label={t().open}
        headings={[t().email, t().part, t().until, t().mail, ""]}
        rows={list.value.value?.rows}
        fault={list.fault.value}
        empty={t().none}
      >
        {(invitation) => (
          <tr key={invitation.email}>
            <td>{invitation.email}</td>
            <td>{partName(invitation.part)}</td>
            <td>{dayAndTime(invitation.open_until, event.timezone)}</td>
            <td>{invitation.mail !== null && <StateOf of="mail" state={invitation.mail} />}</td>
            <td>
              <div class="row">
                <Button
                  label={`${t().again}: ${invitation.email}`}
                  isBusy={listTask.isBusy.value}
                  onClick={() => listTask.run(() => send(invitation.email, invitation.part))}
                >
                  {t().again}
                </Button>
                <Button
                  label={`${t().takeBack}: ${invitation.email}`}
                  onClick={() => {
                    going.value = invitation;
                  }}
                >
                  {t().takeBack}
                </Button>
              </div>
            </td>
          </tr>
        )}
      </List>
      {going.value !== null && (
        <Sure
          title={t().takeBack}
          means={t().sure(going.value.email)}
          keep={t().keep}
          onSure={() => takeBack(going.value as CrewInvitation)}
          onClose={() => {
            going.value = null;
          }}
        />
      )}
    </div>
  );
}
