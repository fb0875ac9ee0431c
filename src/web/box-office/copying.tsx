// A button that copies a text, and says whether it could.

import { useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { texts } from "../ui/i18n.ts";
import { Button } from "../ui/parts.tsx";

const t = texts(
  {
    copy: "Copy",
    copied: "Copied.",
    notCopied: "The browser did not let it be copied. Mark it, and copy it yourself.",
  },
  {
    copy: "Kopieren",
    copied: "Kopiert.",
    notCopied: "Der Browser ließ das nicht zu. Markieren Sie ihn, und kopieren Sie ihn selbst.",
  },
);

interface CopyProps {
  readonly text: string;
  readonly kind?: "primary" | "plain";
  readonly label?: string;
}

export function Copy({ text, kind = "plain", label = t().copy }: CopyProps) {
  const said = useSignal("");
  const copy = async () => {
    const isCopied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    said.value = isCopied ? t().copied : t().notCopied;
    announce(said.value);
  };
  return (
    <>
      <Button kind={kind} onClick={copy}>
        {label}
      </Button>
      {said.value !== "" && <span>{said.value}</span>}
    </>
  );
}
