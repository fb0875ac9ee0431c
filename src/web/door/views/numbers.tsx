// How many went in: inside now, by ticket type and by gate.

import { number } from "../../ui/format.ts";
import { counted, texts } from "../../ui/i18n.ts";
import { Dialog, Notice } from "../../ui/parts.tsx";
import type { DoorList } from "../core/store.ts";
import { counts, isOnline, waitingCount } from "../device/door.ts";

const t = texts(
  {
    title: "Numbers",
    inside: "inside now",
    byTicket: "By ticket type",
    byGate: "By gate",
    ticket: "Ticket type",
    gate: "Gate",
    admitted: "Went in",
    insideColumn: "Inside",
    of: (admitted: string, sold: string) => `${admitted} of ${sold}`,
    all: "All",
    none: "Nobody yet",
    offline: (count: number) =>
      `Offline: this is what the device last heard. Not counted yet: ${counted(count, "scan", "scans")} of its own.`,
    unknown: "The service has not said yet how many went in.",
  },
  {
    title: "Zahlen",
    inside: "jetzt drin",
    byTicket: "Nach Ticketart",
    byGate: "Nach Eingang",
    ticket: "Ticketart",
    gate: "Eingang",
    admitted: "Eingelassen",
    insideColumn: "Drin",
    of: (admitted: string, sold: string) => `${admitted} von ${sold}`,
    all: "Alle",
    none: "Noch niemand",
    offline: (count: number) =>
      `Offline: Das ist der letzte bekannte Stand. Noch nicht dabei: ${counted(count, "Scan", "Scans")} dieses Geräts.`,
    unknown: "Der Dienst hat noch nicht gesagt, wie viele drin sind.",
  },
);

/** "12 of 40" */
function admittedOf(admitted: number, sold: number | undefined): string {
  return sold === undefined ? number(admitted) : t().of(number(admitted), number(sold));
}

interface NumbersPanelProps {
  readonly door: DoorList;
  readonly onClose: () => void;
}

export function NumbersPanel({ door, onClose }: NumbersPanelProps) {
  const all = [...counts.value.values()];
  const inside = all.reduce((sum, one) => sum + one.inside, 0);
  const admitted = all.reduce((sum, one) => sum + one.admitted, 0);
  const sold = door.tickets.reduce<number | undefined>(
    (sum, one) => (sum === undefined || one.sold === undefined ? undefined : sum + one.sold),
    0,
  );
  const gates = new Map<string, number>();
  for (const { gate, admitted } of all.flatMap((one) => one.gates)) {
    gates.set(gate, (gates.get(gate) ?? 0) + admitted);
  }
  return (
    <Dialog title={t().title} onClose={onClose}>
      <div class="stack">
        {!isOnline.value && (
          <Notice kind="warning">
            <p>{t().offline(waitingCount.value)}</p>
          </Notice>
        )}
        {all.length === 0 ? (
          <p>{t().unknown}</p>
        ) : (
          <>
            <p class="inside">
              <strong>{number(inside)}</strong> {t().inside}
            </p>
            <table>
              <caption class="unseen">{t().byTicket}</caption>
              <thead>
                <tr>
                  <th scope="col">{t().ticket}</th>
                  <th scope="col" class="number">
                    {t().admitted}
                  </th>
                  <th scope="col" class="number">
                    {t().insideColumn}
                  </th>
                </tr>
              </thead>
              <tbody>
                {door.tickets.map(({ id, name, sold }) => (
                  <tr key={id}>
                    <th scope="row">{name}</th>
                    <td class="number">{admittedOf(counts.value.get(id)?.admitted ?? 0, sold)}</td>
                    <td class="number">{number(counts.value.get(id)?.inside ?? 0)}</td>
                  </tr>
                ))}
                {door.tickets.length > 1 && (
                  <tr>
                    <th scope="row">{t().all}</th>
                    <td class="number">{admittedOf(admitted, sold)}</td>
                    <td class="number">{number(inside)}</td>
                  </tr>
                )}
              </tbody>
            </table>
            <table>
              <caption class="unseen">{t().byGate}</caption>
              <thead>
                <tr>
                  <th scope="col">{t().gate}</th>
                  <th scope="col" class="number">
                    {t().admitted}
                  </th>
                </tr>
              </thead>
              <tbody>
                {gates.size === 0 && (
                  <tr>
                    <td colSpan={2}>{t().none}</td>
                  </tr>
                )}
                {[...gates].map(([gate, admitted]) => (
                  <tr key={gate}>
                    <th scope="row">{gate}</th>
                    <td class="number">{number(admitted)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
      </div>
    </Dialog>
  );
}
