// A list of what is made here, each with a secret that is shown once.

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Button, Dialog } from "../ui/parts.tsx";
import { ShownOnce } from "./shown-once.tsx";

interface MakingProps<Made> {
  /** Of the heading, which gets the focus once the secret is put away. */
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly add: string;
  /** What has just been made; null: nothing, or it is put away. */
  readonly made: Signal<Made | null>;
  readonly shown: (made: Made) => { readonly title: string; readonly secret: string };
  readonly form: (onMade: (made: Made) => void) => ComponentChildren;
  readonly onMade: () => Promise<void>;
  readonly children: ComponentChildren;
}

export function Making<Made>(props: MakingProps<Made>) {
  const { id, title, about, add, made, shown, form, onMade, children } = props;
  const isMaking = useSignal(false);
  return (
    <section class="card stack" aria-labelledby={id}>
      <div class="row between">
        <h2 id={id} tabIndex={-1}>
          {title}
        </h2>
        <Button
          kind="primary"
          onClick={() => {
            isMaking.value = true;
          }}
        >
          {add}
        </Button>
      </div>
      <p class="soft">{about}</p>
      {made.value !== null && (
        <ShownOnce
          {...shown(made.value)}
          onDone={() => {
            made.value = null;
            focusOn(id);
          }}
        />
      )}
      {children}
      {isMaking.value && (
        <Dialog
          title={add}
          onClose={() => {
            isMaking.value = false;
          }}
        >
          {form((one) => {
            made.value = one;
            isMaking.value = false;
            void onMade();
          })}
        </Dialog>
      )}
    </section>
  );
}

export function focusOn(id: string): void {
  document.getElementById(id)?.focus();
}
