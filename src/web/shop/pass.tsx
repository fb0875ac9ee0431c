// One pass that was passed on: where the link in its mail leads.

import { useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { call, Problem } from "../ui/api.ts";
import { texts } from "../ui/i18n.ts";
import { useLoaded } from "../ui/loaded.ts";
import { Button, Fault, Loading, Notice } from "../ui/parts.tsx";
import { account, loadAccount } from "../ui/session.ts";
import { useTask } from "../ui/task.ts";
import { Heading } from "../ui/view.tsx";
import { PassList } from "./passes.tsx";

const t = texts(
  {
    title: "Your ticket",
    tickets: "Tickets",
    notFound: "This ticket is not here",
    address:
      "It was passed on to an e-mail address. Sign in with an account that has this address, or make one, and confirm the address. If you have done so, it was given back or passed on again.",
    unconfirmed: (email: string) =>
      `You have not confirmed ${email} yet. We have mailed you a link for that: open it, then look again here.`,
    send: "Send the link again",
    sent: "The link is on its way.",
    again: "Look again",
    mine: "All my tickets",
  },
  {
    title: "Ihr Ticket",
    tickets: "Tickets",
    notFound: "Dieses Ticket ist nicht hier",
    address:
      "Es wurde an eine E-Mail-Adresse weitergegeben. Melden Sie sich mit einem Konto an, das diese Adresse hat, oder legen Sie eines an, und bestätigen Sie die Adresse. Wenn Sie das getan haben, wurde es zurück- oder noch einmal weitergegeben.",
    unconfirmed: (email: string) =>
      `Sie haben ${email} noch nicht bestätigt. Den Link dafür haben wir Ihnen gemailt: Öffnen Sie ihn, und sehen Sie dann hier noch einmal nach.`,
    send: "Den Link noch einmal senden",
    sent: "Der Link ist unterwegs.",
    again: "Noch einmal nachsehen",
    mine: "Alle meine Tickets",
  },
);

export function PassView({ id }: { readonly id: string }) {
  const who = account.value?.id;
  const { value, fault, reload } = useLoaded(() => call("GET /passes/{id}", { path: { id } }), [id, who]);
  const pass = value.value;
  if (pass === undefined) {
    if (fault.value instanceof Problem && fault.value.status === 404) return <NotHere onAgain={reload} />;
    return fault.value === null ? <Loading /> : <Fault fault={fault.value} />;
  }
  return (
    <div class="stack">
      <Heading>{t().title}</Heading>
      <h2 class="unseen">{t().tickets}</h2>
      <PassList passes={[pass]} onChange={reload} />
      <p>
        <a href="/my/orders">{t().mine}</a>
      </p>
    </div>
  );
}

/** Only who has proven that the address is theirs sees what was passed on to it. */
function NotHere({ onAgain }: { readonly onAgain: () => Promise<void> }) {
  const { run, isBusy, fault } = useTask();
  const looking = useTask();
  const again = async () => {
    // The address may have been confirmed in another tab.
    await loadAccount();
    await onAgain();
  };
  const isSent = useSignal(false);
  const send = async () => {
    await call("POST /me/email/verification", {});
    announce(t().sent);
    isSent.value = true;
  };
  const { email = "", email_verified_at: verifiedAt = null } = account.value ?? {};
  return (
    <div class="stack">
      <Heading>{t().notFound}</Heading>
      <p>{t().address}</p>
      {verifiedAt === null && <Notice kind="warning">{t().unconfirmed(email)}</Notice>}
      <Fault fault={fault.value} />
      {isSent.value && <Notice kind="good">{t().sent}</Notice>}
      <div class="row">
        <Button kind="primary" isBusy={looking.isBusy.value} onClick={() => looking.run(again)}>
          {t().again}
        </Button>
        {verifiedAt === null && (
          <Button isBusy={isBusy.value} onClick={() => run(send)}>
            {t().send}
          </Button>
        )}
        <a href="/my/orders">{t().mine}</a>
      </div>
    </div>
  );
}
