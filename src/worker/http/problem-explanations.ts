// What each type of problem means to the client that got it, for the pages at /problems.

import type { ProblemType } from "./problem-types.ts";

interface Explanation {
  /** When the service answers with it. */
  readonly when: string;
  /** What the client or the person in front of it can do. */
  readonly whatToDo: string;
}

/** A new type of problem does not compile until it is explained here. */
export const EXPLANATIONS: Readonly<Record<ProblemType, Explanation>> = {
  "malformed-request": {
    when: "The body is cut short, is not valid JSON or form data, or names a member twice.",
    whatToDo: "Correct the body. `detail` says what is wrong with it.",
  },
  "no-websocket": {
    when: "The request asks for a WebSocket on a route that only has server-sent events.",
    whatToDo: "Use server-sent events here, or open a WebSocket for each ticket type.",
  },
  "invalid-idempotency-key": {
    when: "The header `Idempotency-Key` is empty, too long, or has characters outside printable ASCII.",
    whatToDo: "Send a random key such as a UUID.",
  },
  "invalid-if-match": {
    when: "The header `If-Match` is neither `*` nor a list of entity tags. A tag is in quotes, as `ETag` has it.",
    whatToDo: "Send the `ETag` back as it came, quotes included, or leave the header out.",
  },
  "not-signed-in": {
    when: "The route needs a session, and the request has neither an access token nor a session cookie.",
    whatToDo: "Sign in at `POST /api-auth/login`.",
  },
  "token-expired": {
    when: "The access token or the session cookie was good, and its 20 minutes are over.",
    whatToDo: "Get new tokens at `POST /api-auth/refresh`, and send the request again.",
  },
  "live-ticket-refused": {
    when: "The `ticket` in the query is expired, was used before, is for another stream, or its session has ended.",
    whatToDo:
      "Get a new one at `POST /reservations/{id}/live-ticket` or `POST /orders/{id}/live-ticket`. Each opens one stream.",
  },
  "token-invalid": {
    when: "The access token is garbled, or its session has ended: by signing out, or with a new password.",
    whatToDo: "Sign in at `POST /api-auth/login`.",
  },
  "api-key-refused": {
    when: "The API key is not written as it was given, was revoked, or has expired. A new password of its account revokes all keys.",
    whatToDo: "Compare it with the list at `GET /me/api-keys`, and make another one at `POST /me/api-keys`.",
  },
  "wrong-credentials": {
    when: "No account has this name and password. The reply does not say which of the two is wrong.",
    whatToDo: "Ask the person to type both again.",
  },
  "refresh-token-refused": {
    when: "The refresh token is unknown, expired or used, or its session has ended.",
    whatToDo: "Sign in again.",
  },
  "wrong-password": {
    when: "A change of the account asks for its current password, and another one was sent.",
    whatToDo: "Ask the person to type the current password again.",
  },
  "wrong-role": {
    when: "The route is for organisers or admins, and the account is not one of them. What a manager in an event's crew may not do is for its organiser.",
    whatToDo:
      "Ask an admin for the role, or the event's organiser for a part in its crew. The next request counts with it; no new token is needed.",
  },
  "scope-missing": {
    when: "The request came with an API key, and the key's scopes do not name what it does. What `scope` is null for can be done with no key.",
    whatToDo: "Make a key with the `scope` that is named, or sign in.",
  },
  "cross-site-request": {
    when: "A page of another site sent a request that would use its visitor's session cookie.",
    whatToDo: "Send the token in the header `Authorization`, from an origin that the service allows.",
  },
  "not-found": {
    when: "Nothing is at this address, or the caller may not know of it. Both look the same.",
    whatToDo: "Check the id. If the thing belongs to somebody, sign in to that account.",
  },
  "method-not-allowed": {
    when: "The address exists, but not with this method.",
    whatToDo: "Use one of the methods in the header `Allow`.",
  },
  "username-taken": {
    when: "Another account has this username or this e-mail address, perhaps in other capitals.",
    whatToDo: "Sign in, if the account is the person's own. Otherwise choose another username.",
  },
  "already-registered": {
    when: "Two requests registered the same guest at once. This one changed nothing.",
    whatToDo: "Ask `GET /me` for the names that the account has now.",
  },
  "address-taken": {
    when: "The link proves an address that the account asked for, and another account has it by now.",
    whatToDo: "Sign in to that account, or give this one another address at `POST /me/email`.",
  },
  "guest-account": {
    when: "A guest would change its password or get a role. It has no password to sign in with.",
    whatToDo: "Register at `POST /register` with the guest's session: account and tickets stay.",
  },
  "own-role": {
    when: "An admin tried to change their own role.",
    whatToDo: "Ask another admin. So one admin is always left.",
  },
  "api-key-exists": {
    when: "The account has a key of this name. So a request that is repeated makes no second key.",
    whatToDo: "Choose another name. If the first reply was lost, delete that key: it is not shown again.",
  },
  "too-many-api-keys": {
    when: "The account has as many keys as an account may have. Expired keys count.",
    whatToDo: "Delete a key that is not used any more.",
  },
  "webhook-exists": {
    when: "The account has a webhook of this URL. So a request that is repeated makes no second one.",
    whatToDo: "Change that webhook. If the first reply was lost, rotate its secret: it is not shown again.",
  },
  "too-many-webhooks": {
    when: "The account has as many webhooks as an account may have.",
    whatToDo: "Delete one that is not used any more.",
  },
  "organises-events": {
    when: "The account to be deleted still organises events.",
    whatToDo:
      "Delete the `events` that nobody ever held tickets of, and ask an admin to hand the others to another organiser.",
  },
  "account-closing": {
    when: "The account's owner asked for its deletion, and somebody tries to reserve or pay with it, or to give it a role.",
    whatToDo: "Register another account. What the account has paid for can still be seen.",
  },
  "sold-out": {
    when: "Fewer tickets are available than the request wants. A page may have shown more a moment ago.",
    whatToDo: "Ask for at most `available`, or watch the ticket type: holds that end give tickets back.",
  },
  "not-on-sale": {
    when: "The event is not published, has ended, or now is outside the ticket type's sale window.",
    whatToDo:
      "See `sale_state`. While it is `upcoming`, wait for `sales_start`. Once it is `ended` or, because the event was called off, `cancelled`, nothing more is sold.",
  },
  "limit-reached": {
    when: "The buyer would have more tickets of this type than one buyer may have.",
    whatToDo: "Reserve at most `left_for_you`.",
  },
  "part-of-order": {
    when: "Somebody tries to pay for or cancel one reservation of an order. An order is paid and cancelled as a whole.",
    whatToDo: "Pay for or cancel the order that `order` names: `POST /orders/{id}/payment`, `DELETE /orders/{id}`.",
  },
  "no-address": {
    when: "A confirmation is to be mailed to a customer of the counter who left no address, or whose address was erased, or to a buyer whose account is erased.",
    whatToDo: "Print the passes instead: `GET /events/{id}/orders/{order}/passes/print`.",
  },
  "not-of-counter": {
    when: "An organiser tries to take money for an order that its buyer made online, to cancel it, or to print its passes.",
    whatToDo:
      "Leave it to its buyer: nobody else pays for it, cancels it or has its codes. `POST …/mails` sends them to its buyer again.",
  },
  "payment-in-progress": {
    when: "A payment for this reservation is pending, and the request would begin another one.",
    whatToDo: "Ask `GET /reservations/{id}/payment` until the payment has succeeded or failed.",
  },
  "already-confirmed": {
    when: "The reservation is paid, so it can't be paid again. Its buyer can give it back until the event's `refundable_until`, if that is not null and not over.",
    whatToDo: "Show the reservation as confirmed. Its organiser can give it back.",
  },
  "already-refunded": {
    when: "All tickets of the reservation or order have been given back.",
    whatToDo: "Show what came back. To have tickets again, reserve again.",
  },
  "nothing-paid": {
    when: "Somebody wants a refund of something that is held, has ended or was cancelled, or its confirmation mailed: nothing of it was sold.",
    whatToDo: "Nothing. A payment that came too late is given back by itself.",
  },
  "refund-exceeds": {
    when: "A refund would give back more tickets or more money than are left: another one may have come first.",
    whatToDo: "Give back at most `items` and `left`.",
  },
  "pass-revoked": {
    when: "The tickets of the pass were given back, at the moment in `revoked_at`. Of several that a refund names it is the one in `pass`.",
    whatToDo: "Choose another pass.",
  },
  "pass-admitted": {
    when: "Somebody has gone in with it, at the moment in `admitted_at` and the gate in `gate`.",
    whatToDo: "Choose another pass. If that was not its holder, ask the crew at the door.",
  },
  "names-closed": {
    when: "The doors are open, or have been: since the moment in `closed_at` the crew relies on the names.",
    whatToDo: "Tell the crew at the door who goes in with it.",
  },
  "passed-on-too-often": {
    when: "The pass was passed on 255 times, which is as often as its code can tell.",
    whatToDo: "Its holder keeps it. The organiser can give it back and sell it anew.",
  },
  "refund-not-failed": {
    when: "Somebody tries a refund again that is under way, or that has succeeded.",
    whatToDo: "Read the refund's `state`.",
  },
  "refund-not-by-hand": {
    when: "Somebody says that a refund was given back by hand which the payment provider gives back, or which has no money.",
    whatToDo: "Read the refund's `state`: it says how far the payment provider is.",
  },
  "already-cancelled": {
    when: "The reservation was cancelled, and its tickets are on sale again.",
    whatToDo: "Reserve again.",
  },
  "event-cancelled": {
    when: "The event was called off. The buyer's hold was released, and no money is taken for it.",
    whatToDo: "Tell the buyer that the event does not take place.",
  },
  "event-over": {
    when: "The event has ended, so the hold can't be paid any more. Or it ended 30 days ago, so nobody is written to about it.",
    whatToDo: "Tell the user that the event is over.",
  },
  "too-many-ticket-types": {
    when: "The event has as many ticket types as one event may have.",
    whatToDo: "Change a ticket type that is there.",
  },
  "too-many-crew": {
    when: "The crew of the event has as many members as a crew may have.",
    whatToDo: "Take a part away from somebody who does not help any more.",
  },
  "too-many-invitations": {
    when: "As many people are invited to the crew of the event, and have not accepted yet, as may be.",
    whatToDo: "Take an invitation back, or wait until somebody accepts. Each ends after seven days.",
  },
  "already-in-crew": {
    when: "The account that would accept an invitation has a part in the crew, or organises the event. The invitation stays open.",
    whatToDo: "Sign in to the account that is to have the part. Its organiser can give a member another part.",
  },
  "code-refused": {
    when: "The price is sold with a code only, and there is none or not one of its own; or it needs none, and there is one.",
    whatToDo: "Ask the person to type the code again. Blanks and case do not matter. Leave it out for other prices.",
  },
  "code-used-up": {
    when: "The code is right, and is good for fewer tickets than the request is for. One use is one ticket.",
    whatToDo: "Reserve at most `uses_left`. Uses come back when holds end.",
  },
  "quantity-not-allowed": {
    when: "The price is sold in orders of at least `min_per_order` and at most `max_per_order` tickets.",
    whatToDo: "Choose a number within these bounds, or another price.",
  },
  "total-too-large": {
    when: "All tickets together cost more than the payment provider charges at once. None of them is held.",
    whatToDo: "Buy them in several orders, of at most `most` each.",
  },
  "terms-not-accepted": {
    when: "The event has terms that a buyer must accept, and the request accepts none, or a version that is not the present one.",
    whatToDo:
      "Show the buyer the `terms` of `GET /events/{id}`, and send `terms_version` as `accepted_terms` once they agree.",
  },
  "too-many-prices": {
    when: "The ticket type has 20 prices.",
    whatToDo: "Delete one that nobody used, or add another ticket type.",
  },
  "too-many-codes": {
    when: "The ticket type would have more than 100,000 codes.",
    whatToDo: "Make fewer, with more uses each.",
  },
  "code-exists": {
    when: "One of the codes opens the price already. None of them was made.",
    whatToDo: "Leave out `code`, and send the others again.",
  },
  "price-in-use": {
    when: "The price is the ticket type's first one, or tickets were reserved at it, even if they were let go.",
    whatToDo: "Take it off sale with `withdrawn`.",
  },
  "already-called-off": {
    when: "The event was called off with refunds, which can't be taken back, or with another message to its buyers.",
    whatToDo: "Leave it as it is: `GET /events/{id}/cancellation` shows how. Refunds can be added with `refund: true`.",
  },
  "event-has-sales": {
    when: "An event would become a draft again while tickets are held or sold. Their buyers could not find it any more.",
    whatToDo:
      "Call the event off (`cancelled`), or set `sales_end` to stop the sale. A draft is possible once no hold is left.",
  },
  "has-reservations": {
    when: "An event or a ticket type would be deleted although somebody has reserved tickets, even if they were let go.",
    whatToDo:
      "Call the event off, or hide the ticket type and end its sale. An admin can hand the event to another organiser.",
  },
  "currency-frozen": {
    when: "Tickets of this type have been reserved in one currency, and the request would change it.",
    whatToDo: "Add another event for another currency. The amount can change.",
  },
  "other-currency": {
    when: "All ticket types of an event have one currency, and the request names another.",
    whatToDo: "Use `currency`. To change it, delete the other ticket types first.",
  },
  "capacity-below-committed": {
    when: "The new capacity is less than what is held and sold already.",
    whatToDo: "Choose at least `held` + `sold`, or try again when holds have ended.",
  },
  "reservation-expired": {
    when: "The hold has reached `expires_at` without a payment, and its tickets are on sale again.",
    whatToDo: "Reserve again.",
  },
  "link-refused": {
    when: "The link of a mail is unknown, expired or used, for something else, or its account has changed since.",
    whatToDo:
      "Ask for another one: at `POST /me/email/verification`, `POST /api-auth/password-resets` or `POST /api-auth/links`.",
  },
  "precondition-failed": {
    when: "None of the tags in `If-Match` is the one that the event or ticket type has now: somebody has changed it since.",
    whatToDo: "Read it again, show the person what has changed, and send their change with the new `ETag`.",
  },
  "body-too-large": {
    when: "The body is larger than the service accepts. `detail` names the limit.",
    whatToDo: "Send less.",
  },
  "unsupported-media-type": {
    when: "The body has a content type or an encoding that the route does not read.",
    whatToDo: "Send `content-type: application/json`, without `content-encoding`.",
  },
  "invalid-request": {
    when: "Fields of the body or the query are missing, unknown or out of bounds.",
    whatToDo: "Correct the fields in `errors`. Each names its path and what is wrong with it.",
  },
  "idempotency-key-reused": {
    when: "The same `Idempotency-Key` came with another request before.",
    whatToDo: "Use a new key for each new request, and the old key only to repeat the same one.",
  },
  "slow-down": {
    when: "Too many requests of this kind came from the account or the address within a minute.",
    whatToDo: "Wait for as many seconds as the header `Retry-After` says.",
  },
  "too-many-messages": {
    when: "Three messages went to everybody who holds tickets of this event in the last 24 hours.",
    whatToDo: "Wait for as many seconds as the header `Retry-After` says. Put what is left to say into one message.",
  },
  "too-many-mails": {
    when: "Five invitations to crews were mailed to this address in the last hour, by all organisers together, or a hundred by this account in the last 24.",
    whatToDo:
      "Ask the person to look for the mails that they have, also among spam. Try again after an hour, or give the account its part with `PUT /events/{id}/crew/{account}`.",
  },
  "internal-error": {
    when: "The service has a fault, or is configured wrongly.",
    whatToDo: "Report it with the `x-request-id` of the reply. Repeating the request is unlikely to help.",
  },
  "too-many-watchers": {
    when: "As many clients watch this ticket type as one may have, or as many of your network as one may have.",
    whatToDo: "Ask the route in `poll` every few seconds instead.",
  },
  "payments-unavailable": {
    when: "The service has no payment provider. Free tickets work all the same.",
    whatToDo: "Tell the organiser. The hold stays until `expires_at`.",
  },
  "wallet-unavailable": {
    when: "The service is not set up to issue passes to this wallet. They are as good on paper, or as a picture.",
    whatToDo: "Show the picture of the code. Nothing else depends on it.",
  },
  "mail-unavailable": {
    when: "The request needs a mail, and the service is not configured to send any. `/health` says so, too.",
    whatToDo: "Ask those who run the service. Nothing else depends on it.",
  },
  unavailable: {
    when: "A part of the service, such as its database, did not answer. Nothing may have changed.",
    whatToDo: "Repeat the request after `Retry-After` seconds, with the same `Idempotency-Key` if it had one.",
  },
};
