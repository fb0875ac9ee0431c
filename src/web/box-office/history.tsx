// What happened to an order, the oldest first.

import { call } from "../ui/api.ts";
import type { EventDetail, EventOrder, SaleMoment } from "../ui/api-types.ts";
import { dayAndTime, money } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Fault, Loading } from "../ui/parts.tsx";
import { useLoad } from "./load.ts";
import { actionName, wordFor } from "./words.tsx";

const t = texts(
  {
    title: "What happened",
    what: {
      held: "Tickets held",
      paid: "Paid",
      expired: "Hold expired",
      refund: "Refund asked for",
      refund_settled: "Refund",
      passed_on: "Ticket passed on",
      admitted: "Let in",
      revoked: "Ticket revoked",
      mail: "Mail",
      dispute: "Disputed at the bank",
      audit: "Log",
    } as Record<SaleMoment["what"], string>,
  },
  {
    title: "Verlauf",
    what: {
      held: "Tickets reserviert",
      paid: "Bezahlt",
      expired: "Reservierung abgelaufen",
      refund: "Erstattung verlangt",
      refund_settled: "Erstattung",
      passed_on: "Ticket weitergegeben",
      admitted: "Eingelassen",
      revoked: "Ticket ungültig",
      mail: "Mail",
      dispute: "Bei der Bank angefochten",
      audit: "Protokoll",
    },
  },
);

interface HistoryProps {
  readonly event: EventDetail;
  readonly order: EventOrder;
}

export function History({ event, order }: HistoryProps) {
  const path = { id: event.id, order: order.id };
  const states = [order.status, order.customer?.name, ...order.refunds.map(({ state }) => state)].join();
  const { value, fault } = useLoad(`${order.id} ${states}`, () =>
    call("GET /events/{id}/orders/{order}/history", { path }),
  );
  return (
    <section class="card stack" aria-labelledby="history">
      <h3 id="history">{t().title}</h3>
      {value.value === undefined && !fault.value && <Loading />}
      <Fault fault={fault.value} />
      <ol class="history">
        {value.value?.map((moment, index) => (
          <li key={index}>
            <time class="soft" dateTime={moment.at}>
              {dayAndTime(moment.at, event.timezone)}
            </time>
            <span>
              <strong>{t().what[moment.what]}</strong> {detailOf(moment)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function detailOf({ what, amount, state, reason, pass, gate, mail, action }: SaleMoment): string {
  const of = what === "mail" ? "mail" : what === "paid" ? "method" : "refund";
  const number = pass === null ? null : `#${pass.slice(pass.lastIndexOf("-") + 1)}`;
  const shown = [
    amount && money(amount),
    state && wordFor(of, state),
    reason,
    number,
    gate,
    mail && wordFor("kind", mail),
    action && actionName(action),
  ];
  return shown.filter(Boolean).join(" · ");
}
