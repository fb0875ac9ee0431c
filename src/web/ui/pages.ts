// A list that comes in parts: the first at once, the others when somebody asks for more.

import { useEffect, useRef } from "preact/hooks";
import { type Loaded, useLoaded } from "./loaded.ts";
import { type Task, useTask } from "./task.ts";

export interface Part<T, Next = string> {
  readonly items: readonly T[];
  /** What names the part after it; null after the last. */
  readonly next: Next | null;
}

export interface Paged<T> extends Pick<Loaded<unknown>, "fault" | "reload"> {
  /** Undefined until there is something. */
  readonly items: readonly T[] | undefined;
  readonly hasMore: boolean;
  readonly more: Task;
  showMore(): Promise<void>;
}

/** Loaded again, it shows as many parts as before. */
export function usePaged<T, Next = string>(
  first: () => Promise<Part<T, Next>>,
  after: (next: Next) => Promise<Part<T, Next>>,
  about: readonly unknown[],
): Paged<T> {
  const wanted = useRef(1);
  const more = useTask();
  useEffect(() => {
    wanted.current = 1;
  }, about);
  const load = async () => {
    let all = await first();
    for (let parts = 1; parts < wanted.current && all.next !== null; parts++) all = joined(all, await after(all.next));
    return all;
  };
  const { value, fault, reload } = useLoaded(load, about);
  const showMore = () =>
    more.run(async () => {
      const before = value.peek();
      if (before === undefined || before.next === null) return;
      const part = await after(before.next);
      wanted.current += 1;
      value.value = joined(before, part);
    });
  const shown = value.value;
  return { items: shown?.items, hasMore: shown !== undefined && shown.next !== null, fault, reload, more, showMore };
}

function joined<T, Next>(before: Part<T, Next>, part: Part<T, Next>): Part<T, Next> {
  return { items: [...before.items, ...part.items], next: part.next };
}
