// Where a request comes from.

const UNKNOWN = "unknown";
// One customer of a provider has a whole /64, and as many addresses as they like in it.
const IPV6_NETWORK_GROUPS = 4;

/** The client's address as Cloudflare saw it. What clients say of themselves (`X-Forwarded-For`) is not asked. */
export function addressOf(request: Request): string {
  return request.headers.get("cf-connecting-ip") ?? UNKNOWN;
}

/** What is counted as one place: an IPv4 address, or the /64 of an IPv6 address. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  // An IPv4 address that is written as an IPv6 one, `::ffff:192.0.2.1`, is that address.
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
