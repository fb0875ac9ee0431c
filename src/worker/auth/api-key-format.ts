// How keys for programs are written. Pure: schemas and scripts use it, too.

import { derivedId, newLongId } from "../../platform/ids.ts";

/** Secret scanners find it, and no signed token begins like that. */
const PREFIX = "tko_";
/** 200 random bits and check characters. */
export const API_KEY_PATTERN = /^tko_[0-9a-hjkmnp-tv-z]{46}$/;
const CHECK_LENGTH = 6;
/** What a list shows of a key. */
const ENDING_LENGTH = 4;

export function newApiKey(): string {
  const unchecked = PREFIX + newLongId() + newLongId();
  return unchecked + checkOf(unchecked);
}

export function endingOf(key: string): string {
  return key.slice(-ENDING_LENGTH);
}

export function isLikeApiKey(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** Whether it can have been made here. Anybody can compute the check, which finds typing errors. */
export function isWellFormed(key: string): boolean {
  return API_KEY_PATTERN.test(key) && checkOf(key.slice(0, -CHECK_LENGTH)) === key.slice(-CHECK_LENGTH);
}

function checkOf(unchecked: string): string {
  return derivedId("api key", unchecked).slice(0, CHECK_LENGTH);
}
