// The server's time. A visitor's clock may be minutes off, and a hold ends by the server's.

let offsetMs = 0;
/** How exact the offset is: half of what the request took. */
let uncertaintyMs = Number.POSITIVE_INFINITY;

/** Now, by the server's clock. */
export function serverNowMs(): number {
  return Date.now() + offsetMs;
}

/** Learns from a reply's `Date`, which has whole seconds, unless an earlier reply was quicker. */
export function learnServerTime(date: string | null, sentAtMs: number, receivedAtMs: number): void {
  const serverMs = Date.parse(date ?? "");
  const tookMs = receivedAtMs - sentAtMs;
  if (Number.isNaN(serverMs) || tookMs > uncertaintyMs * 2) return;
  uncertaintyMs = tookMs;
  // The header leaves out a fraction of a second: half of one, on average.
  offsetMs = serverMs + 500 - (sentAtMs + tookMs / 2);
}
