// The client's address.

const UNKNOWN = "unknown";
// A provider gives one customer a whole /64, with any number of addresses in it.
const IPV6_NETWORK_GROUPS = 4;

/** The address that Cloudflare saw. A client can write anything into `X-Forwarded-For`. */
export function addressOf(request: Request): string {
  return request.headers.get("cf-connecting-ip") ?? UNKNOWN;
}

/** What rate limits count as one client: an IPv4 address, or the /64 of an IPv6 address. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  // `::ffff:192.0.2.1` is an IPv4 address.
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.toLowerCase().split("::", 2);
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  const groups = [...before, ...(tail === undefined ? [] : zeros), ...after];
  return `${groups.slice(0, IPV6_NETWORK_GROUPS).join(":")}::/64`;
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":").map((group) => group.replace(/^0+(?=.)/, ""));
}
