// Words for the states of what an organiser sees.

import { texts } from "../ui/i18n.ts";

const t = texts(
  {
    draft: "Draft",
    published: "Published",
    cancelled: "Called off",
    sale: {
      held: "Held",
      confirmed: "Paid",
      cancelled: "Cancelled",
      expired: "Expired",
      refunded: "Refunded",
      awaiting_payment: "Payment pending",
      refunding: "Being refunded",
    } as Record<string, string>,
    pass: { valid: "Valid", admitted: "Inside", revoked: "Revoked" } as Record<string, string>,
    method: { online: "Online", cash: "Cash", transfer: "Transfer", free: "Free" } as Record<string, string>,
    refund: { due: "Due", pending: "Under way", succeeded: "Done", failed: "Failed" } as Record<string, string>,
    kind: {
      confirmed: "Confirmation with the tickets",
      confirmed_again: "Confirmation, sent again",
      payment_failed: "Payment failed",
      refunded: "Money goes back",
      pass_received: "Ticket passed on",
      event_changed: "Change of the event",
      event_called_off: "Event called off",
      event_message: "Message to everybody",
    } as Record<string, string>,
    mail: {
      due: "Waiting",
      sent: "Sent",
      refused: "Refused",
      suppressed: "Suppressed",
      bounced: "Bounced",
      complained: "Marked as spam",
      dropped: "Not sent",
    } as Record<string, string>,
  },
  {
    draft: "Entwurf",
    published: "Veröffentlicht",
    cancelled: "Abgesagt",
    sale: {
      held: "Reserviert",
      confirmed: "Bezahlt",
      cancelled: "Storniert",
      expired: "Abgelaufen",
      refunded: "Erstattet",
      awaiting_payment: "Zahlung läuft",
      refunding: "Wird erstattet",
    },
    pass: { valid: "Gültig", admitted: "Eingelassen", revoked: "Ungültig" },
    method: { online: "Online", cash: "Bar", transfer: "Überweisung", free: "Kostenlos" },
    refund: { due: "Fällig", pending: "Läuft", succeeded: "Erledigt", failed: "Fehlgeschlagen" },
    kind: {
      confirmed: "Bestätigung mit den Tickets",
      confirmed_again: "Bestätigung, noch einmal",
      payment_failed: "Zahlung fehlgeschlagen",
      refunded: "Geld geht zurück",
      pass_received: "Ticket weitergegeben",
      event_changed: "Änderung der Veranstaltung",
      event_called_off: "Absage der Veranstaltung",
      event_message: "Nachricht an alle",
    },
    mail: {
      due: "Wartet",
      sent: "Verschickt",
      refused: "Abgelehnt",
      suppressed: "Gesperrt",
      bounced: "Zurückgekommen",
      complained: "Als Spam gemeldet",
      dropped: "Nicht verschickt",
    },
  },
);

const KINDS: Readonly<Record<string, string>> = {
  published: "good",
  confirmed: "good",
  valid: "good",
  admitted: "good",
  succeeded: "good",
  sent: "good",
  draft: "warning",
  held: "warning",
  awaiting_payment: "warning",
  refunding: "warning",
  pending: "warning",
  due: "warning",
  failed: "bad",
  bounced: "bad",
  complained: "bad",
  refused: "bad",
  suppressed: "bad",
};

export function Status({ status }: { readonly status: "draft" | "published" | "cancelled" }) {
  return <Badge kind={status === "cancelled" ? "bad" : KINDS[status]} text={t()[status]} />;
}

export function StateOf({ of, state }: { readonly of: "sale" | "pass" | "refund" | "mail"; readonly state: string }) {
  return <Badge kind={KINDS[state]} text={wordFor(of, state)} />;
}

export function wordFor(of: "sale" | "pass" | "refund" | "mail" | "method" | "kind", state: string): string {
  return t()[of][state] ?? state;
}

function Badge({ kind = "", text }: { readonly kind?: string | undefined; readonly text: string }) {
  return <span class={`badge ${kind}`}>{text}</span>;
}
