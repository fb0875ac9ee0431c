// Errors that the service raises itself.

/** Its message is in our own words: nothing that a client sent is in it, so it may be logged. */
export class ServiceError extends Error {}

/** Something that the service needs does not answer. The same request may succeed in a moment. */
export class Unavailable extends ServiceError {}

/** The service can't work as it is configured. The message is for the operator's log, never for a client. */
export class ConfigurationError extends ServiceError {}

export class TimeoutError extends ServiceError {}
