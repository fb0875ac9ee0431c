// Links in mails: asking for one, and using it.

import * as z from "zod";
import { Email } from "../accounts/email.ts";
import { NewPassword } from "../auth/password-rules.ts";
import { EXAMPLES } from "../http/examples.ts";
import { fault } from "../http/field-errors.ts";
import { Instant, OrderId, ReservationId } from "../http/fields.ts";

/** A link that lost its end in somebody's mail program is one that is not valid. */
export const TOKEN_PATTERN = /^[\w-]{1,100}$/;
export const Token = z
  .string()
  .refine((text) => TOKEN_PATTERN.test(text), fault("wrong_format", "must be what stands at the end of the link"))
  .meta({
    id: "LinkToken",
    pattern: TOKEN_PATTERN.source,
    description: "What stands at the end of the link in the mail",
  });
export const AddressNamed = z.strictObject({ email: Email }).meta({ id: "AddressNamed" });
export const SignInLinkAsked = z
  .strictObject({
    email: Email,
    about: z
      .union([OrderId, ReservationId])
      .optional()
      .meta({
        description: "Where the link of the account that has it leads: to this order, or this reservation",
        examples: [EXAMPLES.order],
      }),
  })
  .meta({ id: "SignInLinkAsked" });
export const LinkUse = z.strictObject({ token: Token }).meta({ id: "LinkUse" });
export const PasswordReset = z.strictObject({ token: Token, new_password: NewPassword }).meta({ id: "PasswordReset" });
export const PasswordResetDone = z
  .strictObject({ username: z.string().meta({ description: "To sign in with. The address does as well" }) })
  .meta({ id: "PasswordResetDone" });
export const AddressProof = z
  .strictObject({ email: z.string(), email_verified_at: Instant })
  .meta({ id: "AddressProof" });
