// Tables of lists, with a button for what comes next.

import type { ComponentChildren } from "preact";
import { language, texts } from "../ui/i18n.ts";
import { Button, Fault, Loading } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";

const t = texts(
  { more: "Show more", none: "Nothing here yet." },
  { more: "Mehr anzeigen", none: "Hier ist noch nichts." },
);

interface ListProps<Row> {
  readonly label: string;
  readonly headings: readonly string[];
  readonly rows: readonly Row[] | undefined;
  readonly fault: unknown;
  readonly empty?: string;
  readonly more?: (() => Promise<void>) | undefined;
  readonly children: (row: Row) => ComponentChildren;
}

/** `children`: a row, with as many cells as there are headings. That of buttons has none, "". */
export function List<Row>({ label, headings, rows, fault, empty, more, children }: ListProps<Row>) {
  const { run, isBusy, fault: moreFault } = useTask();
  if (rows === undefined) return fault ? <Fault fault={fault} /> : <Loading />;
  if (rows.length === 0) return <p class="soft empty">{empty ?? t().none}</p>;
  return (
    <div class="stack">
      <Fault fault={fault} />
      <Scroll label={label}>
        <table>
          <thead>
            <tr>
              {headings.map((heading) =>
                heading === "" ? (
                  <td key="" />
                ) : (
                  <th key={heading} scope="col">
                    {heading}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>{rows.map(children)}</tbody>
        </table>
      </Scroll>
      {more !== undefined && (
        <div>
          <Button isBusy={isBusy.value} onClick={() => run(more)}>
            {t().more}
          </Button>
        </div>
      )}
      <Fault fault={moreFault.value} />
    </div>
  );
}

/** Of cells in a file, as spreadsheets of the language expect it. */
export function separatorOfLanguage(): "comma" | "semicolon" {
  return language.value === "de" ? "semicolon" : "comma";
}

interface ScrollProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

/** What may be wider than a phone: it is scrolled by itself, by keys as well. */
export function Scroll({ label, children }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it by keys
    <div class="scroll" role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
