// What this device has scanned, what the crew should look at, and taking an admission back.

import { useSignal } from "@preact/signals";
import { ticketTypeIdOf } from "../../../domain/id-forms.ts";
import { texts } from "../../ui/i18n.ts";
import { Button, Dialog, Fault, Notice } from "../../ui/parts.tsx";
import { useTask } from "../../ui/task.ts";
import { letsPass } from "../core/outcome.ts";
import { type Concern, concernOf, isWaiting, type OwnScan } from "../core/scan.ts";
import type { DoorList } from "../core/store.ts";
import { isOnline, ownScans, readConcern, undoAdmission } from "../device/door.ts";
import { at, reasonOf, resultWord } from "./result-texts.ts";

const t = texts(
  {
    title: "Scans of this device",
    none: "Nothing scanned yet.",
    look: "To look at",
    refusedLater: "This device let somebody in offline whom the service would have refused.",
    unread:
      "This device let somebody in offline, and the service could not take that. Record it now, so that nobody else can use the ticket.",
    twoInside: (time: string, gate: string) =>
      `Two people went in with this ticket: here, and later at ${time} at gate ${gate}, before this device was back.`,
    read: "Done",
    record: "Record it now",
    waiting: "not brought in yet",
    takenBack: "taken back",
    undo: "Take back",
    undoOf: (time: string) => `Take back the admission at ${time}`,
    sure: "Take this admission back? The ticket can then go in again.",
    yes: "Take it back",
    no: "Keep it",
    needsNetwork: "Taking back needs the network.",
    failed: "It could not be taken back:",
  },
  {
    title: "Scans dieses Geräts",
    none: "Noch nichts gescannt.",
    look: "Bitte ansehen",
    refusedLater: "Dieses Gerät hat offline jemanden eingelassen, den der Dienst abgewiesen hätte.",
    unread:
      "Dieses Gerät hat offline jemanden eingelassen, und der Dienst konnte das nicht annehmen. Erfassen Sie es jetzt, damit niemand anderes das Ticket benutzt.",
    twoInside: (time: string, gate: string) =>
      `Mit diesem Ticket sind zwei hineingegangen: hier, und später um ${time} am Eingang ${gate}, bevor dieses Gerät wieder Netz hatte.`,
    read: "Erledigt",
    record: "Jetzt erfassen",
    waiting: "noch nicht übertragen",
    takenBack: "zurückgenommen",
    undo: "Zurücknehmen",
    undoOf: (time: string) => `Einlass um ${time} zurücknehmen`,
    sure: "Diesen Einlass zurücknehmen? Mit dem Ticket kann dann wieder jemand hinein.",
    yes: "Zurücknehmen",
    no: "Behalten",
    needsNetwork: "Zum Zurücknehmen braucht es Netz.",
    failed: "Das ging nicht:",
  },
);

const SHOWN = 100;

export function useConcerns(): { readonly scan: OwnScan; readonly concern: Concern }[] {
  return ownScans.value.flatMap((scan) => {
    const concern = concernOf(scan);
    return concern === null ? [] : [{ scan, concern }];
  });
}

interface LogPanelProps {
  readonly door: DoorList;
  readonly onRecord: (scan: OwnScan) => Promise<void>;
  readonly onClose: () => void;
}

