// The account's webhooks: where news of its events is sent.

import { useSignal } from "@preact/signals";
import { call } from "../ui/api.ts";
import type { MadeWebhook } from "../ui/api-types.ts";
import { number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { useLoad } from "./load.ts";
import { Making } from "./making.tsx";
import { List } from "./table.tsx";
import { WebhookForm } from "./webhook-form.tsx";
import { StateOf } from "./words.tsx";

const t = texts(
  {
    title: "Webhooks",
    add: "New webhook",
    about: "The service calls an address of yours whenever something happens to one of your events.",
    secret: "The secret that signs",
    url: "Address",
    types: "News",
    of: (types: number) => `${types} kinds`,
    state: "State",
    sent: "Sent",
    none: "No address gets news yet.",
    make: "Make the webhook",
  },
  {
    title: "Webhooks",
    add: "Neuer Webhook",
    about: "Der Dienst ruft eine Adresse von Ihnen auf, sobald bei einer Ihrer Veranstaltungen etwas geschieht.",
    secret: "Der Schlüssel, der unterschreibt",
    url: "Adresse",
    types: "Neuigkeiten",
    of: (types: number) => `${types} Arten`,
    state: "Status",
    sent: "Verschickt",
    none: "Noch bekommt keine Adresse Neuigkeiten.",
    make: "Webhook anlegen",
  },
);

export function Webhooks() {
  const list = useLoad("webhooks", () => call("GET /me/webhooks", {}));
  const made = useSignal<MadeWebhook | null>(null);
  return (
    <Making
      id="webhooks"
      title={t().title}
      about={t().about}
      add={t().add}
      made={made}
      shown={({ secret }) => ({ title: t().secret, secret })}
      form={(onMade) => (
        <WebhookForm
          webhook={null}
          submit={t().make}
          onSave={async (body) => onMade(await call("POST /me/webhooks", { body }))}
        />
      )}
      onMade={list.reload}
    >
      <List
        label={t().title}
        headings={[t().url, t().types, t().state, t().sent]}
        rows={list.value.value}
        fault={list.fault.value}
        empty={t().none}
      >
        {({ id, url, types, state, last_number }) => (
          <tr key={id}>
            <td>
              <a class="url" href={`/box-office/integrations/webhooks/${id}`}>
                {url}
              </a>
            </td>
            <td>{types.length === 1 ? <code>{types[0]}</code> : t().of(types.length)}</td>
            <td>
              <StateOf of="webhook" state={state} />
            </td>
            <td class="number">{number(last_number)}</td>
          </tr>
        )}
      </List>
    </Making>
  );
}
