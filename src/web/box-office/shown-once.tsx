// A secret that the service shows once: it gets the focus, and stays until it is put away.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { announce } from "../ui/announce.ts";
import { texts } from "../ui/i18n.ts";
import { Button } from "../ui/parts.tsx";

const t = texts(
  {
    once: "Copy it now: it is not shown again.",
    copy: "Copy",
    copied: "Copied.",
    notCopied: "The browser did not let it be copied. Mark it, and copy it yourself.",
    done: "I have it",
  },
  {
    once: "Kopieren Sie ihn jetzt: er wird nicht noch einmal gezeigt.",
    copy: "Kopieren",
    copied: "Kopiert.",
    notCopied: "Der Browser ließ das nicht zu. Markieren Sie ihn, und kopieren Sie ihn selbst.",
    done: "Ich habe ihn",
  },
);

interface ShownOnceProps {
  readonly title: string;
  readonly secret: string;
  readonly onDone: () => void;
}

export function ShownOnce({ title, secret, onDone }: ShownOnceProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const said = useSignal("");
  useEffect(() => heading.current?.focus(), [secret]);
  const copy = async () => {
    const isCopied = await navigator.clipboard.writeText(secret).then(
      () => true,
      () => false,
    );
    said.value = isCopied ? t().copied : t().notCopied;
    announce(said.value);
  };
  return (
    <div class="notice good stack">
      <h3 ref={heading} tabIndex={-1}>
        {title}
      </h3>
      <p>{t().once}</p>
      <p>
        <code class="secret">{secret}</code>
      </p>
      <div class="row">
        <Button kind="primary" onClick={copy}>
          {t().copy}
        </Button>
        <Button onClick={onDone}>{t().done}</Button>
        <span>{said.value}</span>
      </div>
    </div>
  );
}
