// Inviting to a crew through the API, and the links in the mails.

import type { Part } from "../../src/platform/d1/schema/crew.ts";
import { mailsAbout, WITH_MAIL } from "./links.ts";
import { type Answer, type CallOptions, call, type OnSale, type Person } from "./service.ts";

export interface Inviting {
  readonly by?: Pick<Person, "token">;
  readonly settings?: CallOptions["settings"];
  readonly headers?: CallOptions["headers"];
}

export function invite(
  { eventId, organizer }: OnSale,
  email: string,
  part: Part = "scanner",
  { by = organizer, settings = WITH_MAIL, headers = {} }: Inviting = {},
) {
  return call("POST", `/events/${eventId}/crew-invitations`, {
    ...{ token: by.token, settings, headers, body: { email, part } },
  });
}

/** Invited and mailed: the token in the mail's link. */
export async function invitedToken(sale: OnSale, email: string, part: Part = "scanner"): Promise<string> {
  const { status, body } = await invite(sale, email, part);
  if (status !== 202) throw new Error(`not invited: ${status}`);
  return tokenOf(body.id);
}

/** The token in the one mail about the invitation that is due. */
export async function tokenOf(invitationId: string): Promise<string> {
  const [mail, ...others] = await mailsAbout(invitationId, "crew_invited");
  const [, token] = /https:\/\/tickets\.test\/box-office\/invitations\/([\w-]{43})\n/.exec(mail?.text ?? "") ?? [];
  if (token === undefined || others.length > 0) throw new Error(`not one link of ${invitationId}`);
  return token;
}

/** Its path begins as the crew's own does. */
type Listed = Promise<Answer<"GET /events/{id}/crew-invitations">>;

export function invitationsOf({ eventId, organizer }: OnSale, { token }: Pick<Person, "token"> = organizer) {
  return call("GET", `/events/${eventId}/crew-invitations`, { token }) as Listed;
}

export function takeBack({ eventId, organizer }: OnSale, invitationId: string) {
  return call("DELETE", `/events/${eventId}/crew-invitations/${invitationId}`, { token: organizer.token });
}

export function look(token: string) {
  return call("GET", `/crew-invitations/${token}`);
}

export function accept({ token: session }: Pick<Person, "token">, token: string) {
  return call("POST", "/me/crew", { token: session, body: { token } });
}
