// Giving roles: only an account that is an admin at that moment can.

import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { giveRole } from "../../../../src/worker/accounts/changes.ts";
import { roleOf } from "../../../../src/worker/accounts/queries.ts";
import { call, newPerson } from "../../../support/service.ts";

test("of two admins who take the role from each other at once, one stays an admin", async () => {
  for (let round = 0; round < 5; round++) {
    const [ada, eve] = [await newPerson("admin"), await newPerson("admin")];
    const take = (from: typeof ada, by: typeof ada) =>
      call("PATCH", `/accounts/${from.accountId}`, { token: by.token, body: { role: "buyer" } });
    const answers = await Promise.all([take(eve, ada), take(ada, eve)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
    const roles = [await roleOf(env.DB, ada.accountId), await roleOf(env.DB, eve.accountId)];
    expect(roles.sort()).toEqual(["admin", "buyer"]);
  }
});

test("an admin who loses the role while they ask gives nobody a role, and no entry says so", async () => {
  const [former, friend] = [await newPerson(), await newPerson()];
  expect(await giveRole(env, former.accountId, friend.accountId, "admin", "192.0.2.1")).toBeNull();
  expect(await roleOf(env.DB, friend.accountId)).toBe("buyer");
  const entries = await env.DB.prepare("SELECT 1 FROM audit_log WHERE actor_id = ? AND action = 'role.change'")
    .bind(former.accountId)
    .all();
  expect(entries.results).toEqual([]);
});
