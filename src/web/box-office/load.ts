// What a view reads of the service, with what went wrong.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { nextPage, send } from "../ui/api.ts";
import type { Operations } from "../ui/api-types.ts";

export interface Loaded<T> {
  /** Undefined until it is there; what was there stays while it is read again. */
  readonly value: Signal<T | undefined>;
  readonly fault: Signal<unknown>;
  reload(): Promise<void>;
}

/**
 * Reads once, again whenever `key` is another one, when the network is back, and each `everyMs`
 * while the page is seen.
 */
export function useLoad<T>(
  key: string,
  read: () => Promise<T>,
  everyMs?: number,
  mayRenew: () => boolean = () => true,
): Loaded<T> {
  const value = useSignal<T | undefined>(undefined);
  const fault = useSignal<unknown>(null);
  const current = useSignal(key);
  current.value = key;
  const reload = async () => {
    try {
      const found = await read();
      // A slower reply to an earlier question must not take this one's place.
      if (current.peek() === key) {
        value.value = found;
        fault.value = null;
      }
    } catch (caught) {
      if (current.peek() === key) fault.value = caught;
    }
  };
  useEffect(() => {
    void reload();
    const again = () => mayRenew() && void reload();
    addEventListener("online", again);
    const timer = everyMs === undefined ? undefined : setInterval(() => isSeen() && again(), everyMs);
    return () => {
      removeEventListener("online", again);
      clearInterval(timer);
    };
  }, [key]);
  return { value, fault, reload };
}

function isSeen(): boolean {
  return document.visibilityState === "visible";
}

type Lists = {
  [O in keyof Operations]: Operations[O]["reply"] extends readonly unknown[] ? O : never;
}[keyof Operations];

export interface Rows<Row> {
  readonly rows: Row[];
  readonly next: string | null;
}

/** A list that grows by a page at a time. By itself only its first page is read again. */
export function useList<O extends Lists>(operation: O, key: string, parts: object, everyMs?: number) {
  type Row = Operations[O]["reply"] extends readonly (infer R)[] ? R : never;
  const isLonger = useRef(false);
  const read = async () => {
    isLonger.current = false;
    return rowsOf<Row>(await send(operation, parts as never));
  };
  const loaded = useLoad<Rows<Row>>(key, read, everyMs, () => !isLonger.current);
  const more = async () => {
    const before = loaded.value.peek();
    if (!before?.next) return;
    isLonger.current = true;
    const page = rowsOf<Row>(await nextPage<O>(before.next));
    loaded.value.value = { rows: [...before.rows, ...page.rows], next: page.next };
  };
  return { ...loaded, more };
}

function rowsOf<Row>({ body, next }: { readonly body: unknown; readonly next: string | null }): Rows<Row> {
  return { rows: body as Row[], next };
}
