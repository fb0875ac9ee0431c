// What an event is: made new, or changed.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { EventDetail } from "../ui/api-types.ts";
import { counted, texts } from "../ui/i18n.ts";
import { Button, Checkbox, Fault, Field, Form, Notice } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { useTask } from "../ui/task.ts";
import {
  changedFields,
  type EventFields,
  type EventValues,
  hasOtherTimes,
  momentsOf,
  valuesOf,
  withStart,
} from "./event-fields.ts";
import { Fields, setter } from "./fields.tsx";
import { isLegalSound, Legal } from "./legal-fields.tsx";
import { isTimeZone, ownZone } from "./times.ts";

const t = texts(
  {
    name: "Name",
    description: "Description",
    venue: "Place",
    starts: "Begins",
    ends: "Ends",
    doors: "Doors open",
    doorsHint: "Nobody is let in before. Leave it empty to let in whenever the crew scans.",
    zone: "Time zone",
    zoneHint: "All times are by the clocks there.",
    zoneUnknown: "Choose a time zone from the list, such as Europe/Berlin.",
    refunds: "Buyers may give tickets back until",
    refundsHint: "Empty: not at all. You can always refund them yourself.",
    reentry: "Who went out may come in again with the same ticket",
    mailed: (tickets: number) =>
      `${counted(tickets, "ticket is", "tickets are")} sold or held. Everybody who has one gets a mail with the new name, place or time, half a minute after you save.`,
  },
  {
    name: "Name",
    description: "Beschreibung",
    venue: "Ort",
    starts: "Beginn",
    ends: "Ende",
    doors: "Einlass",
    doorsHint: "Vorher kommt niemand hinein. Leer: sobald das Team scannt.",
    zone: "Zeitzone",
    zoneHint: "Alle Zeiten gelten nach den Uhren dort.",
    zoneUnknown: "Wählen Sie eine Zeitzone aus der Liste, etwa Europe/Berlin.",
    refunds: "Käufer können Tickets zurückgeben bis",
    refundsHint: "Leer: gar nicht. Sie selbst können jederzeit erstatten.",
    reentry: "Wer hinausgeht, kommt mit demselben Ticket wieder hinein",
    mailed: (tickets: number) =>
      `${counted(tickets, "Ticket ist", "Tickets sind")} verkauft oder reserviert. Wer eines hat, erfährt einen anderen Namen, Ort oder Termin per Mail, eine halbe Minute nachdem Sie speichern.`,
  },
);

interface FormProps {
  /** The one that is changed; null for a new one. */
  readonly event: EventDetail | null;
  /** What a new one begins with. */
  readonly like?: EventValues | undefined;
  readonly submit: string;
  /** What was changed; of a new event all that was filled in. */
  readonly onSave: (fields: EventFields) => Promise<void>;
}

export function EventForm({ event, like, submit, onSave }: FormProps) {
  const before = valuesOf(event, ownZone());
  const form = useSignal(like ?? before);
  const [anchor, moved] = [useRef(form.peek()), useRef(form.peek())];
  const { run, isBusy, fault } = useTask();
  const { timezone } = form.value;
  const isZone = isTimeZone(timezone);
  const isSound = isZone && isLegalSound(form.value);
  const tickets = (event?.tickets ?? []).reduce((sum, { sold = 0, held = 0 }) => sum + sold + held, 0);
  const shared = { form, fault: fault.value };
  return (
    <Form class="stack" onSubmit={() => isSound && run(() => onSave(changedFields(form.peek(), event && before)))}>
      <Fields
        {...shared}
        fields={[
          { name: "name", label: t().name, required: true, maxLength: 200 },
          { name: "venue", label: t().venue, required: true, maxLength: 200 },
        ]}
      />
      <div class="columns">
        <Field
          label={t().starts}
          name="starts"
          type="datetime-local"
          required
          value={form.value.starts}
          problem={fieldProblem(fault.value, "starts_at")}
          onInput={(starts) => {
            if (hasOtherTimes(form.value, moved.current)) anchor.current = form.value;
            moved.current = withStart(form.value, anchor.current, starts, isZone ? timezone : ownZone());
            form.value = moved.current;
          }}
        />
        <Fields
          {...shared}
          fields={[
            { name: "ends", of: "ends_at", label: t().ends, type: "datetime-local", required: true },
            { name: "doors", of: "doors_open_at", label: t().doors, type: "datetime-local", hint: t().doorsHint },
            {
              name: "timezone",
              label: t().zone,
              required: true,
              hint: t().zoneHint,
              autocomplete: "off",
              proposals: timeZones(),
              check: (zone) => (isTimeZone(zone) ? null : t().zoneUnknown),
            },
          ]}
        />
      </div>
      <Fields
        {...shared}
        fields={[
          {
            name: "refunds",
            of: "refundable_until",
            label: t().refunds,
            type: "datetime-local",
            hint: t().refundsHint,
          },
          { name: "description", label: t().description, rows: 6 },
        ]}
      />
      <Checkbox label={t().reentry} isChecked={form.value.mayComeBack} onChange={setter(form, "mayComeBack")} />
      <Legal {...shared} version={event?.terms?.version ?? null} />
      {tickets > 0 && isNews(event, form.value) && <Notice kind="warning">{t().mailed(tickets)}</Notice>}
      <Fault fault={fault.value} />
      <div>
        <Button kind="primary" type="submit" isBusy={isBusy.value}>
          {submit}
        </Button>
      </div>
    </Form>
  );
}

/** Whether those who have tickets are mailed. */
function isNews(event: EventDetail | null, values: EventValues): boolean {
  if (event === null) return false;
  const { starts_at, ends_at } = momentsOf(values, isTimeZone(values.timezone) ? values.timezone : event.timezone);
  return (
    event.name !== values.name ||
    event.venue !== values.venue ||
    Date.parse(event.starts_at) !== Date.parse(starts_at) ||
    Date.parse(event.ends_at) !== Date.parse(ends_at)
  );
}

let zones: readonly string[] | undefined;

/** All that the browser knows; asking for them takes it some milliseconds. */
function timeZones(): readonly string[] {
  zones ??= Intl.supportedValuesOf("timeZone");
  return zones;
}
