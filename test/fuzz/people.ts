// The people who send the requests: they register or come as guests, sign in, and are replaced when
// they are gone.

import type { Service } from "../crash/service.ts";
import type { Prng } from "../support/prng.ts";
import type { Description } from "./description.ts";
import type { Known } from "./known.ts";
import type { Marks } from "./marks.ts";
import { isRecord, json } from "./schema.ts";

export interface Person {
  /** Also what marks carry: `buyer1`. */
  readonly name: string;
  /** One of the description's, or `guest`. */
  readonly role: string;
  readonly accountId: string;
  /** Empty for a guest. */
  readonly username: string;
  /** Newest first. More than one where a change of it may or may not have come through. */
  readonly passwords: string[];
  token: string;
  renewAtMs: number;
}

const GUEST = "guest";
const HOW_MANY: Readonly<Record<string, number>> = { buyer: 3, organizer: 2, [GUEST]: 2 };
const MOST_PASSWORDS = 4;
// Tokens live for 15 minutes at least; an earlier end that a reply names counts.
const RENEW_AFTER_MS = 10 * 60_000;
const BEFORE_THE_END_MS = 60_000;

export class People {
  readonly #service: Service;
  readonly #marks: Marks;
  readonly #known: Known;
  readonly #prng: Prng;
  readonly #list: Person[] = [];
  readonly #renewals = new Map<string, Promise<void>>();
  #numbers = 0;
  /** How often somebody had to sign in again, or was replaced. */
  signIns = 0;
  replaced = 0;

  constructor(service: Service, marks: Marks, known: Known, prng: Prng) {
    this.#service = service;
    this.#marks = marks;
    this.#known = known;
    this.#prng = prng;
  }

  /** Some of each role that the description knows, and guests. */
  async gather(description: Description): Promise<void> {
    const kinds = [...rolesOf(description), GUEST];
    const roles = kinds.flatMap((role) => Array.from({ length: HOW_MANY[role] ?? 1 }, () => role));
    for (const role of roles) this.#list.push(await this.#newcomer(role));
  }

  all(): readonly Person[] {
    return this.#list;
  }

  newPassword(): string {
    const password = `pw_${random(this.#prng, 14)}`;
    this.#marks.keep(password, "password", "nobody");
    return password;
  }

  /** Before a request that may change it: afterwards either may be the one. */
  mayHavePassword(person: Person, password: string): void {
    person.passwords.unshift(password);
    person.passwords.splice(MOST_PASSWORDS);
  }

