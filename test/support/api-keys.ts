// Keys for programs, made without a request.

import { env } from "cloudflare:workers";
import { SCOPES, type Scope } from "../../src/domain/scopes.ts";
import { newId } from "../../src/platform/ids.ts";
import { ownAction } from "../../src/worker/audit/queries.ts";
import { endingOf, newApiKey } from "../../src/worker/auth/api-key-format.ts";
import { insertApiKey } from "../../src/worker/auth/api-key-queries.ts";
import { hashOf } from "../../src/worker/auth/refresh.ts";
import type { Person } from "./service.ts";
import { storedHash } from "./sign-in.ts";

export interface TestKey {
  readonly id: string;
  readonly key: string;
}

export async function newKey(
  person: Pick<Person, "accountId">,
  scopes: readonly Scope[] = SCOPES,
  expiresAtMs: number | null = null,
): Promise<TestKey> {
  const key = newApiKey();
  const { accountId } = person;
  const made = {
    id: newId(),
    accountId,
    hash: hashOf(key),
    name: `key ${newId()}`,
    ending: endingOf(key),
    scopes,
    createdAtMs: Date.now(),
    expiresAtMs,
  };
  const entry = ownAction("api-key.create", accountId, null);
  if ((await insertApiKey(env.DB, made, await storedHash(person), entry)) === null) throw new Error("no key");
  return { id: made.id, key };
}
