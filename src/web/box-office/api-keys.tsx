// The account's keys for programs.

import { useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { ApiKey, MadeApiKey } from "../ui/api-types.ts";
import { day, dayAndTime } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button } from "../ui/parts.tsx";
import { ApiKeyForm, scopeName } from "./api-key-form.tsx";
import { useLoad } from "./load.ts";
import { focusOn, Making } from "./making.tsx";
import { Sure } from "./sure.tsx";
import { List } from "./table.tsx";
import { ownZone } from "./times.ts";

const HEADING = "api-keys";

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
  const made = useSignal<MadeApiKey | null>(null);
  const leaving = useSignal<ApiKey | null>(null);
  const revoke = async ({ id }: ApiKey) => {
    await call("DELETE /me/api-keys/{id}", { path: { id } });
    if (made.value?.id === id) made.value = null;
    leaving.value = null;
    await list.reload();
    focusOn(HEADING);
    announce(t().revoked);
  };
  return (
    <Making
      id={HEADING}
      title={t().title}
      about={t().about}
      add={t().add}
      made={made}
      shown={({ name, api_key }) => ({ title: t().made(name), secret: api_key })}
      form={(onMade) => <ApiKeyForm onMade={onMade} />}
      onMade={list.reload}
    >
      <Keys
        keys={list.value.value}
        fault={list.fault.value}
        onRevoke={(key) => {
          leaving.value = key;
        }}
      />
      {leaving.value !== null && (
        <Revoking
          apiKey={leaving.value}
          onSure={revoke}
          onClose={() => {
            leaving.value = null;
          }}
        />
      )}
    </Making>
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
  readonly onSure: (key: ApiKey) => Promise<void>;
  readonly onClose: () => void;
}

function Revoking({ apiKey, onSure, onClose }: RevokingProps) {
  const { revoke, sure, keep } = t();
  return (
    <Sure
      title={`${revoke}: ${apiKey.name}`}
      label={revoke}
      means={sure(apiKey.name)}
      keep={keep}
      onSure={() => onSure(apiKey)}
      onClose={onClose}
    />
  );
}
