// What a buyer accepts before tickets of an event are held. Pure.

/** Texts or addresses; null for one that is not there. A version never means other contents. */
export interface Terms {
  readonly version: string;
  readonly termsText: string | null;
  readonly termsUrl: string | null;
  readonly privacyText: string | null;
  readonly privacyUrl: string | null;
  readonly imprintUrl: string | null;
}

/** `version`: the one to accept. */
export interface TermsRefusal {
  readonly type: "terms_not_accepted";
  readonly version: string;
}

/** Why a buyer who accepted this version, or none, may not hold tickets; null if they may. */
export function refuseTerms(required: string | null, accepted: string | null): TermsRefusal | null {
  return required === null || required === accepted ? null : { type: "terms_not_accepted", version: required };
}
