// After the sale: buyers give back, pass on, ask for their mail; the organiser refunds.

import { type Buyer, type Purchase, priceOf, type Scene } from "./notes.ts";
import { ticketsLeft } from "./organiser.ts";
import { type Afterwards, addressIn } from "./people.ts";

/** What only money is given back of: less than any ticket costs. */
const GOODWILL_MINOR = 500;

interface Pass {
  readonly id: string;
  readonly code: string | null;
}

interface Refund {
  readonly items: readonly { readonly reservation: string; readonly quantity: number }[];
}

/** One after the other, as mails come in. Returns how often each was done. */
export async function afterTheSale(scene: Scene): Promise<Partial<Record<Afterwards, number>>> {
  const done: Partial<Record<Afterwards, number>> = {};
  for (const purchase of scene.notes.purchases) {
    const { afterwards } = purchase.buyer.person;
    // Who bought twice does it with the first.
    const isFirst =
      scene.notes.purchases.find(({ buyer, isConfirmed }) => isConfirmed && buyer === purchase.buyer) === purchase;
    if (!isFirst || afterwards === "keeps") continue;
    await DEEDS[afterwards](scene, purchase);
    done[afterwards] = (done[afterwards] ?? 0) + 1;
  }
  return done;
}

const DEEDS: Record<Exclude<Afterwards, "keeps">, (scene: Scene, purchase: Purchase) => Promise<void>> = {
  async gives_back({ notes }, purchase) {
    const askedAtMs = Date.now();
    await purchase.buyer.caller.must("DELETE", `/${purchase.of}/${purchase.id}`);
    noteAll(purchase, askedAtMs);
    purchase.returnedMinor = purchase.totalMinor;
    notes.owed.push({ kind: "refunded", to: purchase.buyer.person.email });
  },
  async refunded_whole(scene, purchase) {
    const body = { all: true, restock: true, reason: "As a favour" };
    await refund(scene, purchase, body, purchase.totalMinor - purchase.returnedMinor);
  },
  async refunded_part(scene, purchase) {
    const one = purchase.items.slice(0, 1).map((item) => ({ ...item, quantity: 1 }));
    const items = one.map(({ reservation, quantity }) => ({ reservation, quantity }));
    await refund(scene, purchase, { items, restock: true, reason: "One of you is ill" }, priceOf(scene, one));
  },
  async refunded_money(scene, purchase) {
    const body = { amount: GOODWILL_MINOR, restock: false, reason: "A bad view" };
    await refund(scene, purchase, body, GOODWILL_MINOR);
  },
  async passes_on({ notes, plan }, purchase) {
    const { buyer } = purchase;
    const [pass] = await passesOf(buyer, purchase);
    if (pass?.code == null) throw new Error(`there is no pass of ${purchase.id} to pass on`);
    const to = addressIn(plan.tag, `friend-of-${buyer.person.number + 1}`);
    await buyer.caller.must("POST", `/passes/${pass.id}/transfer`, { email: to });
    notes.passed.push({ pass: pass.id, from: buyer, to, oldCode: pass.code });
    notes.owed.push({ kind: "pass_received", to });
  },
  async asks_for_mail({ notes }, { buyer, of, id }) {
    await buyer.caller.must("POST", `/${of}/${id}/mails`);
    notes.owed.push({ kind: "confirmed_again", to: buyer.person.email });
  },
};

export function passesOf({ caller }: Buyer, { of, id }: Purchase): Promise<Pass[]> {
  return caller.all<Pass>(`/${of}/${id}/passes?limit=100`);
}

/** `amountMinor`: what it should come to. */
async function refund(
  { organiser, notes }: Scene,
  purchase: Purchase,
  body: object,
  amountMinor: number,
): Promise<void> {
  const askedAtMs = Date.now();
  const { items } = await organiser.must<Refund>("POST", `/${purchase.of}/${purchase.id}/refunds`, body);
  for (const { reservation, quantity } of items) purchase.returned.push({ reservation, quantity, askedAtMs });
  purchase.returnedMinor += amountMinor;
  notes.owed.push({ kind: "refunded", to: purchase.buyer.person.email });
}

function noteAll(purchase: Purchase, askedAtMs: number): void {
  if (ticketsLeft(purchase) === 0) return;
  for (const { reservation, quantity } of purchase.items) purchase.returned.push({ reservation, quantity, askedAtMs });
}
