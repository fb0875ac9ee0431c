// Which view the address names. Links are ordinary ones: this follows those of the same page by
// itself, and focus moves to the new view's heading, as a new page's would.

import { signal } from "@preact/signals";

export interface Address {
  readonly path: string;
  readonly query: URLSearchParams;
}

export const address = signal<Address>(read());

/** The address's own prefix of a page: `/box-office`. Other paths are other pages. */
let owns: (path: string) => boolean = () => false;
let arrived: () => void = () => {};

/** Begins to follow links. `onArrival` is called after each change of the path. */
export function startRouter(isOwn: (path: string) => boolean, onArrival: () => void): void {
  owns = isOwn;
  arrived = onArrival;
  history.scrollRestoration = "auto";
  addEventListener("popstate", arrive);
  document.addEventListener("click", follow);
}

/** Goes to one of the page's own addresses; `replace` leaves no way back to this one. */
export function go(to: string, options: { readonly replace?: true } = {}): void {
  const url = ownUrl(to);
  if (url === null) {
    location.assign("/");
    return;
  }
  if (!owns(url.pathname)) {
    location.assign(url);
    return;
  }
  if (options.replace === true) history.replaceState(null, "", url);
  else if (url.href !== location.href) history.pushState(null, "", url);
  arrive();
  if (url.hash === "") scrollTo(0, 0);
}

/** Changes the query of this view, as a search does, without a step in the history. */
export function setQuery(query: URLSearchParams): void {
  history.replaceState(null, "", query.size === 0 ? location.pathname : `?${query}`);
  address.value = read();
}

/**
 * A path of this origin, or null. Addresses that come from a link, as `next=` does, lead nowhere
 * else: not by `//host`, not by `\host`, not by `javascript:`.
 */
export function ownUrl(to: string): URL | null {
  if (!/^\/(?![/\\])/.test(to)) return null;
  const url = URL.parse(to, location.origin);
  return url?.origin === location.origin ? url : null;
}

/** Where a `next=` leads: to a page of this service, or to `otherwise`. */
export function pageOr(next: string | null, otherwise: string): string {
  const url = ownUrl(next ?? "");
  return url !== null && /^\/($|(e|my|box-office|door)($|\/))/.test(url.pathname)
    ? url.pathname + url.search
    : otherwise;
}

/** The parameters of a path that matches, as `/my/orders/{id}`; null otherwise. */
export function match<P extends string>(pattern: P, path: string): Readonly<Record<Names<P>, string>> | null {
  const wanted = pattern.split("/");
  const found = path.replace(/(.)\/$/, "$1").split("/");
  if (wanted.length !== found.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = found[index] ?? "";
    if (part.startsWith("{")) parameters[part.slice(1, -1)] = decoded(value);
    else if (part !== value) return null;
  }
  return parameters as Record<Names<P>, string>;
}
type Names<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

function arrive(): void {
  const before = address.peek().path;
  address.value = read();
  if (address.peek().path !== before) arrived();
}

function read(): Address {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

function follow(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest?.("a");
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || event.defaultPrevented || link.target !== "" || link.hasAttribute("download")) return;
  const url = new URL(link.href, location.href);
  if (url.origin !== location.origin || !owns(url.pathname)) return;
  // A place in this view: the browser moves there.
  if (url.hash !== "" && url.pathname === location.pathname && url.search === location.search) return;
  event.preventDefault();
  go(url.pathname + url.search + url.hash);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
