// The audit log of the event: who did what, the newest first.

import { dayAndTime } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { account } from "../ui/session.ts";
import { detailsText } from "./details.ts";
import type { EventProps } from "./event-props.ts";
import { useList } from "./load.ts";
import { List } from "./table.tsx";
import { actionName } from "./words.tsx";

const t = texts(
  {
    title: "Log",
    when: "When",
    who: "Who",
    what: "What",
    details: "Details",
    you: "You",
    service: "The service",
    key: (name: string | null) => (name === null ? "with a key that is revoked" : `with the key ${name}`),
  },
  {
    title: "Protokoll",
    when: "Wann",
    who: "Wer",
    what: "Was",
    details: "Einzelheiten",
    you: "Sie",
    service: "Der Dienst",
    key: (name: string | null) => (name === null ? "mit einem widerrufenen Schlüssel" : `mit dem Schlüssel ${name}`),
  },
);

export function AuditLog({ event }: EventProps) {
  const list = useList("GET /events/{id}/audit", event.id, { path: { id: event.id }, query: { limit: 50 } });
  const who = account.value?.id;
  return (
    <div class="stack">
      <h2>{t().title}</h2>
      <List
        label={t().title}
        headings={[t().when, t().who, t().what, t().details]}
        rows={list.value.value?.rows}
        fault={list.fault.value}
        more={list.value.value?.next ? list.more : undefined}
      >
        {({ id, at, actor, api_key, action, details }) => (
          <tr key={id}>
            <td>{dayAndTime(at, event.timezone)}</td>
            <td>
              {actor === null ? t().service : actor === who ? t().you : <code>{actor}</code>}
              {api_key !== null && <div class="soft">{t().key(api_key.name)}</div>}
            </td>
            <td>{actionName(action)}</td>
            <td class="details">{detailsText(details, event)}</td>
          </tr>
        )}
      </List>
    </div>
  );
}
