// What browsers let the pages do: run and load the service's own files, and, where it takes cards
// through Stripe, what Stripe's fields need. No inline script or style, and no frame around them.

// https://docs.stripe.com/security/guide#content-security-policy
const STRIPE = {
  script: " https://js.stripe.com https://*.js.stripe.com",
  frame: "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
  connect: " https://api.stripe.com",
};

export function policyOf(takesCards: boolean): string {
  const { script, frame, connect } = takesCards ? STRIPE : { script: "", frame: "'none'", connect: "" };
  return [
    "default-src 'none'",
    `script-src 'self'${script}`,
    "style-src 'self'",
    // The picture of a code is fetched with the session, and shown from memory.
    "img-src 'self' data: blob:",
    `connect-src 'self'${connect}`,
    `frame-src ${frame}`,
    "manifest-src 'self'",
    "worker-src 'self'",
    "media-src 'self' blob:",
    "base-uri 'none'",
    // A form's script sends it.
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** A service worker obeys the policy of its own reply: it fetches what it keeps, and no more. */
export const SERVICE_WORKER_POLICY =
  "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
