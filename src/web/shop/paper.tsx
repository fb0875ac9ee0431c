// What a browser can print or keep of a purchase: its codes, its receipt, its date.

import { useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { Order } from "../ui/api-types.ts";
import { language, texts } from "../ui/i18n.ts";
import { Button, Fault, Notice } from "../ui/parts.tsx";
import { account, loadAccount } from "../ui/session.ts";
import { useTask } from "../ui/task.ts";

const t = texts(
  { print: "Print", receipt: "Receipt", mail: "Send by e-mail", sent: (to: string) => `On its way to ${to}.` },
  { print: "Drucken", receipt: "Rechnung", mail: "Per E-Mail senden", sent: (to: string) => `Unterwegs an ${to}.` },
);

interface PaperLinksProps {
  readonly of: "orders" | "reservations";
  readonly id: string;
  readonly state: Order["state"];
  /** What cost nothing has no receipt. */
  readonly isFree: boolean;
}

export function PaperLinks({ of, id, state, isFree }: PaperLinksProps) {
  const isConfirmed = state === "confirmed";
  return (
    <>
      {isConfirmed && <PaperLink path={`/${of}/${id}/passes/print?language=${language.value}`} label={t().print} />}
      {(isConfirmed || state === "refunded") && !isFree && (
        <PaperLink path={`/${of}/${id}/receipt?language=${language.value}`} label={t().receipt} />
      )}
    </>
  );
}

/** For who has lost the first one, or mistrusts that it arrived. */
export function MailAgain({ of, id }: Pick<PaperLinksProps, "of" | "id">) {
  const { run, isBusy, fault } = useTask();
  const sentTo = useSignal<string | null>(null);
  const send = () =>
    run(async () => {
      await call(`POST /${of}/{id}/mails`, { path: { id } });
      sentTo.value = account.peek()?.email ?? "";
      announce(t().sent(sentTo.peek() ?? ""));
    });
  return (
    <>
      <Button isBusy={isBusy.value} onClick={send}>
        {t().mail}
      </Button>
      <Fault fault={fault.value} />
      {sentTo.value !== null && <Notice kind="good">{t().sent(sentTo.value)}</Notice>}
    </>
  );
}

interface LinkProps {
  readonly path: string;
  readonly label: string;
}

/** What the browser keeps, as a calendar's entry. A session that has ended is renewed before. */
export function FileLink({ path, label }: LinkProps) {
  const keep = (event: MouseEvent) => {
    event.preventDefault();
    // Signed out by now: this page asks for it.
    void loadAccount().then((account) => account !== null && location.assign(path));
  };
  return (
    <a class="button plain" href={path} download onClick={keep}>
      {label}
    </a>
  );
}

/** Its tab can't renew a session that has ended, so this page does before the tab goes there. */
function PaperLink({ path, label }: LinkProps) {
  const open = (event: MouseEvent) => {
    const isPlain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    // Later than the click a browser opens no tab.
    const tab = isPlain ? window.open("about:blank") : null;
    if (tab === null) return;
    event.preventDefault();
    void loadAccount().then((account) => {
      // Signed out by now: this page asks for it.
      if (account === null) tab.close();
      else tab.location.replace(new URL(path, location.origin));
    });
  };
  return (
    <a class="button plain" href={path} target="_blank" rel="noopener" onClick={open}>
      {label}
    </a>
  );
}
