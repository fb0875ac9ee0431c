// The shop, the box office and the door, as the worker serves them.

import { describe, expect, test } from "vitest";
import { call } from "../../../support/service.ts";

const FILES = /(?:href|src)="(\/[^"]+)"/g;
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
  "frame-src 'none'; manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";
const STRIPE = {
  ...{ PAYMENT_PROVIDER: "stripe", STRIPE_SECRET_KEY: "sk_test_1", STRIPE_PUBLISHABLE_KEY: "pk_test_1" },
  STRIPE_WEBHOOK_SECRET: "whsec_1",
};

describe.each([
  ["the shop", "/ /my /my/orders /my/orders/some-order/passes", "Tickets"],
  ["the box office", "/box-office /box-office/ /box-office/events/an-event/sales", "Box office"],
  ["the door", "/door /door/an-event", "Door"],
])("%s", (_name, paths, title) => {
  test.each(paths.split(" "))("is at %s, without anything inline or from elsewhere", async (path) => {
    const { status, headers, text } = await call("GET", path);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(headers.get("content-security-policy")).toBe(POLICY);
    expect(text).toContain(`<title>${title}</title>`);
    const withoutData = text.replace(/<script type="application\/json" id="first-reply">[^<]*<\/script>/, "");
    expect(withoutData).not.toMatch(/<style|<script(?![^>]* src=)|\son\w+=|\sstyle=|\b(https?:)?\/\/\w/);
  });

  test("names files that are there; those with a hash are kept for good, the page itself is not", async () => {
    const { headers, text } = await call("GET", paths.split(" ")[0] ?? "");
    expect(headers.get("cache-control")).toBe("max-age=0, must-revalidate");
    const files = [...text.matchAll(FILES)].map(([, path = ""]) => path).filter((path) => path.startsWith("/assets/"));
    expect(files.filter((path) => path.endsWith(".css"))).toHaveLength(1);
    for (const path of files) {
      const file = await call("GET", path);
      expect(file.status, path).toBe(200);
      expect(file.headers.get("cache-control"), path).toBe(
        path.endsWith("/icon.svg") ? "max-age=3600" : "public, max-age=31536000, immutable",
      );
    }
  });
});

test("the shop lets Stripe's scripts in where Stripe takes the payments, and the others never do", async () => {
  const policyAt = async (path: string) =>
    (await call("GET", path, { settings: STRIPE })).headers.get("content-security-policy") ?? "";
  expect(await policyAt("/")).toContain("script-src 'self' https://js.stripe.com");
  for (const path of ["/box-office", "/door"]) expect(await policyAt(path)).toBe(POLICY);
});

test("the door's page may use the camera, and its service worker may serve it without a network", async () => {
  const page = await call("GET", "/door/an-event");
  expect(page.headers.get("permissions-policy")).toBe("camera=(self), geolocation=(), microphone=()");
  for (const path of ["/", "/box-office", "/docs", "/events", "/door/service-worker.js"]) {
    const { headers } = await call("GET", path);
    expect(headers.get("permissions-policy"), path).toBe("camera=(), geolocation=(), microphone=()");
  }
  const { headers, text } = await call("GET", "/door/service-worker.js");
  expect(headers.get("service-worker-allowed")).toBe("/door");
  expect(headers.get("content-security-policy")).toContain("connect-src 'self'");
  expect(headers.get("cache-control")).toBe("max-age=0, must-revalidate");
  // It keeps all that the page names.
  const named = [...page.text.matchAll(FILES)].map(([, path = ""]) => path).filter((path) => /\.\w+$/.test(path));
  expect(named.length).toBeGreaterThan(4);
  for (const path of named) expect(text).toContain(`"${path}"`);
  expect((await call("GET", "/door/door.webmanifest")).headers.get("content-type")).toBe("application/manifest+json");
});

test.each(["/assets/shop.html", "/assets/none.js", "/assets/..%2fshop.html", "/shop.html", "/door/none.js"])(
  "nothing is at %s",
  async (path) => {
    expect((await call("GET", path)).status).toBe(404);
  },
);
