// Where this device stands: event, gate, network, what is not brought in yet.

import { counted, texts } from "../../ui/i18n.ts";
import { account } from "../../ui/session.ts";
import type { DoorList } from "../core/store.ts";
import { hindrance, isOnline, waitingCount } from "../device/door.ts";
import { at } from "./result-texts.ts";

const t = texts(
  {
    online: "Online",
    offline: "Offline",
    gate: (gate: string) => `Gate ${gate}`,
    change: "change the gate or the event",
    waiting: (count: number) => `${counted(count, "scan", "scans")} not brought in yet`,
    listFrom: (time: string) => `Decides by the list of ${time}.`,
    noList: "This device has no complete list of this event yet: it can’t decide without the network.",
    signed_out: "You are signed out. Scans are kept on this device until somebody of the crew signs in.",
    signIn: "Sign in",
    not_crew: "This account is not in the crew of the event whose scans wait. Sign in with one that is.",
    not_here: "This account is not in the crew of this event. Sign in with one that is.",
    slow_down: "The service asks to wait a moment.",
    refused: "The service does not accept what this device sends. Reload the page.",
  },
  {
    online: "Online",
    offline: "Offline",
    gate: (gate: string) => `Eingang ${gate}`,
    change: "Eingang oder Veranstaltung ändern",
    waiting: (count: number) => `${counted(count, "Scan", "Scans")} noch nicht übertragen`,
    listFrom: (time: string) => `Entscheidet nach der Liste von ${time}.`,
    noList: "Dieses Gerät hat noch keine vollständige Liste: Ohne Netz kann es nicht entscheiden.",
    signed_out: "Sie sind abgemeldet. Die Scans bleiben auf diesem Gerät, bis sich jemand vom Team anmeldet.",
    signIn: "Anmelden",
    not_here: "Dieses Konto gehört nicht zum Team dieser Veranstaltung. Bitte mit einem anderen anmelden.",
    not_crew:
      "Dieses Konto gehört nicht zum Team der Veranstaltung, deren Scans warten. Bitte mit einem anderen anmelden.",
    slow_down: "Der Dienst bittet um einen Moment Geduld.",
    refused: "Der Dienst nimmt nicht an, was dieses Gerät sendet. Bitte die Seite neu laden.",
  },
);

interface StateBarProps {
  readonly door: DoorList;
  readonly gate: string;
  readonly onGate: () => void;
}

export function StateBar({ door, gate, onGate }: StateBarProps) {
  const waiting = waitingCount.value;
  const hindered = account.value === null ? "signed_out" : hindrance.value;
  const isNotHere = hindered === "not_crew" && waiting === 0;
  return (
    <header class="state">
      <div class="state-row">
        <h1>{door.event.name}</h1>
        <p class={isOnline.value ? "network on" : "network off"} role="status">
          <span aria-hidden="true">{isOnline.value ? "●" : "▲"}</span> {isOnline.value ? t().online : t().offline}
        </p>
      </div>
      <div class="state-row">
        <button type="button" class="state-gate" onClick={onGate}>
          {t().gate(gate)}
          <span class="unseen">, {t().change}</span>
        </button>
        {waiting > 0 && <p class="waiting">{t().waiting(waiting)}</p>}
      </div>
      {!isOnline.value && (
        <p class="state-note">
          {door.completeAtMs === null ? t().noList : t().listFrom(at(door.completeAtMs, door.event.timezone))}
        </p>
      )}
      {hindered !== null && isOnline.value && (
        <p class="state-note warn">
          {isNotHere ? t().not_here : t()[hindered]}{" "}
          {(hindered === "signed_out" || hindered === "not_crew") && (
            <a href={`/door/sign-in?next=/door/${door.event.id}`}>{t().signIn}</a>
          )}
        </p>
      )}
    </header>
  );
}
