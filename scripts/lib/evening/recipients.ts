// Who got somebody else's pass: they register with the address that it came to, prove it by the
// link in their mail, and see the new code.

import type { Caller } from "./caller.ts";
import { keptMails, tokenIn } from "./mailbox.ts";
import type { Passed, Scene } from "./notes.ts";
import { signUp } from "./organiser.ts";
import { retryUntil } from "./patience.ts";

interface Code {
  readonly pass: string;
  readonly code: string;
}

/** Where mails can be read. Their codes, in the order in which the passes were passed on. */
export async function codesOfRecipients(scene: Scene, withinMs: number): Promise<Code[]> {
  const { notes, stranger } = scene;
  const recipients = notes.passed.map((passed) => ({ passed, caller: stranger() }));
  for (const { passed, caller } of recipients) await signUp(scene, caller, passed.to.replace(/@.*/, ""));
  await proveAddresses(scene, recipients, withinMs);
  return Promise.all(recipients.map(({ passed, caller }) => newCode(caller, passed)));
}

type Recipient = { readonly passed: Passed; readonly caller: Caller };

async function proveAddresses({ organiser, plan }: Scene, recipients: readonly Recipient[], withinMs: number) {
  const left = new Map(recipients.map((recipient) => [recipient.passed.to, recipient]));
  await retryUntil(`${left.size} mails to prove an address`, withinMs, async () => {
    for (const mail of await keptMails(organiser, plan.tag)) {
      const recipient = mail.kind === "verify_address" ? left.get(mail.to) : undefined;
      if (recipient === undefined) continue;
      left.delete(mail.to);
      const token = await tokenIn(organiser, mail);
      await recipient.caller.must("POST", "/api-auth/verifications/use", { token });
    }
    return left.size === 0;
  });
}

async function newCode(caller: Caller, { pass, to, oldCode }: Passed): Promise<Code> {
  const passes = await caller.all<{ id: string; code: string | null }>("/passes?limit=100");
  const code = passes.find(({ id }) => id === pass)?.code ?? null;
  if (code === null || code === oldCode) throw new Error(`${to} has no new code for ${pass}`);
  return { pass, code };
}
