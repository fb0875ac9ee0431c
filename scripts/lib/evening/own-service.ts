// A service of the evening's own: the built worker on an empty state, with a short hold, and an
// admin in it.

import { accessToken } from "../../../src/worker/auth/tokens.ts";
import { SESSION_SECRET, Service } from "../../../test/crash/service.ts";

const ADMIN = "even1ngadm1n0000";
/** Long enough for a busy machine, and short enough to be waited for. */
export const HOLD_SECONDS = 20;

export interface OwnService {
  readonly service: Service;
  readonly adminToken: string;
}

/** Started, with all rate limits of a deployed one. */
export async function startOwnService(folder: string, script: string): Promise<OwnService> {
  const mail = { MAIL_FROM: "Penwick Hall <tickets@example.test>", PUBLIC_URL: "http://localhost" };
  const variables = { ...mail, RATE_LIMITS: "on" };
  const service = await Service.create(folder, script, HOLD_SECONDS, { variables, hasLocalTools: true });
  await service.startNew();
  await service.query(
    `INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms)
     VALUES (?, 'evening-admin', 'evening-admin@localhost', '!', 'admin', ?)`,
    ...[ADMIN, Date.now()],
  );
  return { service, adminToken: await accessToken({ SESSION_SECRET }, ADMIN) };
}
