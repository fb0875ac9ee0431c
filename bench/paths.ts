// The paths that the bench's own worker serves besides the service's routes.

/** Answers 200 before anything else is done. */
export const PLAIN = "/plain";
/** Does all that `POST /reservations` does around the object's decision. */
export const CEILING = "/ceiling";
/** Does all that `POST /check-ins` does around the object's decision. */
export const DOOR_CEILING = "/door-ceiling";
/** Performs a task of `worker.ts` past all routes. */
export const TASK = "/task";
