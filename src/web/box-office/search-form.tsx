// The search of a list. What was searched for is in the page's address.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { texts } from "../ui/i18n.ts";
import { Button, Field, Form } from "../ui/parts.tsx";

const t = texts({ find: "Find" }, { find: "Suchen" });

interface SearchFormProps {
  readonly label: string;
  readonly hint: string;
  /** What was searched for last. */
  readonly q: string;
  readonly onFind: (q: string) => void;
  /** Filters beside it. */
  readonly children?: ComponentChildren;
}

export function SearchForm({ label, hint, q, onFind, children }: SearchFormProps) {
  const typed = useSignal(q);
  return (
    <Form class="search" onSubmit={() => onFind(typed.peek().trim())}>
      <Field
        label={label}
        name="q"
        type="search"
        value={typed.value}
        hint={hint}
        autocomplete="off"
        onInput={(value) => {
          typed.value = value;
        }}
      />
      {children}
      <Button type="submit">{t().find}</Button>
    </Form>
  );
}
