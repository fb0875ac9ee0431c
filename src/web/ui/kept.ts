// What a tab remembers over a reload: a choice of tickets, a key that makes repeating safe.

export function keep(name: string, value: unknown): void {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Where a browser keeps nothing, it lasts as long as the page.
  }
}

export function kept<T>(name: string): T | null {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null") as T | null;
  } catch {
    return null;
  }
}

/** The same key for the same wish, also after a reload or a lost reply; `done` ends it. */
export function keyFor(name: string, wish: unknown): { readonly key: string; done(): void } {
  const text = JSON.stringify(wish);
  const before = kept<{ text: string; key: string }>(name);
  const key = before?.text === text ? before.key : crypto.randomUUID();
  keep(name, { text, key });
  return { key, done: () => keep(name, null) };
}
