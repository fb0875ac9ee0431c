// Where webhooks may go: public hosts by name, over TLS, at its usual port. Pure.

import type { Settings } from "../../platform/settings.ts";

/** Why a URL is refused. */
export type TargetRefusal =
  | "not_a_url"
  | "not_https"
  | "other_port"
  | "has_credentials"
  | "has_fragment"
  | "no_public_name";

const MAX_URL = 2_000;
// RFC 6761, 6762, 8375, 9476, ICANN's reservations, and what networks name themselves with.
const PRIVATE_ENDINGS = new Set([
  ...["localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "test"],
  ...["invalid", "example", "onion", "alt", "arpa", "i2p", "consul", "svc", "cluster"],
]);

/** By the service's settings: on a developer's own machine a receiver may be anywhere. */
export function urlRefusal(
  { publicUrl, allowsLocalWebhooks }: Pick<Settings, "publicUrl" | "allowsLocalWebhooks">,
  url: string,
): TargetRefusal | null {
  if (allowsLocalWebhooks) return /^https?:$/.test(URL.parse(url)?.protocol ?? "") ? null : "not_a_url";
  return targetRefusal(url, publicUrl === null ? null : new URL(publicUrl).hostname);
}

/**
 * Null for a URL that may be called. The parser has one spelling for each host, so all others of
 * an address (`0x7f.1`, `2130706433`, full-width digits) are seen as that address, and no address
 * is a name.
 */
export function targetRefusal(text: string, ownHost: string | null): TargetRefusal | null {
  const url = text.length > MAX_URL ? null : URL.parse(text);
  if (url === null) return "not_a_url";
  if (url.protocol !== "https:") return "not_https";
  if (url.port !== "") return "other_port";
  if (url.username !== "" || url.password !== "") return "has_credentials";
  if (url.hash !== "" || text.includes("#")) return "has_fragment";
  // With a dot at its end it is the same name.
  const name = url.hostname.replace(/\.$/, "");
  return isPublicName(name) && name !== ownHost ? null : "no_public_name";
}

/** A name with a dot, whose last label is no number and no name of a private network. */
function isPublicName(name: string): boolean {
  const labels = name.split(".");
  const last = labels.at(-1) ?? "";
  if (labels.length < 2 || !/^([a-z0-9]([a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/.test(name)) return false;
  return name.length <= 253 && labels.every((label) => label.length <= 63) && !PRIVATE_ENDINGS.has(last);
}

type Range = readonly [first: string, bits: number];

// IANA's special-purpose registries of IPv4 and IPv6, and multicast.
const NOT_PUBLIC_V4: readonly Range[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];
/** Within what is assigned at all, 2000::/3. */
const NOT_PUBLIC_V6: readonly Range[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["2620:4f:8000::", 48],
  ["3fff::", 20],
];

/** An address as DNS has it. What can't be read is not public. */
export function isPublicAddress(address: string): boolean {
  const v4 = bitsOfV4(address);
  if (v4 !== null) return !NOT_PUBLIC_V4.some(([first, bits]) => v4.startsWith(bitsOfV4(first)?.slice(0, bits) ?? ""));
  const v6 = bitsOfV6(address);
  // All else, mapped and translated addresses included, is assigned for other uses, or not at all.
  if (v6?.startsWith("001") !== true) return false;
  return !NOT_PUBLIC_V6.some(([first, bits]) => v6.startsWith(bitsOfV6(first)?.slice(0, bits) ?? ""));
}

function bitsOfV4(address: string): string | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return null;
  return parts.map((part) => part.toString(2).padStart(8, "0")).join("");
}

function bitsOfV6(address: string): string | null {
  // The parser expands nothing, but has one spelling, without dots.
  const host = address.includes(":") ? URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) : undefined;
  if (host === undefined) return null;
  const [head = "", tail] = host.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeros = Array<string>(tail === undefined ? 0 : 8 - first.length - last.length).fill("0");
  return [...first, ...zeros, ...last]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0"))
    .join("");
}
