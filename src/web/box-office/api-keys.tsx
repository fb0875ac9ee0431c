// The account's keys for programs.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { ApiKey, MadeApiKey } from "../ui/api-types.ts";
import { day, dayAndTime } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Dialog, Fault, Notice } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import { ApiKeyForm, scopeName } from "./api-key-form.tsx";
import { useLoad } from "./load.ts";
import { ShownOnce } from "./shown-once.tsx";
import { List } from "./table.tsx";
import { ownZone } from "./times.ts";

const t = texts(
  {
    title: "API keys",
    add: "New API key",
    about: "A program signs in with a key. It may do what you allow it, and never more than you may do yourself.",
    made: (name: string) => `The key ${name}`,
    name: "Name",
    may: "May",
    expires: "Expires",
    never: "Never",
    expired: "Expired",
    used: "Last used",
    unused: "Not yet",
    revoke: "Revoke",
    sure: (name: string) => `Programs that use ${name} are refused from now on. That can't be undone.`,
    keep: "Keep it",
    revoked: "The key is revoked.",
    none: "No program has a key yet.",
  },
  {
    title: "API-Schlüssel",
    add: "Neuer API-Schlüssel",
    about:
      "Ein Programm meldet sich mit einem Schlüssel an. Es darf, was Sie ihm erlauben, und nie mehr als Sie selbst.",
    made: (name: string) => `Der Schlüssel ${name}`,
    name: "Name",
    may: "Darf",
    expires: "Gültig bis",
    never: "Unbegrenzt",
    expired: "Abgelaufen",
    used: "Zuletzt benutzt",
    unused: "Noch nie",
    revoke: "Widerrufen",
    sure: (name: string) =>
      `Programme, die ${name} benutzen, werden ab sofort abgewiesen. Das lässt sich nicht rückgängig machen.`,
    keep: "Behalten",
    revoked: "Der Schlüssel ist widerrufen.",
    none: "Noch hat kein Programm einen Schlüssel.",
  },
);

export function ApiKeys() {
  const list = useLoad("keys", () => call("GET /me/api-keys", {}));
  const isMaking = useSignal(false);
  const made = useSignal<MadeApiKey | null>(null);
  const leaving = useSignal<ApiKey | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  return (
    <section class="card stack" aria-labelledby="api-keys">
      <div class="row between">
        <h2 id="api-keys" ref={heading} tabIndex={-1}>
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
          title={t().made(made.value.name)}
          secret={made.value.api_key}
          onDone={() => {
            made.value = null;
            heading.current?.focus();
          }}
        />
      )}
      <Keys
        keys={list.value.value}
        fault={list.fault.value}
        onRevoke={(key) => {
          leaving.value = key;
        }}
      />
      {isMaking.value && (
        <Dialog
          title={t().add}
          onClose={() => {
            isMaking.value = false;
          }}
        >
          <ApiKeyForm
            onMade={(key) => {
              made.value = key;
              isMaking.value = false;
              void list.reload();
            }}
          />
        </Dialog>
      )}
      {leaving.value !== null && (
        <Revoking
          apiKey={leaving.value}
          onClose={() => {
            leaving.value = null;
          }}
          onRevoked={async () => {
            if (made.value?.id === leaving.value?.id) made.value = null;
            leaving.value = null;
            await list.reload();
            heading.current?.focus();
            announce(t().revoked);
          }}
        />
      )}
    </section>
  );
}

interface KeysProps {
  readonly keys: ApiKey[] | undefined;
  readonly fault: unknown;
  readonly onRevoke: (key: ApiKey) => void;
}

function Keys({ keys, fault, onRevoke }: KeysProps) {
  return (
    <List
      label={t().title}
      headings={[t().name, t().may, t().expires, t().used, ""]}
      rows={keys}
      fault={fault}
      empty={t().none}
    >
      {(key) => (
        <tr key={key.id}>
          <td>
            {key.name}
            <br />
            <code class="soft">…{key.ending}</code>
          </td>
          <td>{key.scopes.map(scopeName).join(", ")}</td>
          <td>{expiryOf(key)}</td>
          <td>{key.last_used_at === null ? t().unused : dayAndTime(key.last_used_at, ownZone())}</td>
          <td>
            <Button label={`${t().revoke}: ${key.name}`} onClick={() => onRevoke(key)}>
              {t().revoke}
            </Button>
          </td>
        </tr>
      )}
    </List>
  );
}

function expiryOf({ expires_at: expiresAt }: ApiKey): string {
  if (expiresAt === null) return t().never;
  return Date.parse(expiresAt) <= Date.now() ? t().expired : day(expiresAt, ownZone());
}

interface RevokingProps {
  readonly apiKey: ApiKey;
  readonly onClose: () => void;
  readonly onRevoked: () => Promise<void>;
}

function Revoking({ apiKey, onClose, onRevoked }: RevokingProps) {
  const { run, isBusy, fault } = useTask();
  const revoke = () =>
    run(async () => {
      await call("DELETE /me/api-keys/{id}", { path: { id: apiKey.id } });
      await onRevoked();
    });
  return (
    <Dialog title={`${t().revoke}: ${apiKey.name}`} onClose={onClose}>
      <div class="stack">
        <Notice kind="warning">{t().sure(apiKey.name)}</Notice>
        <Fault fault={fault.value} />
        <div class="row">
          <Button kind="danger" isBusy={isBusy.value} onClick={revoke}>
            {t().revoke}
          </Button>
          <Button onClick={onClose}>{t().keep}</Button>
        </div>
      </div>
    </Dialog>
  );
}
