// Terms that an event wants to be accepted: its own texts, or where they are.

import type { TermsOutput } from "../ui/api-types.ts";
import { texts } from "../ui/i18n.ts";
import { Checkbox } from "../ui/parts.tsx";

const t = texts(
  {
    accept: "I accept the organiser’s terms.",
    terms: "Terms",
    privacy: "Privacy notice",
    imprint: "Imprint",
  },
  {
    accept: "Ich stimme den Bedingungen des Veranstalters zu.",
    terms: "Bedingungen",
    privacy: "Datenschutz",
    imprint: "Impressum",
  },
);

interface TermsProps {
  readonly terms: TermsOutput;
  readonly isAccepted: boolean;
  readonly onChange: (isAccepted: boolean) => void;
  readonly problem: string | null;
}

export function Terms({ terms, isAccepted, onChange, problem }: TermsProps) {
  return (
    <div class="stack tight">
      <Text name={t().terms} text={terms.terms_text} />
      <Text name={t().privacy} text={terms.privacy_text} />
      <p class="row">
        <Elsewhere name={t().terms} url={terms.terms_url} />
        <Elsewhere name={t().privacy} url={terms.privacy_url} />
        <Elsewhere name={t().imprint} url={terms.imprint_url} />
      </p>
      <Checkbox label={t().accept} isChecked={isAccepted} onChange={onChange} problem={problem} required />
    </div>
  );
}

function Text({ name, text }: { readonly name: string; readonly text: string | null }) {
  if (text === null) return null;
  return (
    <details>
      <summary>{name}</summary>
      <p class="description">{text}</p>
    </details>
  );
}

/** The service lets in addresses of the web only; here it is made sure of once more. */
function Elsewhere({ name, url }: { readonly name: string; readonly url: string | null }) {
  if (url === null || !/^https?:\/\//i.test(url)) return null;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {name}
    </a>
  );
}
