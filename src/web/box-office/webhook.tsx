// One webhook: what it gets, what was sent to it, and sending it again.

import { useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { Webhook } from "../ui/api-types.ts";
import { dayAndTime } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Dialog, Fault, Loading, Notice } from "../ui/parts.tsx";
import { go } from "../ui/router.ts";
import { useTask } from "../ui/task.ts";
import { Heading } from "../ui/view.tsx";
import { useLoad } from "./load.ts";
import { focusOn } from "./making.tsx";
import { ShownOnce } from "./shown-once.tsx";
import { Sure } from "./sure.tsx";
import { ownZone } from "./times.ts";
import { Deliveries } from "./webhook-deliveries.tsx";
import { typeName, WebhookForm } from "./webhook-form.tsx";
import { StateOf } from "./words.tsx";

const t = texts(
  {
    all: "Integrations",
    title: "Webhook",
    unknown: "There is no such webhook.",
    gets: "Gets news of",
    since: "Since",
    failing: (since: string) => `Nothing was accepted there since ${since}.`,
    disabled:
      "Nothing was accepted there for three days, so nothing is sent any more. Put it on again once it works: what was owed can be sent again below.",
    bothSign: (until: string) => `The secret before signs, too, until ${until}.`,
    pause: "Pause",
    goOn: "Put it on again",
    change: "Change",
    save: "Save",
    rotate: "New secret",
    secret: "The new secret that signs",
    delete: "Delete",
    sure: "Nothing is sent there any more, and what was sent is forgotten. That can't be undone.",
    keep: "Keep it",
    deleted: "The webhook is deleted.",
    saved: "Saved.",
  },
  {
    all: "Schnittstellen",
    title: "Webhook",
    unknown: "Diesen Webhook gibt es nicht.",
    gets: "Bekommt Neuigkeiten über",
    since: "Seit",
    failing: (since: string) => `Dort wird seit ${since} nichts angenommen.`,
    disabled:
      "Dort wurde drei Tage lang nichts angenommen, also wird nichts mehr geschickt. Schalten Sie ihn wieder ein, wenn die Adresse antwortet: Was fehlt, lässt sich unten noch einmal schicken.",
    bothSign: (until: string) => `Der Schlüssel davor unterschreibt noch bis ${until}.`,
    pause: "Anhalten",
    goOn: "Wieder einschalten",
    change: "Ändern",
    save: "Speichern",
    rotate: "Neuer Schlüssel",
    secret: "Der neue Schlüssel, der unterschreibt",
    delete: "Löschen",
    sure: "Dorthin wird nichts mehr geschickt, und was geschickt wurde, ist vergessen. Das lässt sich nicht rückgängig machen.",
    keep: "Behalten",
    deleted: "Der Webhook ist gelöscht.",
    saved: "Gespeichert.",
  },
);

export function WebhookPage({ id }: { readonly id: string }) {
  const { value, fault, reload } = useLoad(id, async () => {
    const all = await call("GET /me/webhooks", {});
    return { webhook: all.find((one) => one.id === id) ?? null };
  });
  if (value.value === undefined) return fault.value ? <Fault fault={fault.value} /> : <Loading />;
  const { webhook } = value.value;
  return (
    <div class="stack">
      <p>
        <a href="/box-office/integrations">{t().all}</a>
      </p>
      {webhook === null ? (
        <Heading>{t().unknown}</Heading>
      ) : (
        <>
          <div class="row between">
            <Heading>{t().title}</Heading>
            <StateOf of="webhook" state={webhook.state} />
          </div>
          <Facts webhook={webhook} reload={reload} />
          <Deliveries webhook={webhook} />
        </>
      )}
    </div>
  );
}

interface WebhookProps {
  readonly webhook: Webhook;
  readonly reload: () => Promise<void>;
}

function Facts({ webhook, reload }: WebhookProps) {
  const { url, types, created_at, failing_since, previous_secret_until, state } = webhook;
  return (
    <section class="card stack" aria-labelledby="webhook-url">
      <h2 id="webhook-url" class="url" tabIndex={-1}>
        {url}
      </h2>
      {state === "disabled" && <Notice kind="bad">{t().disabled}</Notice>}
      {state !== "disabled" && failing_since !== null && (
        <Notice kind="warning">{t().failing(dayAndTime(failing_since, ownZone()))}</Notice>
      )}
      <dl class="facts">
        <div>
          <dt>{t().gets}</dt>
          <dd>{types.map(typeName).join(", ")}</dd>
        </div>
        <div>
          <dt>{t().since}</dt>
          <dd>{dayAndTime(created_at, ownZone())}</dd>
        </div>
      </dl>
      {previous_secret_until !== null && (
        <p class="soft">{t().bothSign(dayAndTime(previous_secret_until, ownZone()))}</p>
      )}
      <Actions webhook={webhook} reload={reload} />
    </section>
  );
}

function Actions({ webhook, reload }: WebhookProps) {
  const open = useSignal<"change" | "delete" | null>(null);
  const secret = useSignal<string | null>(null);
  const { run, isBusy, fault } = useTask();
  const path = { id: webhook.id };
  const close = () => {
    open.value = null;
  };
  const isOn = webhook.state === "active";
  const turn = () =>
    run(async () => {
      await call("PATCH /me/webhooks/{id}", { path, body: { state: isOn ? "paused" : "active" } });
      await reload();
      announce(t().saved);
    });
  const rotate = () =>
    run(async () => {
      secret.value = (await call("POST /me/webhooks/{id}/secret", { path })).secret;
      await reload();
    });
  return (
    <>
      {secret.value !== null && (
        <ShownOnce
          title={t().secret}
          secret={secret.value}
          onDone={() => {
            secret.value = null;
            focusOn("webhook-url");
          }}
        />
      )}
      <Fault fault={fault.value} />
      <div class="row">
        <Button isBusy={isBusy.value} onClick={turn}>
          {isOn ? t().pause : t().goOn}
        </Button>
        <Button
          onClick={() => {
            open.value = "change";
          }}
        >
          {t().change}
        </Button>
        <Button isBusy={isBusy.value} onClick={rotate}>
          {t().rotate}
        </Button>
        <Button
          kind="danger"
          onClick={() => {
            open.value = "delete";
          }}
        >
          {t().delete}
        </Button>
      </div>
      {open.value === "change" && (
        <Dialog title={t().change} onClose={close}>
          <WebhookForm
            webhook={webhook}
            submit={t().save}
            onSave={async (body) => {
              await call("PATCH /me/webhooks/{id}", { path, body });
              close();
              await reload();
              announce(t().saved);
            }}
          />
        </Dialog>
      )}
      {open.value === "delete" && (
        <Sure
          title={t().delete}
          means={t().sure}
          keep={t().keep}
          onClose={close}
          onSure={async () => {
            await call("DELETE /me/webhooks/{id}", { path });
            announce(t().deleted);
            go("/box-office/integrations", { replace: true });
          }}
        >
          <p class="url">{webhook.url}</p>
        </Sure>
      )}
    </>
  );
}
