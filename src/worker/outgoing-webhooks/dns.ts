// Looks a receiver's name up before each call. Cloudflare's fetch leaves from its public edge; this
// also refuses names that somebody has pointed at a private network since they were subscribed.

import { SECOND_MS } from "../../domain/units.ts";
import { isPublicAddress } from "./target.ts";

/** The addresses of a name: empty if it has none. Rejects where that is unknown. */
export type Resolver = (name: string) => Promise<readonly string[]>;

const RESOLVER_URL = "https://cloudflare-dns.com/dns-query";
const TIMEOUT_MS = 3 * SECOND_MS;
const TYPES = { A: 1, AAAA: 28 } as const;

interface Answer {
  readonly Status?: number;
  readonly Answer?: readonly { readonly type?: number; readonly data?: string }[];
}

export const resolveByHttps: Resolver = async (name) => {
  const answers = await Promise.all(Object.entries(TYPES).map(([type, number]) => ask(name, type, number)));
  return answers.flat();
};

type NameRefusal = "name_not_found" | "address_not_public";

/** Why the name may not be called, or null. */
export async function nameRefusal(name: string, resolve: Resolver): Promise<NameRefusal | null> {
  const addresses = await resolve(name);
  if (addresses.length === 0) return "name_not_found";
  // One private address among public ones is enough: the caller does not choose which is used.
  return addresses.every(isPublicAddress) ? null : "address_not_public";
}

async function ask(name: string, type: string, number: number): Promise<string[]> {
  const url = `${RESOLVER_URL}?name=${encodeURIComponent(name)}&type=${type}`;
  const init = { headers: { accept: "application/dns-json" }, signal: AbortSignal.timeout(TIMEOUT_MS) };
  const response = await fetch(url, init);
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`the resolver replied with ${response.status}`);
  }
  const { Status, Answer = [] }: Answer = await response.json();
  // 3: there is no such name. Anything else may pass.
  if (Status !== 0 && Status !== 3) throw new Error(`the resolver failed with ${Status}`);
  return Answer.flatMap(({ type: of, data }) => (of === number && data !== undefined ? [data] : []));
}
