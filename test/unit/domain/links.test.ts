// What using a link does, by what the link is and what its account is by then.

import { describe, expect, test } from "vitest";
import { decideLink, type Link, type LinkOwner, type LinkPurpose, linkExpiresAtMs } from "../../../src/domain/links.ts";
import { DAY_MS, MINUTE_MS } from "../../../src/domain/units.ts";

const NOW_MS = 1_000_000;
const ADA = "ada@example.test";
const NEW = "new@example.test";

function link(purpose: LinkPurpose, changes: Partial<Link> = {}): Link {
  return { purpose, emailKey: ADA, expiresAtMs: NOW_MS + 1, usedAtMs: null, ...changes };
}

function owner(changes: Partial<LinkOwner> = {}): LinkOwner {
  return { isGuest: false, emailKey: ADA, pendingKey: null, verifiedKey: null, ...changes };
}

const GUEST = owner({ isGuest: true });

describe("using a link", () => {
  test.each<[name: string, Link | null, LinkOwner | null, LinkPurpose, wanted: string]>([
    ["proves the address", link("verify"), owner(), "verify", "prove"],
    ["proves a guest's", link("verify"), GUEST, "verify", "prove"],
    [
      "proves the address beside another that is pending",
      link("verify"),
      owner({ pendingKey: NEW }),
      "verify",
      "prove",
    ],
    ["moves to the pending address", link("verify", { emailKey: NEW }), owner({ pendingKey: NEW }), "verify", "move"],
    ["does nothing for a third address", link("verify", { emailKey: NEW }), owner(), "verify", "refused"],
    [
      "is a replay where the address is proven",
      link("verify", { usedAtMs: 1 }),
      owner({ verifiedKey: ADA }),
      "verify",
      "proven_already",
    ],
    [
      "is a replay even after its time",
      link("verify", { expiresAtMs: 1 }),
      owner({ verifiedKey: ADA }),
      "verify",
      "proven_already",
    ],
    [
      "is none where another address is proven",
      link("verify", { usedAtMs: 1 }),
      owner({ emailKey: NEW, verifiedKey: NEW }),
      "verify",
      "refused",
    ],
    ["needs no address that counts", link("verify"), owner({ emailKey: null }), "verify", "refused"],
    ["lets choose a password", link("reset"), owner(), "reset", "reset"],
    ["lets no guest choose one", link("reset"), GUEST, "reset", "refused"],
    ["lets none choose one once the address is another", link("reset"), owner({ emailKey: NEW }), "reset", "refused"],
    [
      "lets none choose one by a pending address",
      link("reset", { emailKey: NEW }),
      owner({ pendingKey: NEW }),
      "reset",
      "refused",
    ],
    ["signs a guest in, and ends what others began", link("sign_in"), GUEST, "sign_in", "sign_in, ends others"],
    [
      "signs a guest in beside its other sessions",
      link("sign_in"),
      { ...GUEST, verifiedKey: ADA },
      "sign_in",
      "sign_in",
    ],
    ["signs nobody in who has registered since", link("sign_in"), owner(), "sign_in", "refused"],
    ["signs no guest in that has another address", link("sign_in"), { ...GUEST, emailKey: NEW }, "sign_in", "refused"],
    ["does nothing a second time", link("reset", { usedAtMs: 1 }), owner(), "reset", "refused"],
    [
      "does nothing a second time for a guest",
      link("sign_in", { usedAtMs: 1 }),
      { ...GUEST, verifiedKey: ADA },
      "sign_in",
      "refused",
    ],
    ["does nothing at its last moment", link("verify", { expiresAtMs: NOW_MS }), owner(), "verify", "refused"],
    ["does nothing without a link", null, owner(), "verify", "refused"],
    ["does nothing without an account", link("verify"), null, "verify", "refused"],
    ["a proof is no new password", link("verify"), owner(), "reset", "refused"],
    ["a proof is no session", link("verify"), GUEST, "sign_in", "refused"],
    ["a new password is no proof", link("reset"), owner(), "verify", "refused"],
    ["a new password is no replay of a proof", link("reset"), owner({ verifiedKey: ADA }), "verify", "refused"],
    ["a session is no proof", link("sign_in"), GUEST, "verify", "refused"],
    ["a session is no new password", link("sign_in"), owner(), "reset", "refused"],
  ])("%s", (_name, used, account, purpose, wanted) => {
    const decision = decideLink(used, account, purpose, NOW_MS);
    const more = decision.type === "sign_in" && decision.endsOtherSessions ? ", ends others" : "";
    expect(decision.type + more).toBe(wanted);
  });
});

test.each<[LinkPurpose, ms: number]>([
  ["verify", DAY_MS],
  ["reset", 30 * MINUTE_MS],
  ["sign_in", 30 * MINUTE_MS],
])("a link to %s is good for so long", (purpose, ms) => {
  expect(linkExpiresAtMs(purpose, NOW_MS) - NOW_MS).toBe(ms);
});
