// The account's webhooks: where news of its events is sent.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { call } from "../ui/api.ts";
import type { MadeWebhook } from "../ui/api-types.ts";
import { number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Dialog } from "../ui/parts.tsx";
import { useLoad } from "./load.ts";
import { ShownOnce } from "./shown-once.tsx";
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
  const isMaking = useSignal(false);
  const made = useSignal<MadeWebhook | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  return (
    <section class="card stack" aria-labelledby="webhooks">
      <div class="row between">
        <h2 id="webhooks" ref={heading} tabIndex={-1}>
          {t().title}
        </h2>
        <Button
          kind="primary"
          onClick={() => {
            isMaking.value = true;
          }}
        >
          {t().add}
        </Button>
      </div>
      <p class="soft">{t().about}</p>
      {made.value !== null && (
        <ShownOnce
          title={t().secret}
          secret={made.value.secret}
          onDone={() => {
            made.value = null;
            heading.current?.focus();
          }}
        />
      )}
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
      {isMaking.value && (
        <Dialog
          title={t().add}
          onClose={() => {
            isMaking.value = false;
          }}
        >
          <WebhookForm
            webhook={null}
            submit={t().make}
            onSave={async (body) => {
              made.value = await call("POST /me/webhooks", { body });
              isMaking.value = false;
              void list.reload();
            }}
          />
        </Dialog>
      )}
    </section>
  );
}
