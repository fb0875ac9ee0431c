// What an event is: made new, or changed.

import { useSignal } from "@preact/signals";
import type { EventDetail, NewEvent } from "../ui/api-types.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault, Field, Form, Notice } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { useTask } from "../ui/task.ts";
import { fromLocal, isTimeZone, localOr, orNull } from "./times.ts";

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
    mailed: (tickets: number) =>
      `${tickets} tickets are sold or held. Everybody who has one is mailed another name, place or time, half a minute after you save.`,
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
    mailed: (tickets: number) =>
      `${tickets} Tickets sind verkauft oder reserviert. Wer eines hat, erfährt einen anderen Namen, Ort oder Termin per Mail, eine halbe Minute nachdem Sie speichern.`,
  },
);

export type EventFields = Pick<
  NewEvent,
  "name" | "description" | "venue" | "starts_at" | "ends_at" | "timezone" | "doors_open_at" | "refundable_until"
>;

interface FormProps {
  readonly event: EventDetail | null;
  readonly submit: string;
  readonly onSave: (fields: EventFields) => Promise<void>;
}

export function EventForm({ event, submit, onSave }: FormProps) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = event?.timezone ?? own;
  const form = useSignal({
    name: event?.name ?? "",
    description: event?.description ?? "",
    venue: event?.venue ?? "",
    starts: localOr(event?.starts_at, zone),
    ends: localOr(event?.ends_at, zone),
    doors: localOr(event?.doors_open_at, zone),
    refunds: localOr(event?.refundable_until, zone),
    timezone: zone,
  });
  const { run, isBusy, fault } = useTask();
  const set = (name: keyof typeof form.value) => (value: string) => {
    form.value = { ...form.value, [name]: value };
  };
  const { starts, ends, doors, refunds, timezone, ...texts } = form.value;
  const isZone = isTimeZone(timezone);
  const used = isZone ? timezone : zone;
  const moments = {
    starts_at: fromLocal(starts, used),
    ends_at: fromLocal(ends, used),
    doors_open_at: orNull(doors, used),
    refundable_until: orNull(refunds, used),
  };
  const tickets = (event?.tickets ?? []).reduce((sum, { sold = 0, held = 0 }) => sum + sold + held, 0);
  const isNews =
    event !== null &&
    (["name", "venue"].some((name) => event[name as "name"] !== texts[name as "name"]) ||
      (["starts_at", "ends_at"] as const).some((name) => Date.parse(event[name]) !== Date.parse(moments[name])));
  const field = (name: keyof typeof form.value, label: string, problemOf: string, more: object = {}) => (
    <Field
      label={label}
      name={name}
      value={form.value[name]}
      onInput={set(name)}
      problem={fieldProblem(fault.value, problemOf)}
      {...more}
    />
  );
  return (
    <Form
      class="stack"
      onSubmit={() => {
        if (isZone) void run(() => onSave({ ...texts, ...moments, timezone }));
      }}
    >
      {field("name", t().name, "name", { required: true, maxLength: 200 })}
      {field("venue", t().venue, "venue", { required: true, maxLength: 200 })}
      <div class="columns">
        {field("starts", t().starts, "starts_at", {
          type: "datetime-local",
          required: true,
          onInput: (value: string) => {
            const isUnset = form.value.ends === "" || form.value.ends <= value;
            form.value = { ...form.value, starts: value, ...(isUnset ? { ends: threeHoursAfter(value) } : {}) };
          },
        })}
        {field("ends", t().ends, "ends_at", { type: "datetime-local", required: true })}
        {field("doors", t().doors, "doors_open_at", { type: "datetime-local", hint: t().doorsHint })}
        {field("timezone", t().zone, "timezone", {
          required: true,
          hint: t().zoneHint,
          autocomplete: "off",
          proposals: timeZones(),
          ...(isZone ? {} : { problem: t().zoneUnknown }),
        })}
      </div>
      {field("refunds", t().refunds, "refundable_until", { type: "datetime-local", hint: t().refundsHint })}
      {field("description", t().description, "description", { rows: 6 })}
      {isNews && tickets > 0 && <Notice kind="warning">{t().mailed(tickets)}</Notice>}
      <Fault fault={fault.value} />
      <div>
        <Button kind="primary" type="submit" isBusy={isBusy.value}>
          {submit}
        </Button>
      </div>
    </Form>
  );
}

let zones: readonly string[] | undefined;

/** All that the browser knows; asking for them takes it some milliseconds. */
function timeZones(): readonly string[] {
  zones ??= Intl.supportedValuesOf("timeZone");
  return zones;
}

function threeHoursAfter(local: string): string {
  const atMs = Date.parse(`${local}:00Z`);
  return Number.isNaN(atMs) ? "" : new Date(atMs + 3 * 3_600_000).toISOString().slice(0, 16);
}
