// A ticket type's world: real object, consumer and D1; queue, alarms and clock are the test's.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { TicketTypeConfig, TicketTypeState } from "../../../src/durable/ticket-type/protocol.ts";
import { TicketType } from "../../../src/durable/ticket-type/ticket-type.ts";
import { newId } from "../../../src/platform/ids.ts";
import { insertTicketType } from "../../../src/worker/catalogue/queries.ts";
import type { Env } from "../../../src/worker/env.ts";
import { callTicketType, type TicketTypeCalls } from "../../../src/worker/objects/ticket-types.ts";
import { sql } from "../records.ts";
import { brokenPromises } from "./outcome.ts";
import { type ActOn, type Alarm, FaultyProcess, FaultyWorld } from "./process.ts";
import { faultyObject } from "./steps.ts";

const EVENT_ID = newId();
let eventIsThere = false;

export type Act = ActOn<Process>;

export class World extends FaultyWorld<Process> {
  readonly ticketTypeId = newId();
  /** The platform rings an alarm again whose handler did not come to its end. */
  ringing = false;

  protected async inProcess<T>(work: (process: Process) => Promise<T>): Promise<{ result: T } | null> {
    return runInDurableObject(env.TICKET_TYPES.getByName(this.ticketTypeId), (_, state) =>
      this.lead(new Process(this, state), work),
    );
  }
}

export class Process extends FaultyProcess {
  readonly world: World;
  readonly state: DurableObjectState;
  readonly env: Env;
  #object: TicketType;

  constructor(world: World, state: DurableObjectState) {
    super(world);
    this.world = world;
    this.state = state;
    const stub = faultyObject<TicketTypeCalls>(
      (method, values) => Reflect.get(this.#object, method).apply(this.#object, values),
      world.steps,
      this.time,
    );
    const TICKET_TYPES = { getByName: () => stub } as unknown as Env["TICKET_TYPES"];
    this.env = { ...env, ...this.faultyBindings, TICKET_TYPES };
    // No time passes while the disk is written to.
    const { storage } = state;
    const sync = () => this.time.during(Object.getPrototypeOf(storage).sync.call(storage));
    Object.defineProperty(storage, "sync", { value: sync, configurable: true });
    this.#object = new TicketType(state, this.env);
  }

  async start(): Promise<void> {
    await this.state.blockConcurrencyWhile(async () => {});
    if (this.world.ringing) void this.#ring();
  }

  /** As an organiser would, through the object that this process has. */
  async putOnSale(config: Partial<TicketTypeConfig>): Promise<void> {
    const created = await this.#object.create({ ...onSale(this.world.ticketTypeId), ...config });
    await listTicketType(created);
    await this.time.idle();
  }

  call<T>(call: (object: TicketTypeCalls) => Promise<T>): Promise<T> {
    return this.attempt(() => callTicketType(this.env, this.world.ticketTypeId, call));
  }

  protected async alarms(): Promise<readonly Alarm[]> {
    for (const promise of brokenPromises(this.state.storage.sql)) this.world.broken.add(promise);
    const atMs = (this.world.ringing ? null : await this.state.storage.getAlarm()) ?? Infinity;
    return [{ atMs, ring: () => this.#ring() }];
  }

  async #ring(): Promise<void> {
    const { world } = this;
    world.ringing = true;
    await this.time.during(this.state.storage.deleteAlarm());
    await this.#object.alarm();
    world.ringing = false;
  }
}

export function onSale(ticketTypeId: string): TicketTypeConfig {
  const sale = { ticketTypeId, capacity: 10, onSale: true, onSaleVersion: 1, priceMinor: 4500, currency: "EUR" };
  return { ...sale, maxPerBuyer: null, salesStartMs: null, salesEndMs: null };
}

/** Puts a ticket type that its object knows on the list in D1. All of them here are one event's. */
export async function listTicketType(ticketType: TicketTypeState): Promise<void> {
  if (!eventIsThere) {
    const columns = "name, description, venue, starts_at_ms, ends_at_ms, timezone, status, status_version, announcing";
    const values = "'An evening', '', 'The hall', 0, 9e12, 'UTC', 'published', 1, 0";
    const account =
      "(id, username, email, password_hash, role, created_at_ms) VALUES (?1, ?1, ?1, '!', 'organizer', 0)";
    await sql(`INSERT INTO accounts ${account}`, EVENT_ID);
    await sql(
      `INSERT INTO events (id, organizer_id, created_at_ms, ${columns}) VALUES (?1, ?1, 0, ${values})`,
      EVENT_ID,
    );
    eventIsThere = true;
  }
  const texts = {
    id: ticketType.ticketTypeId,
    eventId: EVENT_ID,
    name: "Stalls",
    description: "",
    hidden: false,
    requestHash: null,
  };
  const object = { type: "ticket", id: ticketType.ticketTypeId } as const;
  await insertTicketType(env.DB, texts, ticketType, { action: "ticket.add", actorId: EVENT_ID, object, address: null });
}
