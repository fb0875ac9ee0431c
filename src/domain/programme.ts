// How much of the programme the shop shows at first.

/** Events that the programme shows before its visitor wants more. */
export const PROGRAMME_PAGE = 20;
