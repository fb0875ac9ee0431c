// Who works for which event: its organiser and its crew, from when to when. Requests overlap, so a
// part counts from when it is asked for, and until the reply that takes it away.

/** Each may do what the ones before it may, and more. */
const PARTS = ["scanner", "manager", "organizer"] as const;
export type Part = (typeof PARTS)[number];

/**
 * A door reads who works there every two seconds, so a part that was taken away may count there for
 * that long. The third is for a request that waits.
 */
export const DOOR_KEPT_MS = 3_000;

interface Term {
  readonly person: string;
  readonly part: Part;
  /** Who gave it. */
  readonly by: string;
  /** Null while its request is under way. */
  givenAtMs: number | null;
  /** When a reply said that it has ended, or never began. */
  untilMs: number;
}

export class Standing {
  readonly #terms = new Map<string, Term[]>();

  /** Whether anybody is known to work for the event. */
  knows(event: string): boolean {
    return this.#terms.has(event);
  }

  /** Before the request that gives it is on its way. */
  wanted(event: string, person: string, part: Part, by: string): void {
    this.#add(event, { person, part, by, givenAtMs: null, untilMs: Number.POSITIVE_INFINITY });
  }

  refused(event: string, person: string, part: Part, nowMs: number): void {
    const term = this.#underWay(event, person, part);
    if (term !== undefined) term.untilMs = nowMs;
  }

  /** It takes the place of the person's other part, unless that was given meanwhile. */
  given(event: string, person: string, part: Part, by: string, sentAtMs: number, nowMs: number): void {
    if (this.#underWay(event, person, part) === undefined) this.wanted(event, person, part, by);
    this.taken(event, person, sentAtMs, nowMs);
    const term = this.#underWay(event, person, part);
    if (term !== undefined) term.givenAtMs = nowMs;
  }

  /** What the person had when that was asked for. An organiser stays its organiser. */
  taken(event: string, person: string, sentAtMs: number, nowMs: number): void {
    this.#end(event, sentAtMs, nowMs, (term) => term.person === person && term.part !== "organizer");
  }

  /** Managers had the trust of the organiser before. Scanners stay. */
  handedOver(event: string, to: string, by: string, sentAtMs: number, nowMs: number): void {
    this.#end(event, sentAtMs, nowMs, ({ person, part }) => person === to || part !== "scanner");
    this.given(event, to, "organizer", by, sentAtMs, nowMs);
  }

  /** Whether the person could do what that part may, at that time or since. */
  works(event: string, person: string, part: Part, sinceMs: number): boolean {
    return this.#withPart(event, person, part).some(({ untilMs }) => untilMs > sinceMs);
  }

  /** Whether the person may have had that part once, or has it. */
  worked(event: string, person: string, part: Part): boolean {
    return this.#withPart(event, person, part).some((term) => term.givenAtMs !== null || isOpen(term));
  }

  /** Whether one gave the other a part, or the other had one in an event of this one's. */
  areOnRecord(one: string, other: string): boolean {
    const isGift = ({ person, by }: Term) => (person === one && by === other) || (person === other && by === one);
    const isOfTheirs = (event: string) => this.worked(event, one, "organizer") && this.worked(event, other, "scanner");
    return [...this.#terms].some(([event, terms]) => terms.some(isGift) || isOfTheirs(event));
  }

  #withPart(event: string, person: string, part: Part): readonly Term[] {
    const isEnough = (term: Term) => PARTS.indexOf(term.part) >= PARTS.indexOf(part);
    return this.#of(event).filter((term) => term.person === person && isEnough(term));
  }

  #of(event: string): readonly Term[] {
    return this.#terms.get(event) ?? [];
  }

  #underWay(event: string, person: string, part: Part): Term | undefined {
    return this.#of(event).find(
      (term) => term.person === person && term.part === part && term.givenAtMs === null && isOpen(term),
    );
  }

  #end(event: string, sentAtMs: number, nowMs: number, isIt: (term: Term) => boolean): void {
    const wasGiven = ({ givenAtMs }: Term) => givenAtMs !== null && givenAtMs <= sentAtMs;
    for (const term of this.#of(event)) if (isOpen(term) && wasGiven(term) && isIt(term)) term.untilMs = nowMs;
  }

  #add(event: string, term: Term): void {
    this.#terms.set(event, [...this.#of(event), term]);
  }
}

function isOpen({ untilMs }: Term): boolean {
  return untilMs === Number.POSITIVE_INFINITY;
}
