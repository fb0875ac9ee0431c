// Accounts: registering, changing and exporting them.

import * as z from "zod";
import { ROLES } from "../../platform/d1/schema/accounts.ts";
import { LANGUAGES } from "../../platform/mails.ts";
import { AuditEntry } from "../audit/schemas.ts";
import { NewPassword, TypedPassword } from "../auth/password-rules.ts";
import { OwnPart } from "../crew/schemas.ts";
import { Id, Instant, ReservationId } from "../http/fields.ts";
import { OwnMail } from "../mail/schemas.ts";
import { Order } from "../orders/schemas.ts";
import { Webhook } from "../outgoing-webhooks/schemas.ts";
import { OwnPass, OwnPassingOn } from "../passes/schemas.ts";
import { Receipt } from "../receipts/schemas.ts";
import { Reservation } from "../reservations/schemas.ts";
import { ApiKey } from "./api-key-schemas.ts";
import { Email } from "./email.ts";

export const Username = z.string().regex(/^[\w.@+-]{3,64}$/, "must be 3 to 64 letters, digits or . @ + - _");
const LanguageName = z.enum(LANGUAGES).meta({ description: "In which mails are written" });
const ChosenLanguage = LanguageName.optional().meta({
  description: "In which mails are written. By default what `Accept-Language` prefers, else English",
});
export const Registration = z
  .strictObject({ username: Username, email: Email, password: NewPassword, language: ChosenLanguage })
  .meta({ id: "Registration" });
export const NewGuest = z.strictObject({ email: Email, language: ChosenLanguage }).meta({ id: "NewGuest" });
const RoleName = z.enum(ROLES);
export const Account = z
  .strictObject({
    id: Id,
    username: z.string().nullable().meta({ description: "Null for a guest" }),
    email: z.string(),
    email_verified_at: Instant.nullable().meta({ description: "When a mail to this address came back with its link" }),
    pending_email: z.string().nullable().meta({ description: "Takes the place of `email` once it is proven" }),
    language: LanguageName,
    guest: z.boolean().meta({ description: "An account without a password, until it registers" }),
    role: RoleName,
    created_at: Instant,
    deletion_requested_at: Instant.nullable().meta({ description: "Not null for an account that is being deleted" }),
  })
  .meta({ id: "Account" });
export const AccountSearch = z.strictObject({ username: z.string().min(1).max(64) });
export const RoleChange = z.strictObject({ role: RoleName }).meta({ id: "RoleChange" });
export const AccountChange = z.strictObject({ language: LanguageName.optional() }).meta({ id: "AccountChange" });
export const EmailChange = z
  .strictObject({
    email: Email,
    password: TypedPassword.nullable().meta({ description: "Null for a guest's account, which has none" }),
  })
  .meta({ id: "EmailChange" });
export const PasswordChange = z
  .strictObject({ current_password: TypedPassword, new_password: NewPassword })
  .meta({ id: "PasswordChange" });
export const AccountDeletion = z
  .strictObject({
    password: TypedPassword.nullable().meta({ description: "Null for a guest's account, which has none" }),
  })
  .meta({ id: "AccountDeletion" });
export const AccountClosing = z
  .strictObject({
    deletion_requested_at: Instant,
    erase_at: Instant.meta({ description: "When the account and all personal data in it are due to be erased" }),
    kept: z
      .array(
        z.strictObject({
          reservation: ReservationId,
          ticket: Id,
          state: z.enum(["held", "confirmed"]).meta({ description: "`held` while its payment is pending" }),
          until: Instant.meta({ description: "The end of its event" }),
        }),
      )
      .meta({
        description: "What is paid for, or may be in a moment. It stays yours until then, and is then anonymous",
      }),
  })
  .meta({ id: "AccountClosing" });
export const AccountExport = z
  .strictObject({
    account: Account,
    sessions: z.array(z.strictObject({ started_at: Instant, expires_at: Instant, ended_at: Instant.nullable() })),
    api_keys: z.array(ApiKey).meta({ description: "Without the keys themselves, which are not kept" }),
    webhooks: z.array(Webhook).meta({ description: "Without their secrets" }),
    crew: z.array(OwnPart),
    reservations: z.array(Reservation),
    orders: z.array(Order),
    passes: z.array(OwnPass).meta({
      description:
        "Passes that something has happened to, of what was bought and of what was passed on to the account's address; any other pass of a confirmed reservation is valid. Without codes",
    }),
    passed_on: z.array(OwnPassingOn).meta({ description: "What the account has passed on in the last 90 days" }),
    receipts: z.array(Receipt),
    mails: z.array(OwnMail).meta({ description: "Those of the last 90 days, without what they say" }),
    audit: z.array(AuditEntry),
  })
  .meta({ id: "AccountExport" });
