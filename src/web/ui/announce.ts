// What a screen reader says of changes that nobody asked for. Two regions stand in the page from
// its beginning: one that waits for a pause, and one that interrupts.

const TOGETHER_MS = 150;

const regions = { polite: region("status"), assertive: region("alert") };

/** Says it once. Milestones only: nobody wants to hear every second of a countdown. */
export function announce(text: string, how: keyof typeof regions = "polite"): void {
  const target = regions[how];
  target.textContent = "";
  // Emptied first, so that the same words twice are two changes.
  setTimeout(() => {
    target.textContent = text;
  }, TOGETHER_MS);
}

function region(role: "status" | "alert"): HTMLElement {
  const element = document.createElement("div");
  element.setAttribute("role", role);
  element.className = "unseen";
  document.body.append(element);
  return element;
}
