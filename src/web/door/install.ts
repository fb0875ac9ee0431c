// The page as an app: it works without a network once it was here, and browsers may install it.

import { signal } from "@preact/signals";

interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

/** Where the browser asks by itself when a page wants it to. Safari's users use its share menu. */
export const canInstall = signal(false);
/** A newer version of the page has arrived, and is shown after the next reload. */
export const isOutdated = signal(false);

let prompt: InstallPrompt | null = null;

export function startInstalling(): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    prompt = event as InstallPrompt;
    canInstall.value = true;
  });
  addEventListener("appinstalled", () => {
    canInstall.value = false;
  });
  // Otherwise a browser that is short of space may delete scans that wait.
  void navigator.storage?.persist?.();
  const { serviceWorker } = navigator;
  if (serviceWorker === undefined) return;
  // At a first visit there is none yet, and the first one is no newer version.
  let isControlled = serviceWorker.controller !== null;
  serviceWorker.addEventListener("controllerchange", () => {
    isOutdated.value = isControlled;
    isControlled = true;
  });
  // Without it the page works with a network alone.
  void serviceWorker.register("/door/service-worker.js", { scope: "/door", updateViaCache: "none" }).catch(() => {});
}

export async function install(): Promise<void> {
  await prompt?.prompt();
  canInstall.value = false;
}
