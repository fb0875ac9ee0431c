// The routes as a list, for tests that go through all of them.

import { type Route as Declared, type Placed, rowsOf } from "../../src/worker/http/route.ts";
import { API, ROUTES as REACHABLE } from "../../src/worker/routes.ts";

export type Route = Placed<Declared>;

/** Every operation that the API describes. */
export const ROUTES: readonly Route[] = rowsOf<Declared>(API);

/** Everything that can be reached, as `GET /events/{id}`. */
export const REACHABLE_ROUTES: readonly string[] = Object.keys(REACHABLE);
