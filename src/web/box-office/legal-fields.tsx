// Who sells, with which VAT, and the terms to accept: parts of an event's form that open and close.

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { texts } from "../ui/i18n.ts";
import { fieldProblem } from "../ui/problems.ts";
import { type EventValues, isBlank, readRate } from "./event-fields.ts";
import { type FieldOf, Fields } from "./fields.tsx";

const t = texts(
  {
    seller: "Seller and VAT",
    sellerMeans: "With a seller every order has a receipt, earlier ones as well.",
    none: "none yet",
    name: "Seller",
    nameHint: "The company or person whose name is on the receipts.",
    address: "Address",
    addressHint: "As on an envelope, in several lines.",
    vatId: "VAT ID",
    rate: "VAT in percent",
    rateHint: "All prices include it. Empty: no VAT.",
    badRate: "Write a rate such as 19 or 5.5",
    needed: "A seller needs a name and an address.",
    terms: "Terms, privacy, imprint",
    termsMean:
      "Buyers accept them before tickets are held for them. Other contents are a new version; who has bought keeps the one that they accepted.",
    version: (version: string) => `version ${version}`,
    termsUrl: "Terms: their address",
    termsText: "Or the terms themselves",
    privacyUrl: "Privacy notice: its address",
    privacyText: "Or the privacy notice itself",
    imprintUrl: "Imprint: its address",
    urlHint: "Begins with https://",
    termsNeeded: "Without terms buyers have nothing to accept: write them, or where they are.",
  },
  {
    seller: "Verkäufer und Mehrwertsteuer",
    sellerMeans: "Mit einem Verkäufer hat jede Bestellung eine Rechnung, auch die schon verkauften.",
    none: "noch nichts",
    name: "Verkäufer",
    nameHint: "Die Firma oder Person, deren Name auf den Rechnungen steht.",
    address: "Anschrift",
    addressHint: "Wie auf einem Umschlag, in mehreren Zeilen.",
    vatId: "USt-IdNr.",
    rate: "Mehrwertsteuer in Prozent",
    rateHint: "Alle Preise enthalten sie. Leer: keine.",
    badRate: "Schreiben Sie einen Satz wie 19 oder 5,5",
    needed: "Ein Verkäufer braucht Namen und Anschrift.",
    terms: "Bedingungen, Datenschutz, Impressum",
    termsMean:
      "Käufer stimmen zu, bevor Tickets für sie reserviert werden. Ein anderer Inhalt ist eine neue Fassung; wer schon gekauft hat, behält die seine.",
    version: (version: string) => `Fassung ${version}`,
    termsUrl: "Bedingungen: ihre Adresse",
    termsText: "Oder die Bedingungen selbst",
    privacyUrl: "Datenschutzhinweise: ihre Adresse",
    privacyText: "Oder die Datenschutzhinweise selbst",
    imprintUrl: "Impressum: seine Adresse",
    urlHint: "Beginnt mit https://",
    termsNeeded: "Ohne Bedingungen gibt es nichts, dem Käufer zustimmen: schreiben Sie sie, oder wo sie stehen.",
  },
);

interface LegalProps {
  readonly form: Signal<EventValues>;
  readonly fault: unknown;
  /** Of the terms as they are saved. */
  readonly version: string | null;
}

export function Legal({ form, fault, version }: LegalProps) {
  const { seller, rate } = form.value;
  const named = [seller, rate === "" ? "" : `${rate} %`].filter((text) => !isBlank(text)).join(" · ");
  const shared = { form, fault };
  return (
    <>
      <Part title={t().seller} now={named} fields={sellerFields(form.value)} {...shared}>
        {t().sellerMeans}
      </Part>
      <Part
        title={t().terms}
        now={version === null ? "" : t().version(version)}
        fields={termsFields(form.value)}
        {...shared}
      >
        {t().termsMean}
      </Part>
    </>
  );
}

/** Whether what was written can't be saved, which its fields say. */
export function isLegalSound(values: EventValues): boolean {
  return [...sellerFields(values), ...termsFields(values)].every(({ name, check }) => !check?.(values[name]));
}

type Spec = FieldOf<Exclude<keyof EventValues, "mayComeBack">>;

interface PartProps extends Omit<LegalProps, "version"> {
  readonly title: string;
  /** What is there already. */
  readonly now: string;
  readonly fields: readonly Spec[];
  readonly children: ComponentChildren;
}

/** Closed at first. What is wrong in it opens it. */
function Part({ title, now, form, fault, fields, children }: PartProps) {
  const isOpen = useSignal(false);
  const isWrong = fields.some(({ name, of, check }) => fieldProblem(fault, of ?? name) ?? check?.(form.value[name]));
  return (
    <details
      class="part"
      open={isOpen.value || isWrong}
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
    >
      <summary>
        {title} <span class="soft">{now || t().none}</span>
      </summary>
      <div class="stack">
        <p class="soft">{children}</p>
        <Fields form={form} fault={fault} fields={fields} />
      </div>
    </details>
  );
}

function sellerFields({ seller, address, vatId }: EventValues): Spec[] {
  const isSeller = !isBlank(seller, address, vatId);
  const needed = (value: string) => (isSeller && isBlank(value) ? t().needed : null);
  const isRate = (value: string) => isBlank(value) || (readRate(value) ?? Number.POSITIVE_INFINITY) <= 10_000;
  return [
    { name: "seller", of: "seller.name", label: t().name, hint: t().nameHint, maxLength: 200, check: needed },
    { name: "address", of: "seller.address", label: t().address, hint: t().addressHint, rows: 3, check: needed },
    { name: "vatId", of: "seller.vat_id", label: t().vatId, maxLength: 30 },
    {
      name: "rate",
      of: "vat_rate",
      label: t().rate,
      hint: t().rateHint,
      inputMode: "decimal",
      check: (value) => (isRate(value) ? null : t().badRate),
    },
  ];
}

function termsFields({ termsText, termsUrl, privacyText, privacyUrl, imprintUrl }: EventValues): Spec[] {
  const isMissing = isBlank(termsText, termsUrl) && !isBlank(privacyText, privacyUrl, imprintUrl);
  const address = { hint: t().urlHint, maxLength: 1_000 } as const;
  return [
    {
      name: "termsUrl",
      of: "terms.terms_url",
      label: t().termsUrl,
      ...address,
      check: () => (isMissing ? t().termsNeeded : null),
    },
    { name: "termsText", of: "terms.terms_text", label: t().termsText, rows: 4 },
    { name: "privacyUrl", of: "terms.privacy_url", label: t().privacyUrl, ...address },
    { name: "privacyText", of: "terms.privacy_text", label: t().privacyText, rows: 4 },
    { name: "imprintUrl", of: "terms.imprint_url", label: t().imprintUrl, ...address },
  ];
}
