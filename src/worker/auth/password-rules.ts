// What a password must be to be chosen, and to be tried at a sign-in. The description of the API is made from it.

import * as z from "zod";
import { isCommon, isOwnName, type Owner } from "./weak-passwords.ts";

const MIN_PASSWORD = 8;
/** 128 characters, even where a keyboard writes each as a letter and three marks. */
const MAX_PASSWORD = 512;
/** A password that was chosen at its full length, on a keyboard that writes each of its characters in four parts. */
const MAX_TYPED_PASSWORD = 4 * MAX_PASSWORD;

/** One that may be chosen. `whyNotFor` refuses more, where its owner is known. */
export const NewPassword = characters(MIN_PASSWORD, MAX_PASSWORD)
  .refine(
    (password) => codePoints(password.normalize("NFKC")) >= MIN_PASSWORD,
    `must have ${MIN_PASSWORD} characters where marks are not counted that join the letter before them`,
  )
  .refine((password) => !isCommon(password), "is among the passwords that are tried first: choose a less common one")
  .meta({
    format: "password",
    description:
      "Not one of the 10,000 most common ones, nor its owner's username or e-mail address. All characters count, accents however they are typed (NFKC)",
    example: "correct horse battery",
  });

/** One that may be tried: whatever may be chosen, however it is typed. */
export const TypedPassword = characters(1, MAX_TYPED_PASSWORD).meta({ format: "password" });

/** Why `password` is not for this owner; null where it is. */
export function whyNotFor(owner: Owner, password: string): string | null {
  return isOwnName(password, owner) ? "must be neither your username nor your e-mail address" : null;
}

/** Counted in code points, as JSON Schema and NIST SP 800-63B count them. */
export function characters(least: number, most: number): z.ZodType<string, string> {
  return z
    .string()
    .refine((value) => value.isWellFormed(), { error: "must be valid Unicode", abort: true })
    .refine(
      (value) => codePoints(value) >= least && codePoints(value) <= most,
      `must have ${least} to ${most} characters`,
    )
    .meta({ minLength: least, maxLength: most });
}

function codePoints(text: string): number {
  return [...text].length;
}
