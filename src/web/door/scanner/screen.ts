// Keeps the screen on while somebody scans.

/** Returns what ends it. A browser that has no such thing, or refuses, lets the screen go off. */
export function keepScreenOn(): () => void {
  let isOver = false;
  let sentinel: { release(): Promise<void> } | null = null;
  const request = async () => {
    if (document.visibilityState !== "visible" || isOver) return;
    // Browsers end it by themselves when the page is hidden.
    sentinel = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    if (isOver) void sentinel?.release();
  };
  document.addEventListener("visibilitychange", request);
  void request();
  return () => {
    isOver = true;
    document.removeEventListener("visibilitychange", request);
    void sentinel?.release();
  };
}
