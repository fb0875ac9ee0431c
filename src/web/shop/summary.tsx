// What was chosen of an event, and what it costs: from there to the hold, over who it is for.

import { useComputed, useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { call, Problem } from "../ui/api.ts";
import type { EventDetail, NewOrder } from "../ui/api-types.ts";
import { counted, texts } from "../ui/i18n.ts";
import { Button, Dialog, Fault, Notice } from "../ui/parts.tsx";
import { go } from "../ui/router.ts";
import { sendOnce } from "../ui/send-once.ts";
import { account } from "../ui/session.ts";
import { SignIn } from "../ui/sign-in.tsx";
import { useTask } from "../ui/task.ts";
import { choiceOf, choose, chooseQuantity, forgetChoice, isLess, MAX_ITEMS, orderOf, sumOf } from "./choice.ts";
import { price } from "./price.ts";
import { isForSale } from "./sale.tsx";
import { Terms } from "./terms.tsx";

const t = texts(
  {
    sum: (count: number) => counted(count, "ticket", "tickets"),
    nothing: "Choose how many tickets you want.",
    take: "Continue",
    takeHint: "Nothing is paid yet: we hold the tickets for you while you pay.",
    terms: "Terms",
    acceptFirst: "Please accept the terms first.",
    tooMany: `At most ${MAX_ITEMS} kinds of tickets fit in one order.`,
    less: "Not all that you had chosen is still to be had.",
    whoTitle: "Who is buying?",
  },
  {
    sum: (count: number) => counted(count, "Ticket", "Tickets"),
    nothing: "Wählen Sie, wie viele Tickets Sie möchten.",
    take: "Weiter",
    takeHint: "Noch wird nichts bezahlt: Wir halten die Tickets für Sie fest, während Sie bezahlen.",
    terms: "Bedingungen",
    acceptFirst: "Bitte stimmen Sie zuerst den Bedingungen zu.",
    tooMany: `In eine Bestellung passen höchstens ${MAX_ITEMS} Arten von Tickets.`,
    less: "Nicht alles, was Sie ausgesucht hatten, ist noch zu haben.",
    whoTitle: "Wer kauft die Tickets?",
  },
);

export function Summary({
  event,
  onRefused,
}: {
  readonly event: EventDetail;
  readonly onRefused: () => Promise<void>;
}) {
  const choice = choiceOf(event.id);
  const isAsking = useSignal(false);
  const needsTerms = useSignal(false);
  const { run, isBusy, fault } = useTask();
  const sum = useComputed(() => sumOf(event, choice.value)).value;
  const order = orderOf(event, choice.value);
  const currency = event.tickets[0]?.price;
  if (event.status !== "published" || currency === undefined) return null;
  if (order === null && !event.tickets.some(isForSale)) return null;
  const take = () =>
    run(async () => {
      const wanted = orderOf(event, choice.peek());
      if (wanted === null) return;
      needsTerms.value = event.terms !== null && choice.peek().acceptedTerms !== event.terms.version;
      if (needsTerms.peek()) return askForTerms();
      if (account.peek() === null) {
        isAsking.value = true;
        return;
      }
      await hold(event, onRefused);
    });
  return (
    <>
      {order !== null && event.terms !== null && (
        <section class="card" id="terms" aria-label={t().terms}>
          <Terms
            terms={event.terms}
            isAccepted={choice.value.acceptedTerms === event.terms.version}
            onChange={(isAccepted) =>
              choose(event.id, { acceptedTerms: isAccepted ? (event.terms?.version ?? null) : null })
            }
            problem={needsTerms.value && choice.value.acceptedTerms === null ? t().acceptFirst : null}
          />
        </section>
      )}
      <section class="summary" aria-label={t().sum(sum.count)}>
        <Fault fault={fault.value} />
        {isLess(choice.value) && <Notice kind="warning">{t().less}</Notice>}
        {(order?.items.length ?? 0) > MAX_ITEMS && <Notice kind="bad">{t().tooMany}</Notice>}
        <div class="summary-line">
          <p class="summary-sum" aria-live="polite">
            {sum.count === 0 ? (
              <span class="soft">{t().nothing}</span>
            ) : (
              <>
                <span>{t().sum(sum.count)}</span> <strong>{price({ ...currency, amount: sum.amount })}</strong>
              </>
            )}
          </p>
          <Button kind="primary" isBusy={isBusy.value} disabled={order === null} onClick={take}>
            {t().take}
          </Button>
        </div>
        {sum.count > 0 && <p class="hint wide-only">{t().takeHint}</p>}
        {isAsking.value && (
          <Dialog
            title={t().whoTitle}
            onClose={() => {
              isAsking.value = false;
            }}
          >
            <SignIn
              ways={["guest", "signIn", "register"]}
              onDone={async () => {
                isAsking.value = false;
                await run(() => hold(event, onRefused));
              }}
            />
          </Dialog>
        )}
      </section>
    </>
  );
}

/** On a phone the box may be anywhere, under the summary even. */
function askForTerms(): void {
  announce(t().acceptFirst, "assertive");
  const box = document.querySelector<HTMLElement>("#terms input");
  box?.focus({ preventScroll: true });
  box?.scrollIntoView({ block: "center" });
}

/** The same choice sent again, after a lost reply or a reload, finds the same order. */
async function hold(event: EventDetail, onRefused: () => Promise<void>): Promise<void> {
  const wanted = orderOf(event, choiceOf(event.id).peek());
  if (wanted === null) return;
  try {
    const send = (key: string) => call("POST /orders", { body: wanted, key });
    const { id } = await sendOnce(`order ${event.id}`, wanted, send);
    forgetChoice(event.id);
    go(`/my/orders/${id}`);
  } catch (fault) {
    // What is left, or on sale, is not what the page shows.
    if (fault instanceof Problem && fault.status === 409) await onRefused();
    if (fault instanceof Problem && fault.type === "code-refused")
      forgetCode(event, wanted.items[Number(fault.more.item)]);
    throw fault;
  }
}

function forgetCode(event: EventDetail, item: NewOrder["items"][number] | undefined): void {
  if (item?.price === undefined) return;
  const { [item.price]: _refused, ...codes } = choiceOf(event.id).peek().codes;
  choose(event.id, { codes });
  chooseQuantity(event.id, item.price, 0);
}
