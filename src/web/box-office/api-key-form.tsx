// Makes a key for a program: what it is for, what it may do, until when.

import { useSignal } from "@preact/signals";
import { SCOPES } from "../../domain/scopes.ts";
import { call, Problem } from "../ui/api.ts";
import type { MadeApiKey, Scope } from "../ui/api-types.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault, Form } from "../ui/parts.tsx";
import { fieldProblem, problemText } from "../ui/problems.ts";
import { useTask } from "../ui/task.ts";
import { Checks } from "./checks.tsx";
import { Fields } from "./fields.tsx";
import { fromLocal, ownZone } from "./times.ts";

const t = texts(
  {
    name: "Name",
    nameHint: "What the key is for, such as “Till in the foyer”.",
    scopes: "What it may do",
    expires: "Last day",
    expiresHint: "Empty: it does not expire.",
    password: "Your password",
    passwordHint: "So that nobody makes a key in a session that you left open. A new password revokes all keys.",
    make: "Make the key",
    noScope: "Choose something.",
    scope: {
      "events:read": "See events, drafts included",
      "events:write": "Make and change events, tickets, prices and codes",
      "orders:read": "See what was sold, and to whom",
      "orders:write": "Sell at the counter",
      "refunds:write": "Give money back",
      "check-ins:read": "See who is inside",
      "check-ins:write": "Let people in",
    } as Record<Scope, string>,
  },
  {
    name: "Name",
    nameHint: "Wofür der Schlüssel ist, etwa „Kasse im Foyer“.",
    scopes: "Was es darf",
    expires: "Letzter Tag",
    expiresHint: "Leer: er läuft nicht ab.",
    password: "Ihr Passwort",
    passwordHint:
      "Damit niemand in Ihrer offenen Sitzung einen Schlüssel anlegt. Ein neues Passwort widerruft alle Schlüssel.",
    make: "Schlüssel anlegen",
    noScope: "Wählen Sie etwas aus.",
    scope: {
      "events:read": "Veranstaltungen sehen, auch Entwürfe",
      "events:write": "Veranstaltungen, Tickets, Preise und Codes anlegen und ändern",
      "orders:read": "Sehen, was an wen verkauft wurde",
      "orders:write": "An der Kasse verkaufen",
      "refunds:write": "Geld erstatten",
      "check-ins:read": "Sehen, wer drin ist",
      "check-ins:write": "Leute einlassen",
    },
  },
);

export function scopeName(scope: Scope): string {
  return t().scope[scope];
}

export function ApiKeyForm({ onMade }: { readonly onMade: (key: MadeApiKey) => void }) {
  const form = useSignal({ name: "", lastDay: "", password: "" });
  const scopes = useSignal<readonly Scope[]>([]);
  const lacksScope = useSignal(false);
  const { run, isBusy, fault } = useTask();
  const make = () =>
    run(async () => {
      const { name, lastDay, password } = form.peek();
      const expires_at = lastDay === "" ? null : fromLocal(`${lastDay}T23:59`, ownZone());
      onMade(await call("POST /me/api-keys", { body: { name, scopes: [...scopes.peek()], expires_at, password } }));
    });
  const shared = { form, fault: fault.value };
  const isWrong = fault.value instanceof Problem && fault.value.type === "wrong-password";
  return (
    <Form
      class="stack"
      onSubmit={() => {
        lacksScope.value = scopes.peek().length === 0;
        if (!lacksScope.peek()) void make();
      }}
    >
      <Fields
        {...shared}
        fields={[
          { name: "name", label: t().name, hint: t().nameHint, required: true, maxLength: 100, autocomplete: "off" },
        ]}
      />
      <Checks
        label={t().scopes}
        options={SCOPES.map((scope) => [scope, t().scope[scope]] as const)}
        chosen={scopes.value}
        problem={lacksScope.value ? t().noScope : fieldProblem(fault.value, "scopes")}
        onChange={(chosen) => {
          scopes.value = chosen;
          lacksScope.value = false;
        }}
      />
      <Fields
        {...shared}
        fields={[
          { name: "lastDay", of: "expires_at", label: t().expires, hint: t().expiresHint, type: "date" },
          {
            name: "password",
            type: "password",
            label: t().password,
            hint: t().passwordHint,
            required: true,
            autocomplete: "current-password",
            check: () => (isWrong ? problemText(fault.value) : null),
          },
        ]}
      />
      <Fault fault={isWrong ? null : fault.value} />
      <div>
        <Button kind="primary" type="submit" isBusy={isBusy.value}>
          {t().make}
        </Button>
      </div>
    </Form>
  );
}
