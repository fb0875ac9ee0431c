// Errors that the service raises itself.

/** The message contains nothing that a client sent, so it may be logged. */
export class ServiceError extends Error {}

/** Something that the service needs does not respond. The same request may succeed in a moment. */
export class Unavailable extends ServiceError {}

/** A variable is wrong or missing. The message is for the operator's log, never for a client. */
export class ConfigurationError extends ServiceError {}

export class TimeoutError extends ServiceError {}
