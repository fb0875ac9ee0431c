// The shapes of the API. They validate requests, and the OpenAPI description is made from them.

export * from "./schemas/accounts.ts";
export * from "./schemas/events.ts";
export { Id, Money, Page, ReservationId } from "./schemas/fields.ts";
export * from "./schemas/records.ts";
export * from "./schemas/reservations.ts";
export * from "./schemas/service.ts";
