// Who helps an event's organiser, on the wire.

import * as z from "zod";
import { PARTS } from "../../platform/d1/schema/crew.ts";
import { Email } from "../accounts/email.ts";
import { Id, Instant } from "../http/fields.ts";
import { Token } from "../links/schemas.ts";
import { MailState } from "../mail/schemas.ts";

const WHERE_AND_WHEN = {
  id: Id,
  name: z.string(),
  venue: z.string(),
  starts_at: Instant,
  ends_at: Instant,
  timezone: z.string(),
};

export const CrewPart = z.enum(PARTS).meta({
  id: "CrewPart",
  description:
    "A `manager` may do for the event what its organiser may, except deleting it, calling it off and choosing its crew. A `scanner` lets people in",
});
export const CrewPath = z.strictObject({ id: Id, account: Id });
export const NewCrewMember = z.strictObject({ part: CrewPart }).meta({ id: "NewCrewMember" });
export const CrewMember = z
  .strictObject({ account: Id, username: z.string(), part: CrewPart, since: Instant })
  .meta({ id: "CrewMember" });
export const InvitationPath = z.strictObject({ id: Id, invitation: Id });
export const TokenPath = z.strictObject({ token: Token });
export const NewCrewInvitation = z.strictObject({ email: Email, part: CrewPart }).meta({ id: "NewCrewInvitation" });
export const CrewInvitation = z
  .strictObject({
    id: Id.meta({ description: "Another one each time that the address is invited anew" }),
    email: z.string().meta({ description: "As it is written to" }),
    part: CrewPart,
    invited_at: Instant,
    open_until: Instant.meta({ description: "Seven days, or the end of the event if that is earlier" }),
    mail: MailState.nullable().meta({ description: "What became of its mail; null once that is forgotten" }),
  })
  .meta({ id: "CrewInvitation" });
export const OpenedCrewInvitation = z
  .strictObject({
    event: z.strictObject(WHERE_AND_WHEN),
    organizer: z.string().meta({ description: "The event's seller, or the username of its organiser" }),
    part: CrewPart,
    open_until: Instant,
    accepted: z.boolean().meta({ description: "Whether an account has accepted it, which may do so again" }),
  })
  .meta({ id: "OpenedCrewInvitation" });
export const OwnPart = z
  .strictObject({
    event: z.strictObject({
      ...WHERE_AND_WHEN,
      doors_open_at: Instant.nullable(),
      status: z.enum(["draft", "published", "cancelled"]),
      capacity: z.int().min(0).nullable().meta({ description: "Of all ticket types; null for who scans only" }),
      sold: z.int().min(0).nullable().meta({ description: "Null for who scans only" }),
    }),
    part: CrewPart,
    since: Instant,
  })
  .meta({ id: "OwnPart" });
