// Stripe's search of payment intents: its index lags, so it finds them as they were a while ago. It
// differs from Stripe in this: it lags by the same time always, takes one clause of metadata
// (`metadata["payment"]:"x"`), tells capitals from small letters, and has one page.

import { StripeFault } from "./faults.ts";
import { parseForm, textAt } from "./forms.ts";
import type { Intent } from "./records.ts";

interface Version {
  readonly atMs: number;
  readonly intent: Intent;
}

const CLAUSE = /^metadata\["([^"]+)"\]:"([^"]+)"$/;
const UNAVAILABLE = new StripeFault(
  400,
  { type: "invalid_request_error", message: "The search feature is temporarily unavailable in your region." },
  true,
);

export class SearchIndex {
  /** What is newer is not found, and a change not seen. Stripe: usually under a minute. */
  lagMs = 60_000;
  /** As in India. */
  isUnavailable = false;
  readonly #nowMs: () => number;
  /** Of each intent, the oldest first. */
  readonly #versions = new Map<string, Version[]>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** `intent` as it is now. */
  add(intent: Intent): void {
    const versions = this.#versions.get(intent.id) ?? [];
    versions.push({ atMs: this.#nowMs(), intent: structuredClone(intent) });
    this.#versions.set(intent.id, versions);
  }

  find(url: URL): unknown {
    if (this.isUnavailable) throw UNAVAILABLE;
    const form = parseForm(url.search.slice(1));
    const [, name = "", value] = CLAUSE.exec(textAt(form, "query") ?? "") ?? [];
    if (value === undefined) throw StripeFault.invalid("parameter_invalid_string", "Invalid query", "query");
    const limit = Number(textAt(form, "limit") ?? "10");
    const knownMs = this.#nowMs() - this.lagMs;
    const found = [...this.#versions.values()]
      .flatMap((versions) => versions.findLast(({ atMs }) => atMs <= knownMs)?.intent ?? [])
      .filter(({ metadata }) => metadata[name] === value)
      .reverse();
    const data = found.slice(0, limit);
    return { object: "search_result", url: url.pathname, has_more: found.length > limit, next_page: null, data };
  }
}
