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
      crew_invited: "Invitation to the crew",
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
    webhook: { active: "On", paused: "Paused", disabled: "Off" } as Record<string, string>,
    delivery: { due: "Waiting", delivered: "Accepted", failed: "Failed" } as Record<string, string>,
    action: {
      "event.create": "Event made",
      "event.change": "Event changed",
      "event.call-off": "Event called off",
      "event.delete": "Event deleted",
      "event.handover": "Event handed over",
      "event.message": "Message sent",
      "terms.version": "Terms changed",
      "ticket.add": "Tickets added",
      "ticket.change": "Tickets changed",
      "ticket.delete": "Tickets deleted",
      "price.add": "Price added",
      "price.change": "Price changed",
      "price.delete": "Price deleted",
      "codes.add": "Codes made",
      "crew.put": "Crew member added",
      "crew.remove": "Crew member taken away",
      "crew.invite": "Invited to the crew",
      "crew.take-back": "Invitation to the crew taken back",
      "crew.accept": "Invitation to the crew accepted",
      "order.sell": "Sold at the counter",
      "order.pay": "Paid at the counter",
      "order.cancel": "Order cancelled",
      "order.erase-customer": "Customer's data erased",
      "order.mail": "Confirmation mailed again",
      "payment.refund": "Payment given back",
      "payment.dispute": "Payment in dispute",
      "refund.make": "Refund made",
      "refund.retry": "Refund tried again",
      "refund.by-hand": "Refund given by hand",
      "refund.succeeded": "Refund done",
      "refund.failed": "Refund failed",
      "refund.give-back": "Given back by the buyer",
    } as Record<string, string>,
    disputed: "In dispute",
    refused: (action: string) => `${action}: refused`,
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
      crew_invited: "Einladung ins Team",
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
    webhook: { active: "Ein", paused: "Angehalten", disabled: "Aus" },
    delivery: { due: "Wartet", delivered: "Angenommen", failed: "Fehlgeschlagen" },
    action: {
      "event.create": "Veranstaltung angelegt",
      "event.change": "Veranstaltung geändert",
      "event.call-off": "Veranstaltung abgesagt",
      "event.delete": "Veranstaltung gelöscht",
      "event.handover": "Veranstaltung übergeben",
      "event.message": "Nachricht verschickt",
      "terms.version": "Bedingungen geändert",
      "ticket.add": "Tickets angelegt",
      "ticket.change": "Tickets geändert",
      "ticket.delete": "Tickets gelöscht",
      "price.add": "Preis angelegt",
      "price.change": "Preis geändert",
      "price.delete": "Preis gelöscht",
      "codes.add": "Codes angelegt",
      "crew.put": "Ins Team aufgenommen",
      "crew.remove": "Aus dem Team genommen",
      "crew.invite": "Ins Team eingeladen",
      "crew.take-back": "Einladung ins Team zurückgenommen",
      "crew.accept": "Einladung ins Team angenommen",
      "order.sell": "An der Kasse verkauft",
      "order.pay": "An der Kasse bezahlt",
      "order.cancel": "Bestellung storniert",
      "order.erase-customer": "Kundendaten gelöscht",
      "order.mail": "Bestätigung noch einmal gemailt",
      "payment.refund": "Zahlung zurückgegeben",
      "payment.dispute": "Zahlung angefochten",
      "refund.make": "Erstattung angelegt",
      "refund.retry": "Erstattung wiederholt",
      "refund.by-hand": "Erstattung von Hand",
      "refund.succeeded": "Erstattung erledigt",
      "refund.failed": "Erstattung fehlgeschlagen",
      "refund.give-back": "Vom Käufer zurückgegeben",
    },
    disputed: "Von der Bank angefochten",
    refused: (action: string) => `${action}: abgelehnt`,
  },
);

const KINDS: Readonly<Record<string, string>> = {
  published: "good",
  confirmed: "good",
  valid: "good",
  admitted: "good",
  succeeded: "good",
  sent: "good",
  active: "good",
  delivered: "good",
  draft: "warning",
  held: "warning",
  awaiting_payment: "warning",
  refunding: "warning",
  pending: "warning",
  due: "warning",
  paused: "warning",
  failed: "bad",
  bounced: "bad",
  complained: "bad",
  refused: "bad",
  suppressed: "bad",
  disabled: "bad",
};

export function Status({ status }: { readonly status: "draft" | "published" | "cancelled" }) {
  return <Badge kind={status === "cancelled" ? "bad" : KINDS[status]} text={t()[status]} />;
}

interface StateProps {
  readonly of: "sale" | "pass" | "refund" | "mail" | "webhook" | "delivery";
  readonly state: string;
}

export function StateOf({ of, state }: StateProps) {
  return <Badge kind={KINDS[state]} text={wordFor(of, state)} />;
}

/** What was paid for with money that the buyer's bank asks back, or took back. */
export function Disputed() {
  return <Badge kind="bad" text={t().disputed} />;
}

export function wordFor(of: StateProps["of"] | "method" | "kind", state: string): string {
  return t()[of][state] ?? state;
}

/** Of the audit log. What the service refused to do ends in `-refused`. */
export function actionName(action: string): string {
  const done = action.replace(/-refused$/, "");
  const name = t().action[done] ?? done;
  return done === action ? name : t().refused(name);
}

function Badge({ kind = "", text }: { readonly kind?: string | undefined; readonly text: string }) {
  return <span class={`badge ${kind}`}>{text}</span>;
}
