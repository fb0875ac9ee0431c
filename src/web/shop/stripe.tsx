// Stripe's own fields for the card, in a frame of Stripe's: no card number comes near this page.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { language, texts } from "../ui/i18n.ts";
import { Button, Fault, Form, Loading, Notice } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import { payLabel, type Way } from "./way.ts";

const t = texts(
  {
    confirm: "Follow what your bank shows you. We keep your tickets meanwhile.",
    again: "Show the bank’s question again",
    notLoaded: "The card’s fields could not be loaded. Check your network, and whether something blocks them.",
  },
  {
    confirm: "Folgen Sie dem, was Ihre Bank zeigt. Solange behalten Sie Ihre Tickets.",
    again: "Frage der Bank noch einmal zeigen",
    notLoaded:
      "Die Felder für die Karte konnten nicht geladen werden. Prüfen Sie Ihr Netz, und ob etwas sie blockiert.",
  },
);

const SCRIPT = "https://js.stripe.com/v3/";

/** As much of Stripe.js as is used here. */
interface Stripe {
  elements(options: Readonly<Record<string, unknown>>): StripeElements;
  createPaymentMethod(options: { readonly elements: StripeElements }): Promise<{
    readonly paymentMethod?: { readonly id: string };
    readonly error?: StripeFault;
  }>;
  handleNextAction(options: { readonly clientSecret: string }): Promise<unknown>;
}
interface StripeElements {
  create(kind: "payment"): { mount(place: HTMLElement): void; destroy(): void };
  submit(): Promise<{ readonly error?: StripeFault }>;
}
interface StripeFault {
  readonly message?: string;
}

let loading: Promise<Stripe> | null = null;
/** The question of a bank is begun once for each secret: a second one would end the first. */
const begun = new Set<string>();

function loadStripe(publishableKey: string): Promise<Stripe> {
  loading ??= new Promise<Stripe>((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.onload = () => resolve((globalThis as unknown as { Stripe(key: string): Stripe }).Stripe(publishableKey));
    script.onerror = () => {
      loading = null;
      script.remove();
      reject(new Error("Stripe.js was not loaded"));
    };
    document.head.append(script);
  });
  return loading;
}

export function StripeWay({ order, config, pay }: Way) {
  const place = useRef<HTMLDivElement>(null);
  const elements = useRef<StripeElements | null>(null);
  const state = useSignal<"loading" | "ready" | "failed">("loading");
  const message = useSignal<string | null>(null);
  const { run, isBusy, fault } = useTask();
  const key = config.publishable_key ?? "";
  const secret = order.payment?.next_action?.client_secret ?? null;
  const isPaying = order.status === "awaiting_payment";
  const { amount, currency } = order.total;
  useEffect(() => {
    if (isPaying) return;
    let field: { destroy(): void } | null = null;
    const show = async () => {
      try {
        const stripe = await loadStripe(key);
        if (place.current === null) return;
        const options = { mode: "payment", amount, currency: currency.toLowerCase(), paymentMethodCreation: "manual" };
        const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe";
        elements.current = stripe.elements({ ...options, locale: language.peek(), appearance: { theme } });
        const payment = elements.current.create("payment");
        payment.mount(place.current);
        field = payment;
        state.value = "ready";
      } catch {
        state.value = "failed";
      }
    };
    void show();
    return () => field?.destroy();
  }, [key, amount, currency, isPaying]);
  useEffect(() => {
    if (secret !== null && !begun.has(secret)) void ask(key, secret);
  }, [key, secret]);
  if (secret !== null) {
    return (
      <div class="stack">
        <Notice kind="warning" title={t().confirm} />
        <Button onClick={() => ask(key, secret)}>{t().again}</Button>
      </div>
    );
  }
  if (isPaying) return null;
  const submit = () =>
    run(async () => {
      message.value = null;
      const fields = elements.current;
      if (fields === null) return;
      const stripe = await loadStripe(key);
      const { error } = await fields.submit();
      const made = error === undefined ? await stripe.createPaymentMethod({ elements: fields }) : { error };
      if (made.error !== undefined || made.paymentMethod === undefined) {
        // In the visitor's language, by Stripe.
        message.value = made.error?.message ?? "";
        return;
      }
      await pay(made.paymentMethod.id);
    });
  return (
    <Form class="stack" onSubmit={submit}>
      {state.value === "loading" && <Loading />}
      {state.value === "failed" && <Notice kind="bad">{t().notLoaded}</Notice>}
      <div ref={place} />
      {message.value !== null && <Notice kind="bad">{message.value}</Notice>}
      <Fault fault={fault.value} />
      <Button kind="primary" type="submit" isBusy={isBusy.value} disabled={state.value !== "ready"}>
        {payLabel(order)}
      </Button>
    </Form>
  );
}

/** What came of it is in the order's stream. */
async function ask(key: string, clientSecret: string): Promise<void> {
  begun.add(clientSecret);
  const stripe = await loadStripe(key);
  await stripe.handleNextAction({ clientSecret });
}
