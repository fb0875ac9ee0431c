// Asks once more before what can't be undone.

import type { ComponentChildren } from "preact";
import { Button, Dialog, Fault, Notice } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";

interface SureProps {
  readonly title: string;
  /** On the button that does it; by default the title. */
  readonly label?: string;
  readonly means: string;
  /** On the button that does not. */
  readonly keep: string;
  readonly onSure: () => Promise<void>;
  readonly onClose: () => void;
  /** What it is about, where the title does not say it. */
  readonly children?: ComponentChildren;
}

export function Sure({ title, label = title, means, keep, onSure, onClose, children }: SureProps) {
  const { run, isBusy, fault } = useTask();
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="stack">
        {children}
        <Notice kind="warning">{means}</Notice>
        <Fault fault={fault.value} />
        <div class="row">
          <Button kind="danger" isBusy={isBusy.value} onClick={() => run(onSure)}>
            {label}
          </Button>
          <Button onClick={onClose}>{keep}</Button>
        </div>
      </div>
    </Dialog>
  );
}
