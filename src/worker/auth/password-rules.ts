// What a password must be to be chosen, and to be tried at a sign-in.

import * as z from "zod";
import { fault } from "../http/field-errors.ts";

const MIN_PASSWORD = 8;
/** 128 characters, even where a keyboard writes each as a letter and three marks. */
const MAX_PASSWORD = 512;
/** One of full length, on such a keyboard. */
const MAX_TYPED_PASSWORD = 4 * MAX_PASSWORD;

/** A password that may be chosen, unless `weakness` refuses it. */
export const NewPassword = characters(MIN_PASSWORD, MAX_PASSWORD)
  .refine(
    (password) => codePoints(password.normalize("NFKC")) >= MIN_PASSWORD,
    fault("too_short", `must have at least ${MIN_PASSWORD} characters, not counting combining marks`),
  )
  .meta({
    format: "password",
    description:
      "Not one of the 10,000 most common passwords, nor the account's username or e-mail address. No character " +
      "is ignored; equivalent Unicode forms are treated alike (NFKC)",
  });

/** A password that may be tried: any that may be chosen, however it is typed. */
export const TypedPassword = characters(1, MAX_TYPED_PASSWORD).meta({ format: "password" });

/** Counted in code points, as JSON Schema and NIST SP 800-63B count them. */
export function characters(least: number, most: number): z.ZodType<string, string> {
  return z
    .string()
    .refine((value) => value.isWellFormed(), { ...fault("wrong_format", "must be valid Unicode"), abort: true })
    .refine((value) => codePoints(value) >= least, fault("too_short", `must have ${least} to ${most} characters`))
    .refine((value) => codePoints(value) <= most, fault("too_long", `must have ${least} to ${most} characters`))
    .meta({ minLength: least, maxLength: most });
}

function codePoints(text: string): number {
  return [...text].length;
}
