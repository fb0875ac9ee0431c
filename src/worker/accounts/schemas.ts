// Accounts: registering, changing and exporting them.

import * as z from "zod";
import { ROLES } from "../../platform/d1/schema/accounts.ts";
import { AuditEntry } from "../audit/schemas.ts";
import { NewPassword, TypedPassword } from "../auth/password-rules.ts";
import { OwnPart } from "../crew/schemas.ts";
import { Id, Instant, ReservationId } from "../http/fields.ts";
import { Order } from "../orders/schemas.ts";
import { Receipt } from "../receipts/schemas.ts";
import { Reservation } from "../reservations/schemas.ts";
import { Email } from "./email.ts";

export const Username = z.string().regex(/^[\w.@+-]{3,64}$/, "must be 3 to 64 letters, digits or . @ + - _");
export const Registration = z
  .strictObject({ username: Username, email: Email, password: NewPassword })
  .meta({ id: "Registration" });
export const NewGuest = z.strictObject({ email: Email }).meta({ id: "NewGuest" });
const RoleName = z.enum(ROLES);
export const Account = z
  .strictObject({
    id: Id,
    username: z.string().nullable().meta({ description: "Null for a guest" }),
    email: z.string(),
    guest: z.boolean().meta({ description: "An account without a password, until it registers" }),
    role: RoleName,
    created_at: Instant,
    deletion_requested_at: Instant.nullable().meta({ description: "Not null for an account that is being deleted" }),
  })
  .meta({ id: "Account" });
export const AccountSearch = z.strictObject({ username: z.string().min(1).max(64) });
export const RoleChange = z.strictObject({ role: RoleName }).meta({ id: "RoleChange" });
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
    crew: z.array(OwnPart),
    reservations: z.array(Reservation),
    orders: z.array(Order),
    receipts: z.array(Receipt),
    audit: z.array(AuditEntry),
  })
  .meta({ id: "AccountExport" });
