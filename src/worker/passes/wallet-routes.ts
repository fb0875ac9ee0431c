// Passes in the wallets of telephones.

import { Unavailable } from "../../platform/errors.ts";
import { settingsOf } from "../../platform/settings.ts";
import { EXAMPLES } from "../http/examples.ts";
import { problem } from "../http/problems.ts";
import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { googleWalletLink } from "./google-wallet.ts";
import { passWithId, readerOf } from "./lookup.ts";
import { presentPasses } from "./presenters.ts";
import { PassPath, WalletLink } from "./schemas.ts";

export const getGoogleWalletLink = route({
  operationId: "getGoogleWalletLink",
  access: "session",
  tag: "Passes",
  summary: "Get a link that saves a pass to Google Wallet",
  pathParameters: PassPath,
  examples: { path: { id: EXAMPLES.pass } },
  replies: [{ status: 200, description: "The link has the pass's code: a secret of its holder", schema: WalletLink }],
  problems: ["wallet-unavailable"],
  async handle({ path, session, env }) {
    const pass = await passWithId(env, path.id, await readerOf(env, session));
    const [shown] = pass === null ? [] : await presentPasses(env, [pass]);
    const code = shown?.code ?? null;
    // Who has no code learns nothing of how the service is set up, either.
    if (pass === null || shown === undefined || code === null) return problem("not-found");
    const { googleWallet, mailFrom } = settingsOf(env);
    if (googleWallet === null) return problem("wallet-unavailable");
    const { event } = shown;
    if (event === null) throw new Unavailable("the event can't be read");
    const saved = { ...shown, event, code, generation: pass.generation };
    return reply(200, { url: await googleWalletLink(googleWallet, saved, mailFrom?.name ?? "Tickets", Date.now()) });
  },
});
