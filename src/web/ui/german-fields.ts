// What is wrong with one field of a form, in German. Pure.

const GERMAN: Readonly<Record<string, (bound: string | undefined) => string>> = {
  required: () => "Das fehlt.",
  too_small: (least) => (least === undefined ? "Das ist zu wenig." : `Das muss mindestens ${least} sein.`),
  too_large: (most) => (most === undefined ? "Das ist zu viel." : `Das darf höchstens ${most} sein.`),
  too_short: (least) => (least === undefined ? "Das ist zu kurz." : `Das ist zu kurz: mindestens ${least}.`),
  too_long: (most) => (most === undefined ? "Das ist zu lang." : `Das ist zu lang: höchstens ${most}.`),
  wrong_format: () => "Diese Form stimmt nicht.",
  wrong_type: () => "Diese Form stimmt nicht.",
  not_allowed: () => "Das geht hier nicht.",
};

/** The service names a bound in its English message alone: "must have at most 100 characters". */
export function germanFieldProblem(code: string, message: string): string {
  if (message === "must be an e-mail address") return "Das ist keine E-Mail-Adresse.";
  const bound = /\b(?:at (?:most|least)|\d+ to) (\d+)( characters| items)?/.exec(message);
  const unit = { " characters": " Zeichen", " items": " Einträge" }[bound?.[2] ?? ""] ?? "";
  return GERMAN[code]?.(bound?.[1] && Number(bound[1]).toLocaleString("de-DE") + unit) ?? "Bitte prüfen Sie das.";
}
