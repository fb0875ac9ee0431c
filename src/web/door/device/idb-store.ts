// What the device keeps, in IndexedDB. All tabs share it, and a crash of the browser leaves it.

import type { ClockOffset } from "../../ui/clock-offset.ts";
import type { PassFacts } from "../core/decide.ts";
import { type KnownPass, learned } from "../core/known-pass.ts";
import type { PassPlan } from "../core/plans.ts";
import { isWaiting, type OwnScan } from "../core/scan.ts";
import type { DoorList, DoorStore, ListPage } from "../core/store.ts";

const NAME = "door";
const VERSION = 1;
/** Older ones that are settled are forgotten when a list is read. */
const KEPT_MS = 30 * 86_400_000;

/** Of the index of waiting scans: one that does not wait has no such field, so it is not in it. */
type StoredScan = OwnScan & { readonly waitingSinceMs?: number };
type StoredPass = KnownPass & { readonly eventId: string; readonly id: string };
type StoredList = DoorList & { readonly eventId: string };

export class IdbStore implements DoorStore {
  readonly #database: Promise<IDBDatabase>;
  readonly #onChange: () => void;

  /** `onChange` is called after each change of a scan, here or in another tab. */
  constructor(onChange: () => void) {
    this.#database = open();
    this.#onChange = onChange;
    channel.addEventListener("message", onChange);
  }

  async change<T>(eventId: string, passId: string, plan: (facts: PassFacts) => PassPlan<T>): Promise<T> {
    // On the disk before anybody is let in: a phone whose battery ends has kept it.
    const stores = await this.#begin(["scans", "passes", "device"], "strict");
    const [scans, known, count] = await Promise.all([
      result<StoredScan[]>(stores.of("scans").index("pass").getAll([eventId, passId])),
      result<StoredPass | undefined>(stores.of("passes").get([eventId, passId])),
      nextCount(stores),
    ]);
    const facts = { known: known ?? null, scans: scans.sort((one, other) => one.atMs - other.atMs), count };
    const planned = plan(facts);
    for (const scan of planned.scans) stores.of("scans").put(stored(scan));
    if (planned.known !== null) stores.of("passes").put({ ...planned.known, eventId, id: passId });
    await stores.done;
    if (planned.scans.length > 0) this.#changed();
    return planned.next;
  }

  async count(): Promise<number> {
    const stores = await this.#begin(["device"]);
    const count = await nextCount(stores);
    await stores.done;
    return count;
  }

  async list(eventId: string): Promise<DoorList | null> {
    const stores = await this.#begin(["lists"], "readonly");
    return (await result<StoredList | undefined>(stores.of("lists").get(eventId))) ?? null;
  }

  async lists(): Promise<DoorList[]> {
    const stores = await this.#begin(["lists"], "readonly");
    return result<StoredList[]>(stores.of("lists").getAll());
  }

  async addPage(eventId: string, page: ListPage, startedAt: number, completeAtMs: number | null): Promise<boolean> {
    const stores = await this.#begin(["passes", "lists", "device", "scans"]);
    const [count, before] = await Promise.all([
      nextCount(stores),
      result<StoredList | undefined>(stores.of("lists").get(eventId)),
    ]);
    let isWhole = true;
    const known = await Promise.all(
      page.passes.map(({ id }) => result<StoredPass | undefined>(stores.of("passes").get([eventId, id]))),
    );
    for (const [index, { id, ...news }] of page.passes.entries()) {
      const pass = learned(known[index] ?? null, news, startedAt, count);
      if (pass === null) isWhole = false;
      else stores.of("passes").put({ ...pass, eventId, id });
    }
    const place = isWhole
      ? { cursor: page.list.cursor, completeAtMs }
      : { cursor: before?.cursor ?? "", completeAtMs: before?.completeAtMs ?? null };
    stores.of("lists").put({ ...page.list, ...place, eventId });
    await stores.done;
    return isWhole;
  }

