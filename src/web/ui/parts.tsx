// The parts that views are made of.

import type { ComponentChildren, Ref } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { texts } from "./i18n.ts";
import { focusMarked } from "./marked.ts";
import type { Paged } from "./pages.ts";
import { problemText } from "./problems.ts";

const t = texts(
  { loading: "Loading …", close: "Close", again: "Try again", more: "Show more" },
  { loading: "Wird geladen …", close: "Schließen", again: "Noch einmal versuchen", more: "Mehr zeigen" },
);

interface ButtonProps {
  readonly kind?: "primary" | "plain" | "danger";
  readonly type?: "button" | "submit";
  readonly isBusy?: boolean;
  readonly disabled?: boolean;
  readonly label?: string;
  readonly onClick?: () => void;
  readonly children: ComponentChildren;
}

/** While busy it keeps its place and its focus, and takes no click. */
export function Button({
  kind = "plain",
  type = "button",
  isBusy = false,
  disabled = false,
  label,
  onClick,
  children,
}: ButtonProps) {
  return (
    <button
      type={type}
      class={`button ${kind}`}
      aria-label={label}
      aria-busy={isBusy}
      aria-disabled={isBusy}
      disabled={disabled}
      onClick={(event) => {
        if (isBusy) event.preventDefault();
        else onClick?.();
      }}
    >
      {children}
    </button>
  );
}

interface FormProps {
  readonly class?: string;
  readonly element?: Ref<HTMLFormElement>;
  readonly onSubmit: () => unknown;
  readonly children: ComponentChildren;
}

/**
 * What sends it is the script: the browser stays where it is. Once `onSubmit` is over, the first
 * field that is marked gets the focus: on a phone it is mostly out of sight.
 */
export function Form({ element, onSubmit, ...form }: FormProps) {
  return (
    <form
      {...form}
      ref={element}
      onSubmit={(submitted) => {
        submitted.preventDefault();
        const sent = submitted.currentTarget;
        void Promise.resolve(onSubmit()).then(() => focusMarked(sent));
      }}
    />
  );
}

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly type?: "text" | "email" | "password" | "search" | "date" | "number" | "datetime-local" | "url";
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string | undefined;
  readonly problem?: string | null;
  readonly autocomplete?: "email" | "username" | "current-password" | "new-password" | "name" | "off";
  readonly required?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly inputMode?: "text" | "email" | "numeric" | "decimal" | "search";
  readonly rows?: number;
  /** Values to choose from while typing; others may be written, too. */
  readonly proposals?: readonly string[];
}

/** A labelled input; with `rows` one of several lines. */
export function Field({ label, hint, problem = null, onInput, rows, proposals, ...input }: FieldProps) {
  const id = useId();
  const about = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  const shared = {
    ...input,
    id,
    "aria-invalid": problem !== null,
    "aria-describedby": about || undefined,
    list: proposals && `${id}-proposals`,
    onInput: (event: { currentTarget: { value: string } }) => onInput(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {rows === undefined ? (
        <input {...(shared as object)} />
      ) : (
        <textarea {...(shared as object)} rows={rows} value={input.value} />
      )}
      {proposals && (
        <datalist id={`${id}-proposals`}>
          {proposals.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      )}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {problem !== null && (
        <p class="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}

interface CheckboxProps {
  readonly label: ComponentChildren;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
  readonly problem?: string | null;
  readonly required?: boolean;
}

export function Checkbox({ label, isChecked, onChange, problem = null, required = false }: CheckboxProps) {
  const id = useId();
  return (
    <>
      <label class="checkbox">
        <input
          type="checkbox"
          checked={isChecked}
          required={required}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : id}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        />
        <span>{label}</span>
      </label>
      {problem !== null && (
        <p class="field-problem" id={id}>
          {problem}
        </p>
      )}
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly onChange: (value: string) => void;
}

export function Choice({ label, value, options, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface NoticeProps {
  readonly kind?: "info" | "good" | "warning" | "bad";
  readonly title?: string;
  readonly children?: ComponentChildren;
}

/** Something to know. What appears by itself is announced with `announce`, too. */
export function Notice({ kind = "info", title, children }: NoticeProps) {
  return (
    <div class={`notice ${kind}`}>
      {title !== undefined && <p class="notice-title">{title}</p>}
      {children}
    </div>
  );
}

/** Nothing while nothing is wrong. */
export function Fault({ fault }: { readonly fault: unknown }) {
  return fault === null || fault === undefined ? null : (
    <Notice kind="bad">
      <p>{problemText(fault)}</p>
    </Notice>
  );
}

/** What is missing to show a view: on its way, or why it did not come, with a way to ask again. */
export function Waiting({ fault, onAgain }: { readonly fault: unknown; readonly onAgain: () => unknown }) {
  if (fault === null) return <Loading />;
  return (
    <div class="stack" role="alert">
      <Fault fault={fault} />
      <div>
        <Button onClick={onAgain}>{t().again}</Button>
      </div>
    </div>
  );
}

/** The rest of a list that comes in parts. */
export function More({ list }: { readonly list: Pick<Paged<unknown>, "hasMore" | "more" | "showMore"> }) {
  return (
    <>
      <Fault fault={list.more.fault.value} />
      {list.hasMore && (
        <div class="row center">
          <Button isBusy={list.more.isBusy.value} onClick={list.showMore}>
            {t().more}
          </Button>
        </div>
      )}
    </>
  );
}

export function Loading() {
  return (
    <p class="loading">
      <span class="spinner" aria-hidden="true" /> {t().loading}
    </p>
  );
}

/** In a form that begins with a field. Text that comes first is not skipped. */
const FIRST_FIELD = "form > .field:first-child :is(input, textarea)";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Modal: the browser keeps the focus in it, and closes it with Escape. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    // The browser would take the cross, which comes first.
    ref.current?.querySelector<HTMLElement>(FIRST_FIELD)?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={ref} class="dialog" aria-labelledby={id} onClose={onClose}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button
          type="button"
          class="button icon"
          aria-label={t().close}
          onClick={() => {
            ref.current?.close();
          }}
        >
          <span aria-hidden="true">×</span>
        </button>
      </div>
      {children}
    </dialog>
  );
}
