// What tests on workerd reach in place of the internet: a resolver that knows a few names. It runs
// in Node, outside the worker under test, so nothing that the worker fetches leaves this machine.

const RESOLVER = "https://cloudflare-dns.com/dns-query";
const TYPES: Readonly<Record<string, number>> = { A: 1, CNAME: 5, AAAA: 28 };
/** Names, and the records that a question for either type of address brings. */
const ZONE: Readonly<Record<string, readonly (readonly [type: string, data: string])[]>> = {
  "public.example.com": [["A", "93.184.216.34"]],
  "both.example.com": [
    ["CNAME", "public.example.com."],
    ["A", "93.184.216.34"],
    ["AAAA", "2606:2800:220:1::1"],
  ],
  "inside.example.com": [["AAAA", "fd00::1"]],
  "empty.example.com": [],
};

/** As `application/dns-json` has it. 2: the resolver failed. 3: there is no such name. */
export function outbound(request: { readonly url: string }): Response {
  const url = new URL(request.url);
  if (`${url.origin}${url.pathname}` !== RESOLVER)
    return new Response("Tests do not leave the machine", { status: 502 });
  const name = url.searchParams.get("name") ?? "";
  const type = url.searchParams.get("type") ?? "";
  if (name === "unreached.example.com") return new Response(null, { status: 503 });
  if (name === "broken.example.com") return Response.json({ Status: 2 });
  if (name === "half.example.com" && type === "AAAA") return Response.json({ Status: 2 });
  const records = ZONE[name];
  if (records === undefined) return Response.json({ Status: 3 });
  const answers = records.filter(([of]) => of === type || of === "CNAME");
  return Response.json({ Status: 0, Answer: answers.map(([of, data]) => ({ name, type: TYPES[of], data })) });
}