  async waiting(): Promise<OwnScan[]> {
    const stores = await this.#begin(["scans"], "readonly");
    return result<StoredScan[]>(stores.of("scans").index("waiting").getAll());
  }

  /** Of an event, the newest first. */
  async scans(eventId: string): Promise<OwnScan[]> {
    const stores = await this.#begin(["scans"], "readonly");
    const range = IDBKeyRange.bound([eventId, 0], [eventId, Number.MAX_SAFE_INTEGER]);
    return (await result<StoredScan[]>(stores.of("scans").index("event").getAll(range))).reverse();
  }

  /** Scans of long ago that nothing is left to be done about, with the lists of their events. */
  async forget(nowMs: number): Promise<void> {
    const stores = await this.#begin(["scans", "lists", "passes"]);
    const scans = await result<StoredScan[]>(stores.of("scans").getAll());
    const isOld = ({ atMs, ...scan }: OwnScan) => atMs < nowMs - KEPT_MS && !isWaiting({ atMs, ...scan });
    for (const scan of scans.filter(isOld)) stores.of("scans").delete(scan.key);
    const lists = await result<StoredList[]>(stores.of("lists").getAll());
    for (const { eventId } of lists.filter(({ event }) => event.endsAtMs < nowMs - KEPT_MS)) {
      stores.of("lists").delete(eventId);
      stores.of("passes").delete(IDBKeyRange.bound([eventId, ""], [eventId, "\uffff"]));
    }
    await stores.done;
  }

  clock(): Promise<ClockOffset | null> {
    return this.value<ClockOffset>("clock");
  }

  setClock(offset: ClockOffset): Promise<void> {
    return this.setValue("clock", offset);
  }

  async value<T>(name: string): Promise<T | null> {
    const stores = await this.#begin(["device"], "readonly");
    return (await result<T | undefined>(stores.of("device").get(name))) ?? null;
  }

  async setValue(name: string, value: unknown): Promise<void> {
    const stores = await this.#begin(["device"]);
    stores.of("device").put(value, name);
    await stores.done;
  }

  #changed(): void {
    channel.postMessage("changed");
    this.#onChange();
  }

  async #begin(names: StoreName[], how: "readonly" | "relaxed" | "strict" = "relaxed"): Promise<Stores> {
    const database = await this.#database;
    const transaction =
      how === "readonly"
        ? database.transaction(names, "readonly")
        : database.transaction(names, "readwrite", { durability: how });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("the device keeps nothing"));
    });
    // A read that fails says so itself.
    done.catch(() => {});
    return { of: (name) => transaction.objectStore(name), done };
  }
}

type StoreName = "scans" | "passes" | "lists" | "device";

interface Stores {
  of(name: StoreName): IDBObjectStore;
  readonly done: Promise<void>;
}

const channel = new BroadcastChannel("door");

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const database = request.result;
      const scans = database.createObjectStore("scans", { keyPath: "key" });
      scans.createIndex("pass", ["eventId", "passId"]);
      scans.createIndex("event", ["eventId", "atMs"]);
      scans.createIndex("waiting", "waitingSinceMs");
      database.createObjectStore("passes", { keyPath: ["eventId", "id"] });
      database.createObjectStore("lists", { keyPath: "eventId" });
      database.createObjectStore("device");
    };
    request.onsuccess = () => {
      // A newer version of the page must not wait for this one.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error ?? new Error("the device keeps nothing"));
  });
}

function result<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as T);
    request.onerror = () => reject(request.error ?? new Error("the device keeps nothing"));
  });
}

async function nextCount(stores: Stores): Promise<number> {
  const count = ((await result<number | undefined>(stores.of("device").get("count"))) ?? 0) + 1;
  stores.of("device").put(count, "count");
  return count;
}

function stored(scan: OwnScan): StoredScan {
  const { waitingSinceMs: _before, ...plain } = scan as StoredScan;
  return isWaiting(plain) ? { ...plain, waitingSinceMs: plain.atMs } : plain;
}
