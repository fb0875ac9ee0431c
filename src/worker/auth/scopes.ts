// The scopes of keys for programs, as requests and replies name them.

import * as z from "zod";
import { SCOPES } from "../../domain/scopes.ts";

export const Scope = z.enum(SCOPES).meta({
  id: "Scope",
  description:
    "`events`: events, ticket types, prices and codes, drafts included. `orders`: what was sold, the money for it, and " +
    "sales at the counter. `refunds`: giving money back. `check-ins`: the door",
});
