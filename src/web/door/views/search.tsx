// For a code that the camera can't read, or that somebody has lost: a field that takes what a hand
// scanner types, and finds passes by name, address or order.

import { useSignal } from "@preact/signals";
import { call } from "../../ui/api.ts";
import type { FoundPass } from "../../ui/api-types.ts";
import { texts } from "../../ui/i18n.ts";
import { Button, Dialog, Fault, Field, Form, Notice } from "../../ui/parts.tsx";
import { useTask } from "../../ui/task.ts";
import type { Direction } from "../core/outcome.ts";
import type { DoorList } from "../core/store.ts";
import { isOnline } from "../device/door.ts";
import { Undo } from "./log.tsx";

const t = texts(
  {
    title: "Search or type",
    field: "Name, e-mail address, order, or code",
    hint: "Part of a name, or the whole address or number of the order.",
    find: "Find",
    offline: "Offline: only whole codes can be checked. Searching needs the network.",
    none: "Nothing found. Names are found by a part, addresses only as a whole.",
    letIn: "Let in",
    letOut: "Let out",
    letInOf: (who: string) => `Let in: ${who}`,
    letOutOf: (who: string) => `Let out: ${who}`,
    unnamed: "No name given",
    valid: "Not in yet",
    admitted: "Already in",
    outside: "Gone out",
    revoked: "Not valid",
    order: "Order",
    boughtBy: (name: string) => `Bought by ${name}`,
    passedOn: (to: string) => `Passed on${to && ` to ${to}`}: no longer the buyer’s`,
    disputed: "The payment is in dispute",
    undoOf: (who: string) => `Take back: ${who}`,
  },
  {
    title: "Suchen oder tippen",
    field: "Name, E-Mail-Adresse, Bestellung oder Code",
    hint: "Ein Teil des Namens, oder die ganze Adresse oder Bestellnummer.",
    find: "Suchen",
    offline: "Offline: Nur ganze Codes lassen sich prüfen. Zum Suchen braucht es Netz.",
    none: "Nichts gefunden. Von Namen genügt ein Teil, Adressen nur vollständig.",
    letIn: "Einlassen",
    letOut: "Hinauslassen",
    letInOf: (who: string) => `Einlassen: ${who}`,
    letOutOf: (who: string) => `Hinauslassen: ${who}`,
    unnamed: "Ohne Namen",
    valid: "Noch nicht drin",
    admitted: "Schon drin",
    outside: "Hinausgegangen",
    revoked: "Ungültig",
    order: "Bestellung",
    boughtBy: (name: string) => `Gekauft von ${name}`,
    passedOn: (to: string) => `Weitergegeben${to && ` an ${to}`}: gehört nicht mehr dem Käufer`,
    disputed: "Die Zahlung ist angefochten",
    undoOf: (who: string) => `Zurücknehmen: ${who}`,
  },
);

interface SearchPanelProps {
  readonly door: DoorList;
  readonly direction: Direction;
  readonly onCode: (text: string) => Promise<void>;
  readonly onPass: (passId: string) => Promise<void>;
  readonly onClose: () => void;
}

export function SearchPanel({ door, direction, onCode, onPass, onClose }: SearchPanelProps) {
  const text = useSignal("");
  const found = useSignal<readonly FoundPass[] | null>(null);
  const { isBusy, fault, run } = useTask();
  const find = () =>
    run(async () => {
      const wanted = text.peek().trim();
      if (wanted.startsWith("TO1:")) return onCode(wanted);
      found.value = null;
      found.value = await call("GET /events/{id}/passes", { path: { id: door.event.id }, query: { q: wanted } });
    });
  return (
    <Dialog title={t().title} onClose={onClose}>
      <div class="stack">
        {!isOnline.value && (
          <Notice kind="warning">
            <p>{t().offline}</p>
          </Notice>
        )}
        <Form class="stack" onSubmit={find}>
          <Field
            label={t().field}
            hint={t().hint}
            name="q"
            type="text"
            autocomplete="off"
            value={text.value}
            required
            minLength={2}
            onInput={(value) => {
              text.value = value;
            }}
          />
          <Button kind="primary" type="submit" isBusy={isBusy.value}>
            {t().find}
          </Button>
        </Form>
        <Fault fault={fault.value} />
        <div role="status">{found.value?.length === 0 && <p>{t().none}</p>}</div>
        <ul class="found">
          {found.value?.map((pass) => (
            <FoundItem
              key={pass.id}
              pass={pass}
              direction={direction}
              mayUndo={door.event.mayUndo}
              onPass={onPass}
              onChange={find}
            />
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

interface FoundItemProps {
  readonly pass: FoundPass;
  readonly direction: Direction;
  readonly mayUndo: boolean;
  readonly onPass: (passId: string) => Promise<void>;
  readonly onChange: () => void;
}

function FoundItem({ pass, direction, mayUndo, onPass, onChange }: FoundItemProps) {
  const { holder, ticket, price, state, outside, order, bought_by: buyer, passed_on_to: passedOnTo } = pass;
  const who = holder ?? t().unnamed;
  const name = `${who}, ${ticket.name}`;
  const mayGoIn = state === "valid" || (state === "admitted" && outside);
  const isInside = state === "admitted" && !outside;
  const mayPass = direction === "in" ? mayGoIn : isInside;
  return (
    <li class="found-pass">
      <div>
        <p class="found-who">{who}</p>
        <p class="soft">{[ticket.name, price.name].filter(Boolean).join(" · ")}</p>
        {buyer !== null && <p class="soft">{t().boughtBy(buyer)}</p>}
        {order !== null && (
          <p class="soft">
            {t().order} {order}
          </p>
        )}
        {passedOnTo !== null && <p class="found-passed-on">{t().passedOn(passedOnTo)}</p>}
        {pass.disputed && <p class="found-passed-on">{t().disputed}</p>}
        <p class={`found-state ${mayGoIn ? "good" : "bad"}`}>
          {state === "admitted" && outside ? t().outside : t()[state]}
        </p>
      </div>
      {mayPass && (
        // Who finds it by its buyer must look first who stands before them.
        <Button
          kind={passedOnTo === null ? "primary" : "plain"}
          label={direction === "in" ? t().letInOf(name) : t().letOutOf(name)}
          onClick={() => void onPass(pass.id)}
        >
          {direction === "in" ? t().letIn : t().letOut}
        </Button>
      )}
      {state === "admitted" && mayUndo && (
        <Undo passId={pass.id} checkInKey={null} label={t().undoOf(name)} onDone={onChange} />
      )}
    </li>
  );
}
