// A history without all holds but one.

import { type History, isGranting, type Operation } from "./operations.ts";

/**
 * One history for each hold that was granted: what was asked of that hold, where there are tickets
 * without end. An order of all operations holds an order of these, so where one of them has none,
 * there is none. That is found at once, where the search through all holds would go through every
 * order of the others.
 */
export function eachAlone(history: History): History[] {
  return history.operations.filter(isGranting).map(({ answer: { hold } }) => {
    const operations = history.operations.flatMap((operation): Operation[] => {
      if (isGranting(operation)) return operation.answer.hold === hold ? [{ ...operation, caps: [] }] : [];
      const isOfHold = "hold" in operation && operation.hold === hold;
      return isOfHold || operation.type === "call_off" ? [operation] : [];
    });
    return { ...history, operations, capacity: Number.POSITIVE_INFINITY, caps: {} };
  });
}
