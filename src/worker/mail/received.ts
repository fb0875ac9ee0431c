// The mail to who has got a pass that was passed on, composed from D1.

import { and, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as z from "zod";
import { readPassId } from "../../domain/pass.ts";
import { events, ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { passes, reservations } from "../../platform/d1/schema/copies.ts";
import { settingsOf } from "../../platform/settings.ts";
import { accountById, provenName } from "../accounts/queries.ts";
import type { Env } from "../env.ts";
import { passCode } from "../passes/pass-keys.ts";
import { qrGif } from "../passes/qr.ts";
import type { InlineImage, Mail } from "./mailer.ts";
import type { MailRow } from "./queries.ts";
import type { Dropped } from "./sending.ts";
import { receivedMail } from "./templates/received.ts";

/** As `PassNews` of the object has it. */
const Received = z.object({ generation: z.number() });

/**
 * To the address that the row has; the account of the row is the sender's. "nothing" once the
 * pass was passed on again, was given back, or has let somebody in.
 */
export async function composePassMail(env: Env, mail: MailRow): Promise<Mail | Dropped> {
  const { about: id, address, accountId } = mail;
  if (address === null) return "nobody";
  const { generation } = Received.parse(mail.parameters);
  const [pass, sender] = await Promise.all([
    readPassed(env.DB, id),
    accountId === null ? null : accountById(env.DB, accountId),
  ]);
  if (pass === null || pass.generation !== generation || pass.state !== "valid") return "nothing";
  const contentId = "pass-1";
  const shown = {
    ...pass,
    id,
    sender: sender && provenName(sender),
    contentId,
    pageUrl: `${settingsOf(env).publicUrl}/my/passes/${id}`,
  };
  const content = qrGif(await passCode(env, id, generation));
  const image: InlineImage = { contentId, filename: `${contentId}.gif`, type: "image/gif", content };
  return { to: address, ...receivedMail(shown, sender?.language ?? "en"), images: [image] };
}

async function readPassed(d1: D1Database, id: string) {
  const name = readPassId(id);
  if (name === null) return null;
  const { name: event, venue, startsAtMs, timezone } = events;
  const row = await drizzle(d1)
    .select({
      generation: passes.generation,
      state: passes.state,
      ticketType: ticketTypes.name,
      priceName: reservations.priceName,
      event: { name: event, venue, startsAtMs, timezone },
    })
    .from(passes)
    .innerJoin(reservations, eq(reservations.id, passes.reservationId))
    .innerJoin(ticketTypes, eq(ticketTypes.id, passes.ticketTypeId))
    .innerJoin(events, eq(events.id, ticketTypes.eventId))
    .where(and(eq(passes.reservationId, name.reservationId), eq(passes.number, name.number)))
    .get();
  return row ?? null;
}
