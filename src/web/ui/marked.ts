// The field that a form has marked: it may be out of sight.

/** What a submission has changed is drawn by then. */
const DRAWN_AFTER_MS = 50;
const MARKED = '[aria-invalid="true"]';

/** Focuses the first one, unless somebody has gone on meanwhile, to another part or to a dialog. */
export function focusMarked(form: HTMLFormElement): void {
  setTimeout(() => {
    const { activeElement } = document;
    const isElsewhere = activeElement !== document.body && !form.contains(activeElement);
    if (!isElsewhere && !activeElement?.matches(MARKED)) form.querySelector<HTMLElement>(MARKED)?.focus();
  }, DRAWN_AFTER_MS);
}