export function LogPanel({ door, onRecord, onClose }: LogPanelProps) {
  const concerns = useConcerns();
  const { timezone } = door.event;
  const scans = ownScans.value.slice(0, SHOWN);
  return (
    <Dialog title={t().title} onClose={onClose}>
      <div class="stack">
        {concerns.length > 0 && <h3>{t().look}</h3>}
        {concerns.map(({ scan, concern }) => (
          <Notice key={scan.key} kind="bad" title={titleOf(scan, door)}>
            <p>{concernText(concern, timezone)}</p>
            <div class="row">
              {isUnread(concern) && (
                <Button kind="primary" disabled={!isOnline.value} onClick={() => void onRecord(scan)}>
                  {t().record}
                </Button>
              )}
              <Button onClick={() => void readConcern(scan)}>{t().read}</Button>
            </div>
          </Notice>
        ))}
        {scans.length === 0 && <p class="soft">{t().none}</p>}
        <ul class="log">
          {scans.map((scan) => (
            <LogLine key={scan.key} scan={scan} door={door} />
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

function LogLine({ scan, door }: { readonly scan: OwnScan; readonly door: DoorList }) {
  const { shown, answer, atMs, isTakenBack } = scan;
  const { timezone, mayUndo } = door.event;
  if (shown === null) return null;
  const canUndo = mayUndo && letsPass(shown) && answer?.result === "admitted" && !isTakenBack;
  return (
    <li class={letsPass(shown) ? "log-line good" : "log-line bad"}>
      <span class="log-time">{at(atMs, timezone)}</span>
      <span class="log-what">
        <strong>
          <span aria-hidden="true">{letsPass(shown) ? "✓ " : "✕ "}</span>
          {resultWord(shown.result)}
        </strong>
        <span class="soft">{titleOf(scan, door)}</span>
        {isWaiting(scan) && <span class="log-note">{t().waiting}</span>}
        {isTakenBack && <span class="log-note">{t().takenBack}</span>}
      </span>
      {canUndo && <Undo passId={scan.passId} checkInKey={scan.key} label={t().undoOf(at(atMs, timezone))} />}
    </li>
  );
}

interface UndoProps {
  readonly passId: string;
  /** Null: whichever admission there is. */
  readonly checkInKey: string | null;
  readonly label: string;
  readonly onDone?: () => void;
}

/** Asks before. */
export function Undo({ passId, checkInKey, label, onDone }: UndoProps) {
  const isAsking = useSignal(false);
  const refusal = useSignal<string | null>(null);
  const { isBusy, fault, run } = useTask();
  if (!isAsking.value) {
    return (
      <Button
        label={label}
        onClick={() => {
          isAsking.value = true;
        }}
      >
        {t().undo}
      </Button>
    );
  }
  const undo = () =>
    run(async () => {
      const { result } = await undoAdmission(passId, checkInKey);
      refusal.value = result === "undone" ? null : resultWord(result);
      if (result !== "undone") return;
      isAsking.value = false;
      onDone?.();
    });
  return (
    <div class="undo">
      <p>{isOnline.value ? t().sure : t().needsNetwork}</p>
      {refusal.value !== null && (
        <p>
          {t().failed} {refusal.value}
        </p>
      )}
      <Fault fault={fault.value} />
      <div class="row">
        <Button kind="danger" isBusy={isBusy.value} disabled={!isOnline.value} onClick={() => void undo()}>
          {t().yes}
        </Button>
        <Button
          onClick={() => {
            isAsking.value = false;
          }}
        >
          {t().no}
        </Button>
      </div>
    </div>
  );
}

/** The service has not refused the person: it could not read what the device sent. */
function isUnread(concern: Concern): boolean {
  if (concern.type !== "refused_later") return false;
  return concern.answer.result === "not_accepted" || concern.answer.result === "key_reused";
}

function concernText(concern: Concern, timezone: string): string {
  if (concern.type === "two_inside") return t().twoInside(at(concern.atMs, timezone), concern.gate);
  if (isUnread(concern)) return t().unread;
  const { answer } = concern;
  return `${t().refusedLater} ${resultWord(answer.result)}. ${reasonOf(answer, timezone) ?? ""}`;
}

function titleOf({ passId, shown, answer }: OwnScan, { tickets }: DoorList): string {
  const pass = answer?.pass ?? shown?.pass ?? null;
  const ticket = pass?.ticket ?? tickets.find(({ id }) => id === ticketTypeIdOf(passId))?.name ?? "";
  return [ticket, pass?.holder, pass?.price].filter(Boolean).join(" · ");
}
