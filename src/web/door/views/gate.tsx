// Which gate, before scanning begins: the touch that begins it also lets the page sound.

import { useSignal } from "@preact/signals";
import { texts } from "../../ui/i18n.ts";
import { Button, Field, Form, Notice } from "../../ui/parts.tsx";
import { Heading } from "../../ui/view.tsx";
import type { DoorList } from "../core/store.ts";
import { counts, isOnline } from "../device/door.ts";
import { giveFeedback, unlockSound } from "../scanner/feedback.ts";

const t = texts(
  {
    gate: "Gate",
    hint: "Where you stand. It is what others read when somebody comes a second time.",
    start: "Start scanning",
    known: "Gates in use",
    other: "Another event",
    offline: "No network. This device decides by itself, and brings its scans in later.",
    noList: "No network, and this device has no complete list of this event: it can’t decide yet.",
  },
  {
    gate: "Eingang",
    hint: "Wo Sie stehen. Das lesen die anderen, wenn jemand ein zweites Mal kommt.",
    start: "Scannen",
    known: "Benutzte Eingänge",
    other: "Andere Veranstaltung",
    offline: "Kein Netz. Dieses Gerät entscheidet selbst und überträgt seine Scans später.",
    noList: "Kein Netz, und dieses Gerät hat keine vollständige Liste: Es kann noch nicht entscheiden.",
  },
);

const LONGEST = 50;

interface GateProps {
  readonly door: DoorList;
  readonly gate: string;
  readonly onStart: (gate: string) => void;
}

export function Gate({ door, gate, onStart }: GateProps) {
  const name = useSignal(gate);
  const inUse = [...new Set([...counts.value.values()].flatMap((one) => one.gates.map((other) => other.gate)))];
  const start = () => {
    // Blanks alone are no name. A disabled button would keep a quick Enter out.
    if (name.peek().trim() === "") return;
    unlockSound();
    giveFeedback(true);
    onStart(name.peek().trim());
  };
  return (
    <div class="narrow stack">
      <Heading>{door.event.name}</Heading>
      {!isOnline.value && (
        <Notice kind="warning">
          <p>{door.completeAtMs === null ? t().noList : t().offline}</p>
        </Notice>
      )}
      <Form class="card stack" onSubmit={start}>
        <Field
          label={t().gate}
          hint={t().hint}
          name="gate"
          value={name.value}
          required
          maxLength={LONGEST}
          autocomplete="off"
          onInput={(value) => {
            name.value = value;
          }}
        />
        {inUse.length > 0 && (
          <fieldset class="row gates">
            <legend class="unseen">{t().known}</legend>
            {inUse.slice(0, 12).map((one) => (
              <button
                key={one}
                type="button"
                class="button"
                onClick={() => {
                  name.value = one;
                }}
              >
                {one}
              </button>
            ))}
          </fieldset>
        )}
        <Button kind="primary" type="submit">
          {t().start}
        </Button>
      </Form>
      <p>
        <a href="/door">{t().other}</a>
      </p>
    </div>
  );
}
