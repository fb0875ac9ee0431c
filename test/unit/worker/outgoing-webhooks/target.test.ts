// Where webhooks may go. Every spelling of a private place is refused, as a URL and as an address.

import { describe, expect, test } from "vitest";
import { nameRefusal } from "../../../../src/worker/outgoing-webhooks/dns.ts";
import { isPublicAddress, targetRefusal } from "../../../../src/worker/outgoing-webhooks/target.ts";

const OWN = "tickets.shop.example";

describe("a URL", () => {
  test.each([
    "https://hooks.shop.com",
    "https://hooks.shop.com/",
    "https://hooks.shop.com:443/a/b?c=d",
    "HTTPS://Hooks.Shop.COM/path",
    "https://hooks.shop.com./",
    "https://bücher.de/webhooks",
    "https://xn--bcher-kva.de/",
    "https://a_b.hooks.shop.io/x",
    "https://10.0.0.1.hooks.shop.com/",
  ])("%s is allowed", (url) => {
    expect(targetRefusal(url, OWN)).toBeNull();
  });

  test.each([
    ["", "not_a_url"],
    ["hooks.shop.com", "not_a_url"],
    ["//hooks.shop.com/", "not_a_url"],
    ["https://", "not_a_url"],
    ["https://[::1", "not_a_url"],
    ["https://256.1.1.1/", "not_a_url"],
    ["https://hooks.shop.com:99999/", "not_a_url"],
    [`https://hooks.shop.com/${"a".repeat(2_000)}`, "not_a_url"],
    ["http://hooks.shop.com/", "not_https"],
    ["ftp://hooks.shop.com/", "not_https"],
    ["file:///etc/passwd", "not_https"],
    ["data:text/plain,a", "not_https"],
    ["javascript:alert(1)", "not_https"],
    ["ws://hooks.shop.com/", "not_https"],
    ["https://hooks.shop.com:80/", "other_port"],
    ["https://hooks.shop.com:8443/", "other_port"],
    ["https://hooks.shop.com:22/", "other_port"],
    ["https://ada@hooks.shop.com/", "has_credentials"],
    ["https://ada:secret@hooks.shop.com/", "has_credentials"],
    ["https://hooks.shop.com@127.0.0.1/", "has_credentials"],
    ["https://hooks.shop.com/#", "has_fragment"],
    ["https://hooks.shop.com/#top", "has_fragment"],
  ])("%s is refused: %s", (url, refusal) => {
    expect(targetRefusal(url, OWN)).toBe(refusal);
  });

  /** All of them over TLS at the usual port: it is the host that is refused. */
  test.each([
    ...[
      "127.0.0.1",
      "127.1",
      "127.0.1",
      "2130706433",
      "0x7f000001",
      "0x7f.1",
      "0x7f.0.0.1",
      "0177.0.0.1",
      "017700000001",
    ],
    ...["127.0.0.1.", "127。0。0。1", "１２７.0.0.1", "①②⑦.0.0.1", "127.000.000.001", "%31%32%37.0.0.1", "127.0.0.%31"],
    ...[
      "0.0.0.0",
      "0",
      "0x0",
      "10.0.0.1",
      "10.1",
      "012.0.0.1",
      "0xa.0.0.1",
      "167772161",
      "172.16.0.1",
      "172.31.255.255",
    ],
    ...["192.168.0.1", "192.168.257", "0xc0a80001", "3232235521", "169.254.169.254", "2852039166", "0xa9fea9fe"],
    ...["0251.0376.0251.0376", "169.254.43518", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "8.8.8.8"],
    ...["[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]"],
    ...["[fc00::1]", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:db8::1]", "[2606:4700::1111]"],
    ...[
      "localhost",
      "LOCALHOST",
      "localhost.",
      "ｌｏｃａｌｈｏｓｔ",
      "a.localhost",
      "localhost.localdomain",
      "printer.local",
    ],
    ...["metadata.google.internal", "metadata", "intranet", "db.corp", "nas.home", "router.lan", "home.arpa"],
    ...["a.test", "a.invalid", "shop.example", "a.onion", "1.0.0.127.in-addr.arpa", "api.default.svc", "kube.cluster"],
    ...["-a.shop.com", "a-.shop.com", "a..shop.com", ".shop.com", "com", "a.1com"],
    ...[OWN, `${"a".repeat(64)}.com`, `${"a.".repeat(127)}com`],
  ])("https://%s/ names nobody in public", (host) => {
    expect(targetRefusal(`https://${host}/`, OWN)).toMatch(/^(no_public_name|not_a_url)$/);
  });

  test("the service's own name is no receiver, however it is written", () => {
    expect(targetRefusal("https://TICKETS.shop.com/", "tickets.shop.com")).toBe("no_public_name");
    expect(targetRefusal("https://tickets.shop.com./", "tickets.shop.com")).toBe("no_public_name");
    expect(targetRefusal("https://tickets.shop.com/", null)).toBeNull();
  });
});

describe("an address", () => {
  test.each([
    ...["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0"],
    ...["100.63.255.255", "100.128.0.0", "9.255.255.255", "11.0.0.0", "126.255.255.255", "128.0.0.0", "169.253.0.1"],
    ...["198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001:800::200e"],
    ...["2001:4860:4860::8888", "2003::1", "2620:4f:7fff::1"],
  ])("%s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    ...[
      "0.0.0.0",
      "0.1.2.3",
      "10.0.0.1",
      "10.255.255.255",
      "100.64.0.1",
      "100.127.255.255",
      "127.0.0.1",
      "127.255.255.255",
    ],
    ...["169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1"],
    ...["198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"],
    ...[
      "255.255.255.255",
      "::",
      "::1",
      "::ffff:10.0.0.1",
      "::ffff:8.8.8.8",
      "::ffff:a00:1",
      "::10.0.0.1",
      "64:ff9b::a00:1",
    ],
    ...[
      "64:ff9b:1::1",
      "100::1",
      "2001::1",
      "2001:0:4136:e378::1",
      "2001:db8::1",
      "2002:a00:1::1",
      "3fff::1",
      "5f00::1",
    ],
    ...["fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "fe80::1%eth0", "2620:4f:8000::1"],
    ...["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "shop.com", ":", ":::", "1::2::3", "12345::", "0x7f.0.0.1"],
  ])("%s is not", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe("a name", () => {
  test.each([
    [["93.184.216.34", "2606:4700::1111"], null],
    [[], "name_not_found"],
    [["127.0.0.1"], "address_not_public"],
    [["93.184.216.34", "10.0.0.1"], "address_not_public"],
    [["93.184.216.34", "::1"], "address_not_public"],
    [["93.184.216.34", "what is this"], "address_not_public"],
  ])("that has the addresses %j: %s", async (addresses, refusal) => {
    expect(await nameRefusal("hooks.shop.com", async () => addresses)).toBe(refusal);
  });
});
