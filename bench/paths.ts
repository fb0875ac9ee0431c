// What the bench's own worker has beside the service's routes.

/** Answers 200 before anything else is done. */
export const PLAIN = "/plain";
/** All that `POST /reservations` does around the object's decision. */
export const CEILING = "/ceiling";
/** Asks objects past all routes. */
export const OBJECTS = "/objects";
/** Asks D1 whether holds are not over yet. */
export const COPIES = "/copies";
