// A secret that the service shows once: it gets the focus, and stays until it is put away.

import { useEffect, useRef } from "preact/hooks";
import { texts } from "../ui/i18n.ts";
import { Button } from "../ui/parts.tsx";
import { Copy } from "./copying.tsx";

const t = texts(
  {
    once: "Copy it now: it is not shown again.",
    done: "I have it",
  },
  {
    once: "Kopieren Sie ihn jetzt: er wird nicht noch einmal gezeigt.",
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
  useEffect(() => heading.current?.focus(), [secret]);
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
        <Copy key={secret} text={secret} kind="primary" />
        <Button onClick={onDone}>{t().done}</Button>
      </div>
    </div>
  );
}
