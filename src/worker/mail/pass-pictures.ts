// The passes of a sale as a mail shows them: each with its code as a picture.

import { drizzle } from "drizzle-orm/d1";
import { passIdOf } from "../../domain/pass.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { passes } from "../../platform/d1/schema/copies.ts";
import type { Env } from "../env.ts";
import { passCode } from "../passes/pass-keys.ts";
import { qrGif } from "../passes/qr.ts";
import type { InlineImage } from "./mailer.ts";
import type { MailedPass } from "./templates/sold.ts";

/** Gmail hides what follows the first 102 KB of HTML: half a KB a picture, and the lines. */
const MOST_PICTURES = 60;

export interface PassedItem {
  readonly reservationId: string;
  readonly ticketType: string;
  readonly priceName: string;
  readonly quantity: number;
}

/** Valid ones that are still the buyer's. What was passed on is shown to who has it now. */
export async function passPictures(env: Env, items: readonly PassedItem[]) {
  const ids = items.map(({ reservationId }) => reservationId);
  const rows = await drizzle(env.DB).select().from(passes).where(isOneOf(passes.reservationId, ids));
  const recorded = new Map(rows.map((row) => [passIdOf(row), row]));
  const shown: MailedPass[] = [];
  const images: InlineImage[] = [];
  for (const { reservationId, ticketType, priceName, quantity } of items) {
    for (let number = 1; number <= quantity; number++) {
      const id = passIdOf({ reservationId, number });
      const { state = "valid", holderEmail = null, generation = 0, holderName = null } = recorded.get(id) ?? {};
      if (state !== "valid" || holderEmail !== null) continue;
      const contentId = shown.length < MOST_PICTURES ? `pass-${shown.length + 1}` : null;
      shown.push({ ticketType, priceName, holderName, contentId });
      if (contentId === null) continue;
      const content = qrGif(await passCode(env, id, generation));
      images.push({ contentId, filename: `${contentId}.gif`, type: "image/gif", content });
    }
  }
  return { passes: shown, images };
}
