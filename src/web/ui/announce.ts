// What a screen reader says of changes that nobody asked for. Two regions stand in the page from
// its beginning: one that waits for a pause, and one that interrupts. What is outside an open
// dialog is silent, so they move into it.

const TOGETHER_MS = 150;

const regions = { polite: region("status"), assertive: region("alert") };

/** Says it once. Milestones only: nobody wants to hear every second of a countdown. */
export function announce(text: string, how: keyof typeof regions = "polite"): void {
  const target = regions[how];
  // Emptied first, so that the same words twice are two changes.
  target.textContent = "";
  bringAlong(target);
  setTimeout(() => {
    // The dialog was closed meanwhile: a region is heard only if it was there before its words.
    if (bringAlong(target)) announce(text, how);
    else target.textContent = text;
  }, TOGETHER_MS);
}

/** Whether it had to be moved to where it is heard. */
function bringAlong(region: HTMLElement): boolean {
  const dialogs = document.querySelectorAll("dialog[open]");
  const place = dialogs[dialogs.length - 1] ?? document.body;
  if (region.parentElement === place && region.isConnected) return false;
  place.append(region);
  return true;
}

function region(role: "status" | "alert"): HTMLElement {
  const element = document.createElement("div");
  element.setAttribute("role", role);
  element.className = "unseen";
  document.body.append(element);
  return element;
}