  /** Signs a person in again who was signed out, or soon will be; else replaces the person. */
  async renew(person: Person, token: string): Promise<void> {
    if (person.token !== token || !this.#list.includes(person)) return;
    const renewal = this.#renewals.get(person.name) ?? this.#renew(person);
    this.#renewals.set(person.name, renewal);
    await renewal.finally(() => this.#renewals.delete(person.name));
  }

  /** Gives everybody back the role that a request took from them. */
  async restoreRoles(): Promise<void> {
    for (const { role, accountId } of this.#list.filter(({ role }) => role !== GUEST))
      await this.#service.query(`UPDATE accounts SET role = '${role}' WHERE id = '${accountId}' AND role <> '${role}'`);
  }

  async #renew(person: Person): Promise<void> {
    for (const password of [...person.passwords]) {
      if (!(await this.#signIn(person, password))) continue;
      // The one that worked is tried first the next time.
      person.passwords.sort((a, b) => Number(b === password) - Number(a === password));
      this.signIns += 1;
      return;
    }
    this.replaced += 1;
    const replacement = await this.#newcomer(person.role);
    this.#list.splice(this.#list.indexOf(person), 1, replacement);
  }

  #newcomer(role: string): Promise<Person> {
    this.#numbers += 1;
    const name = `${role}${this.#numbers}`;
    return role === GUEST ? this.#newGuest(name) : this.#newPerson(name, role);
  }

  /** Can't sign in again. Where a request registers it, it goes on until its session ends. */
  async #newGuest(name: string): Promise<Person> {
    const address = markOf(name, this.#prng);
    this.#marks.keep(address, "account", name);
    const tokens = await this.#post("/guests", { email: `${address}@example.test` });
    const guest = { name, role: GUEST, username: "", passwords: [], token: "", renewAtMs: 0 };
    const me = this.#takeTokens(guest, tokens) ? await this.#me(guest) : null;
    if (!isRecord(me) || typeof me.id !== "string") throw new Error(`${name} is no guest`);
    this.#keepAccount(me.id, name);
    return { ...guest, accountId: me.id };
  }

  async #newPerson(name: string, role: string): Promise<Person> {
    const [username, address] = [markOf(name, this.#prng), markOf(name, this.#prng)];
    const password = this.newPassword();
    for (const word of [username, address]) this.#marks.keep(word, "account", name);
    const registered = await this.#post("/register", { username, email: `${address}@example.test`, password });
    if (!isRecord(registered) || typeof registered.id !== "string") throw new Error(`${name} can't be registered`);
    this.#keepAccount(registered.id, name);
    await this.#service.query(`UPDATE accounts SET role = '${role}' WHERE id = '${registered.id}'`);
    const person = { name, role, accountId: registered.id, username, passwords: [password], token: "", renewAtMs: 0 };
    if (!(await this.#signIn(person, password))) throw new Error(`${name} can't sign in`);
    return person;
  }

  #keepAccount(id: string, name: string): void {
    this.#marks.keep(id, "account", name);
    this.#known.never(id);
    this.#known.add("crew", id, null);
  }

  async #signIn(person: Person, password: string): Promise<boolean> {
    const tokens = await this.#post("/api-auth/login", { username: person.username, password });
    if (!this.#takeTokens(person, tokens)) return false;
    // Whether a request has asked for the account's deletion: it can't do much any more.
    const me = await this.#me(person);
    return !isRecord(me) || typeof me.deletion_requested_at !== "string";
  }

  /** False where there are none in the reply. */
  #takeTokens(person: Pick<Person, "name" | "token" | "renewAtMs">, body: unknown): boolean {
    if (!isRecord(body)) return false;
    for (const value of Object.values(body)) if (typeof value === "string") keepToken(this.#marks, value, person.name);
    if (typeof body.refresh_token === "string") this.#known.add("refresh_tokens", body.refresh_token, person.name);
    if (typeof body["auth-token"] !== "string") return false;
    person.token = body["auth-token"];
    const endsAtMs = typeof body.expires_at === "string" ? Date.parse(body.expires_at) : Infinity;
    person.renewAtMs = Math.min(Date.now() + RENEW_AFTER_MS, endsAtMs - BEFORE_THE_END_MS);
    return true;
  }

  async #me({ token }: Pick<Person, "token">): Promise<unknown> {
    const reply = await fetch(`${this.#service.url}/me`, { headers: { authorization: `Bearer ${token}` } });
    return json(await reply.text());
  }

  /** Null where it was refused. */
  async #post(path: string, body: unknown): Promise<unknown> {
    const headers = { "content-type": "application/json" };
    const reply = await fetch(`${this.#service.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    const text = await reply.text();
    return reply.ok ? json(text) : null;
  }
}

/** A token's last part is its own; what stands before may be the same in all of them. */
export function keepToken(marks: Marks, token: string, owner: string): void {
  const last = token.split(".").at(-1) ?? "";
  if (/^[\w-]{20,}$/.test(last)) marks.keep(last, "token", owner);
}

function rolesOf({ schemas }: Description): string[] {
  const roles = Object.values(schemas).flatMap(({ properties }) => properties?.role?.enum ?? []);
  return [...new Set(roles.filter((role) => typeof role === "string"))];
}

/** A fresh word that says whose it is. */
export function markOf(owner: string, prng: Prng): string {
  return `mk_${owner}_${random(prng, 8)}`;
}

function random(prng: Prng, length: number): string {
  return Array.from({ length }, () => prng.below(36).toString(36)).join("");
}
