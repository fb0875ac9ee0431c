// What a browser can print or keep of a purchase: its codes, its receipt, its date.

import type { Order } from "../ui/api-types.ts";
import { language, texts } from "../ui/i18n.ts";
import { loadAccount } from "../ui/session.ts";

const t = texts({ print: "Print", receipt: "Receipt" }, { print: "Drucken", receipt: "Rechnung" });

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
