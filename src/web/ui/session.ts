// Who is signed in. The tokens are in cookies that no script can read, so there is nothing here to
// steal; the service renews them, and all tabs share them.

import { signal } from "@preact/signals";
import { call, onExpiredSession, Problem } from "./api.ts";
import type { Account } from "./api-types.ts";
import { language, read, store } from "./i18n.ts";

/** Null: nobody. Undefined: not known yet, for as long as it takes to ask. */
export const account = signal<Account | null | undefined>(undefined);

/** Why it is not known, where asking failed. */
export const accountFault = signal<unknown>(null);

// Says that there are cookies, so that the pages of a stranger need not ask.
const KEY = "signed-in";
const tabs = new BroadcastChannel("session");
const isUnknown = (fault: unknown) => fault instanceof Problem && fault.status === 401;

onExpiredSession(renew);
tabs.addEventListener("message", () => void loadAccount());
addEventListener("online", () => {
  if (accountFault.peek() !== null) void loadAccount();
});

/**
 * Asks who is signed in. A page that nobody can see without an account asks in any case: a link of
 * a mail may have signed its visitor in.
 */
export async function loadAccount(inAnyCase = true): Promise<Account | null> {
  if (!inAnyCase && isStranger()) return set(null);
  accountFault.value = null;
  try {
    return set(await call("GET /me", {}));
  } catch (fault) {
    if (isUnknown(fault)) return set(null);
    // Without a network it is as before.
    if (account.peek() === undefined) accountFault.value = fault;
    return account.peek() ?? null;
  }
}

/** Nobody has signed in with this browser, as far as the page can know. */
export function isStranger(): boolean {
  return read(KEY) === null;
}

export async function signIn(username: string, password: string): Promise<void> {
  await call("POST /api-auth/login", { body: { username, password } });
  await arrive();
}

/** A guest's session becomes a full account, with what it holds. */
export async function register(username: string, email: string, password: string): Promise<void> {
  const isGuest = account.peek()?.guest === true;
  await call("POST /register", { body: { username, email, password, language: language.peek() } });
  if (!isGuest) await call("POST /api-auth/login", { body: { username, password } });
  await arrive();
}

export async function continueAsGuest(email: string): Promise<void> {
  await call("POST /guests", { body: { email, language: language.peek() } });
  await arrive();
}

export async function signOut(): Promise<void> {
  try {
    await call("POST /api-auth/logout", {});
  } catch (fault) {
    // The session has ended already.
    if (!isUnknown(fault)) throw fault;
  }
  set(null);
  tabs.postMessage("left");
}

async function arrive(): Promise<void> {
  await loadAccount();
  tabs.postMessage("arrived");
}

/**
 * A refresh token is good for one use: tabs take turns, and who comes second finds new cookies. It
 * then renews them once more, which costs a request and nothing else.
 */
async function renew(): Promise<boolean> {
  const refresh = async () => {
    try {
      await call("POST /api-auth/refresh", { body: {} });
      return true;
    } catch (fault) {
      if (fault instanceof Problem && fault.type === "refresh-token-refused") set(null);
      return false;
    }
  };
  return navigator.locks === undefined ? refresh() : navigator.locks.request("renew-session", refresh);
}

function set(found: Account | null): Account | null {
  store(KEY, found === null ? null : "yes");
  account.value = found;
  return found;
}
