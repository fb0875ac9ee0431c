// Keys for programs, which an account makes, sees and revokes. No key can do that.

import { newId } from "../../platform/ids.ts";
import { ownAction } from "../audit/queries.ts";
import { endingOf, newApiKey } from "../auth/api-key-format.ts";
import { apiKeysOf, insertApiKey, MAX_API_KEYS, revokeApiKey } from "../auth/api-key-queries.ts";
import { hashOf } from "../auth/refresh.ts";
import { addressOf } from "../http/address.ts";
import { EXAMPLES } from "../http/examples.ts";
import { IdPath } from "../http/fields.ts";
import { invalid, problem } from "../http/problems.ts";
import { emptyReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { presentApiKey } from "./api-key-presenters.ts";
import { ApiKey, MadeApiKey, NewApiKey } from "./api-key-schemas.ts";
import { isGuest } from "./queries.ts";
import { ownAccount, withPassword } from "./routes.ts";

/** Takes no `Idempotency-Key`: a reply that comes twice would need a key that is kept. */
export const createApiKey = route({
  operationId: "createApiKey",
  access: "session",
  tag: "Accounts",
  summary: "Make a key for a program: it may do what its scopes name and the account may do",
  limits: ["LIMIT_ACCOUNT"],
  body: NewApiKey,
  examples: {
    bodies: {
      "For a report": {
        name: "Monthly report",
        scopes: ["events:read", "orders:read"],
        expires_at: "2099-12-31T23:59:59Z",
        password: EXAMPLES.password,
      },
    },
  },
  replies: [
    {
      status: 201,
      description: "The key, which is not shown again. A new password of the account revokes it",
      schema: MadeApiKey,
      headers: { Location: "/me/api-keys" },
    },
  ],
  problems: ["wrong-password", "guest-account", "account-closing", "api-key-exists", "too-many-api-keys"],
  precheck({ body }) {
    const isOver = typeof body.expires_at === "string" && Date.parse(body.expires_at) <= Date.now();
    return isOver ? invalid("expires_at", "must be in the future") : null;
  },
  async handle({ request, body, session, env }) {
    if (isGuest(await ownAccount(env, session))) return problem("guest-account");
    const address = addressOf(request);
    const { name, scopes, expires_at = null } = body;
    for (let attempt = 0; attempt < 2; attempt++) {
      const account = await withPassword(env, session, body.password, address);
      if (account.closingSinceMs !== null) return problem("account-closing");
      const key = newApiKey();
      const made = {
        id: newId(),
        accountId: account.id,
        hash: hashOf(key),
        name,
        ending: endingOf(key),
        scopes,
        createdAtMs: Date.now(),
        expiresAtMs: expires_at === null ? null : Date.parse(expires_at),
      };
      const entry = { ...ownAction("api-key.create", account.id, address), details: { key: made.id, scopes } };
      const row = await insertApiKey(env.DB, made, account.passwordHash, entry);
      if (row !== null) return reply(201, { ...presentApiKey(row), api_key: key }, { location: "/me/api-keys" });
      const others = await apiKeysOf(env.DB, account.id);
      if (others.some((other) => other.name === name)) return problem("api-key-exists");
      if (others.length >= MAX_API_KEYS) return problem("too-many-api-keys");
      // The account has another hash by now: of another password, or of this one at a higher cost.
    }
    return problem("wrong-password");
  },
});

export const listApiKeys = route({
  operationId: "listApiKeys",
  access: "session",
  tag: "Accounts",
  summary: "List the account's keys for programs, the oldest first",
  replies: [{ status: 200, description: `All of them, at most ${MAX_API_KEYS}`, schema: ApiKey.array() }],
  async handle({ session, env }) {
    return reply(200, (await apiKeysOf(env.DB, session.accountId)).map(presentApiKey));
  },
});

export const deleteApiKey = route({
  operationId: "deleteApiKey",
  access: "session",
  tag: "Accounts",
  summary: "Revoke a key for programs: it opens nothing from now on",
  pathParameters: IdPath,
  examples: { path: { id: EXAMPLES.apiKeyId } },
  replies: [{ status: 204, description: "Revoked", schema: null }],
  async handle({ request, path, session, env }) {
    const { accountId } = session;
    const entry = { ...ownAction("api-key.revoke", accountId, addressOf(request)), details: { key: path.id } };
    return (await revokeApiKey(env.DB, path.id, accountId, entry)) ? emptyReply(204) : problem("not-found");
  },
});
