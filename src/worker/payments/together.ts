// Many who ask at the same time, as one call: all of it within one request, so that they may share a promise.

import { ServiceError } from "../../platform/errors.ts";
import { alone } from "../collector.ts";
import { ProblemError } from "../http/problems.ts";

interface Flight<Q, A> {
  readonly questions: Q[];
  readonly answers: Promise<readonly A[]>;
}

/**
 * Asks one question. Those that are asked until `gather` resolves, which must not reject, go in one `call`, which answers
 * in order. Where that fails each is asked alone, so that one that can't be answered takes no other with it; but not where
 * nobody can be reached.
 */
export function together<Q, A>(
  call: (questions: readonly Q[]) => Promise<readonly A[]>,
  gather: () => Promise<unknown>,
): (question: Q) => Promise<A> {
  let boarding: Flight<Q, A> | null = null;
  const begin = (): Flight<Q, A> => {
    const questions: Q[] = [];
    const answers = gather().then(() => {
      boarding = null;
      return call(questions);
    });
    return { questions, answers };
  };
  return async (question) => {
    boarding ??= begin();
    const { questions, answers } = boarding;
    const place = questions.push(question) - 1;
    try {
      const answer = (await answers)[place];
      if (answer === undefined) throw new ServiceError("a question was not answered");
      return answer;
    } catch (fault) {
      if (questions.length === 1 || fault instanceof ProblemError) throw fault;
      return alone(question, call);
    }
  };
}
