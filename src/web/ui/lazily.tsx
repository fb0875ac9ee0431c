// A view that is loaded when it is first shown, so that a page's first script stays small.

import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { Problem } from "./api.ts";
import { Fault, Loading } from "./parts.tsx";

export type { ComponentType };

export function lazily<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let Found: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const isHere = useSignal(Found !== null);
    const fault = useSignal<unknown>(null);
    useEffect(() => {
      if (Found !== null) return;
      const begin = async () => {
        try {
          Found = await load();
          isHere.value = true;
        } catch {
          fault.value = new Problem(0, { type: "/problems/offline" });
        }
      };
      void begin();
      addEventListener("online", begin);
      return () => removeEventListener("online", begin);
    }, []);
    if (isHere.value && Found !== null) return <Found {...props} />;
    return fault.value === null ? <Loading /> : <Fault fault={fault.value} />;
  };
}
