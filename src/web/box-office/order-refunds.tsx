// The refunds of an order, with what is still to be done about each.

import { call } from "../ui/api.ts";
import type { EventDetail, EventOrder } from "../ui/api-types.ts";
import { money } from "../ui/format.ts";
import { language, texts } from "../ui/i18n.ts";
import { Button, Fault } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import { StateOf } from "./words.tsx";

const t = texts(
  {
    refunds: "Refunds",
    retry: "Try again",
    given: "Handed over",
    by: { buyer: "by the buyer", organizer: "by you", service: "by itself" } as Record<
      "buyer" | "organizer" | "service",
      string
    >,
    note: "Credit note",
  },
  {
    refunds: "Erstattungen",
    retry: "Noch einmal versuchen",
    given: "Übergeben",
    by: { buyer: "vom Käufer", organizer: "von Ihnen", service: "von selbst" },
    note: "Gutschrift",
  },
);

interface RefundsProps {
  readonly event: EventDetail;
  readonly order: EventOrder;
  readonly reload: () => Promise<void>;
}

export function Refunds({ event, order, reload }: RefundsProps) {
  const { run, isBusy, fault } = useTask();
  if (order.refunds.length === 0) return null;
  const retry = (refund: string) =>
    run(async () => {
      const path = { id: order.id, refund };
      if (order.kind === "order") await call("POST /orders/{id}/refunds/{refund}/retry", { path });
      else await call("POST /reservations/{id}/refunds/{refund}/retry", { path });
      await reload();
    });
  const give = (refund: string) =>
    run(async () => {
      const path = { id: order.id, refund };
      await call("PATCH /orders/{id}/refunds/{refund}", { path, body: { given_by_hand: true } });
      await reload();
    });
  const isByHand = order.method === "cash" || order.method === "transfer";
  return (
    <section class="card stack" aria-labelledby="refunds">
      <h3 id="refunds">{t().refunds}</h3>
      <ul class="prices">
        {order.refunds.map((refund) => (
          <li key={refund.id} class="row between">
            <span>
              <strong>{money(refund.amount)}</strong> <StateOf of="refund" state={refund.state} />{" "}
              <span class="soft">
                {t().by[refund.requested_by]} {refund.reason && `· ${refund.reason}`} {refund.error?.message}
              </span>
            </span>
            <span class="row">
              {event.seller !== null && refund.state === "succeeded" && refund.amount.amount > 0 && (
                <a
                  href={`/${order.kind}s/${order.id}/refunds/${refund.id}/receipt?language=${language.value}`}
                  target="_blank"
                  rel="noopener"
                >
                  {t().note}
                </a>
              )}
              {refund.state === "failed" && (
                <Button isBusy={isBusy.value} onClick={() => retry(refund.id)}>
                  {t().retry}
                </Button>
              )}
              {isByHand && refund.given_by_hand_at === null && refund.amount.amount > 0 && (
                <Button isBusy={isBusy.value} onClick={() => give(refund.id)}>
                  {t().given}
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
      <Fault fault={fault.value} />
    </section>
  );
}
