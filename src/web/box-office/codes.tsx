// The codes that open a price.

import { useSignal } from "@preact/signals";
import { call } from "../ui/api.ts";
import type { Ticket, TicketPrice } from "../ui/api-types.ts";
import { number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault, Field, Form } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { useTask } from "../ui/task.ts";
import { useList } from "./load.ts";
import { List } from "./table.tsx";

const t = texts(
  {
    codes: "Codes, one a line",
    codesHint: "Such as FRIENDS. Blanks and case do not matter.",
    count: "Or so many random ones",
    uses: "Each is good for so many tickets",
    usesHint: "Empty: for any number.",
    add: "Make codes",
    code: "Code",
    none: "No codes yet: nobody can buy at this price.",
    lacksCode: "Write a code, or below how many random ones you want.",
    used: "Used",
    of: "of",
  },
  {
    codes: "Codes, einer pro Zeile",
    codesHint: "Etwa FREUNDE. Leerzeichen und Großschreibung spielen keine Rolle.",
    count: "Oder so viele zufällige",
    uses: "Jeder gilt für so viele Tickets",
    usesHint: "Leer: für beliebig viele.",
    add: "Codes anlegen",
    code: "Code",
    none: "Noch keine Codes: Zu diesem Preis kann niemand kaufen.",
    lacksCode: "Schreiben Sie einen Code, oder unten, wie viele zufällige Sie möchten.",
    used: "Benutzt",
    of: "von",
  },
);

export function Codes({ ticket, price }: { readonly ticket: Ticket; readonly price: TicketPrice }) {
  const path = { id: ticket.id, price: price.id };
  const list = useList("GET /tickets/{id}/prices/{price}/codes", price.id, { path, query: { limit: 50 } });
  const form = useSignal({ codes: "", count: "", uses: "" });
  const key = useSignal(crypto.randomUUID());
  const isLacking = useSignal(false);
  const { run, isBusy, fault } = useTask();
  const set = (name: keyof typeof form.value) => (value: string) => {
    form.value = { ...form.value, [name]: value };
    isLacking.value = false;
  };
  const add = async () => {
    isLacking.value = form.peek().codes.trim() === "" && form.peek().count === "";
    if (!isLacking.peek()) await make();
  };
  const make = () =>
    run(async () => {
      const { codes, count, uses } = form.peek();
      const named = codes.split("\n").filter((code) => code.trim() !== "");
      const which = named.length > 0 ? { codes: named } : { count: Number(count) };
      const body = { ...which, uses: uses === "" ? null : Number(uses) };
      await call("POST /tickets/{id}/prices/{price}/codes", { path, body, key: key.peek() });
      form.value = { codes: "", count: "", uses };
      key.value = crypto.randomUUID();
      await list.reload();
    });
  return (
    <div class="stack">
      <Form class="stack" onSubmit={add}>
        <Field
          label={t().codes}
          name="codes"
          value={form.value.codes}
          onInput={set("codes")}
          rows={3}
          hint={t().codesHint}
          problem={isLacking.value ? t().lacksCode : fieldProblem(fault.value, "codes")}
        />
        <div class="columns">
          <Field
            label={t().count}
            name="count"
            type="number"
            value={form.value.count}
            onInput={set("count")}
            problem={fieldProblem(fault.value, "count")}
          />
          <Field
            label={t().uses}
            name="uses"
            type="number"
            value={form.value.uses}
            onInput={set("uses")}
            hint={t().usesHint}
            problem={fieldProblem(fault.value, "uses")}
          />
        </div>
        <Fault fault={fault.value} />
        <div>
          <Button kind="primary" type="submit" isBusy={isBusy.value}>
            {t().add}
          </Button>
        </div>
      </Form>
      <List
        label={t().code}
        headings={[t().code, t().used]}
        rows={list.value.value?.rows}
        fault={list.fault.value}
        empty={t().none}
        more={list.value.value?.next ? list.more : undefined}
      >
        {({ code, uses, max_uses }) => (
          <tr key={code}>
            <td>
              <code>{code}</code>
            </td>
            <td>
              {number(uses)} {max_uses !== null && `${t().of} ${number(max_uses)}`}
            </td>
          </tr>
        )}
      </List>
    </div>
  );
}
