// How passes are shown, with their codes.

import type { ReadPass } from "../../durable/ticket-type/pass-protocol.ts";
import { errorFields, log } from "../../platform/log.ts";
import { settingsOf } from "../../platform/settings.ts";
import { timeout } from "../../platform/time.ts";
import { iso, isoOrNull, NAMELESS, type NamesByTicketType } from "../../platform/wire.ts";
import { maskedAddress } from "../accounts/email.ts";
import type { Env } from "../env.ts";
import { disputesAbout } from "../payments/disputes.ts";
import { namesOf } from "../reservations/names.ts";
import { passCode } from "./pass-keys.ts";

const LOOKUP_TIMEOUT_MS = 200;

/** With the names and disputes that only D1 knows. Reading them takes a bounded time. */
export async function presentPasses(env: Env, passes: readonly ReadPass[]) {
  const [names, disputed] = await Promise.all([namesIn(env, passes), disputedIn(env, passes)]);
  const savesToWallet = settingsOf(env).googleWallet !== null;
  return Promise.all(
    passes.map(async (pass) => {
      const { ticket_type, event } = names.get(pass.ticketTypeId) ?? NAMELESS;
      const code = await codeOf(env, pass);
      return {
        id: pass.id,
        reservation: pass.reservationId,
        number: pass.number,
        order: pass.orderId,
        ticket: pass.ticketTypeId,
        ticket_type,
        event,
        price: pass.priceId ?? pass.ticketTypeId,
        price_name: pass.priceName,
        holder_name: pass.holderName,
        state: pass.state,
        admitted_at: pass.admission && iso(pass.admission.atMs),
        revoked_at: isoOrNull(pass.revokedAtMs),
        passed_on_to: pass.holderEmail && maskedAddress(pass.holderEmail),
        disputed: disputed?.has(boughtIdOf(pass)) ?? null,
        code,
        google_wallet: code !== null && savesToWallet,
      };
    }),
  );
}

export type PresentedPass = Awaited<ReturnType<typeof presentPasses>>[number];

/** Null for a buyer who has passed it on, and once it is revoked: it opens nothing then. */
export async function codeOf(env: Env, { id, generation, isHolder, state }: ReadPass): Promise<string | null> {
  return isHolder && state !== "revoked" ? passCode(env, id, generation) : null;
}

async function namesIn(env: Env, passes: readonly ReadPass[]): Promise<NamesByTicketType> {
  const ids = [...new Set(passes.map(({ ticketTypeId }) => ticketTypeId))];
  return new Map(await Promise.all(ids.map(async (id) => [id, await namesOf(env, id)] as const)));
}

/** What is disputed, or was lost so, of what the passes were bought with; null where D1 fails. */
async function disputedIn(env: Env, passes: readonly ReadPass[]): Promise<ReadonlySet<string> | null> {
  const boughtIds = [...new Set(passes.map(boughtIdOf))];
  try {
    const disputes = await timeout(LOOKUP_TIMEOUT_MS, disputesAbout(env.DB, boughtIds));
    return new Set(disputes.filter(({ state }) => state !== "won").map(({ boughtId }) => boughtId));
  } catch (fault) {
    log("warn", "disputes not read", errorFields(fault));
    return null;
  }
}

function boughtIdOf({ orderId, reservationId }: ReadPass): string {
  return orderId ?? reservationId;
}
