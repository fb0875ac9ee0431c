// A small evening with kills. Longer: `npm run crash -- --evening`.

import { expect, inject, test } from "vitest";
import { playKilledEvening } from "../../crash/evening.ts";
import { useFolder } from "../../support/built-service.ts";

const KILLS = 5;
const LONGEST_MS = 600_000;

const folder = useFolder("evening-killed");

test(
  "an evening adds up although everything is killed and started again, from the sale to the door",
  async () => {
    const seed = Date.now() % 1_000_000;
    const size = { people: 120, places: 80, kills: KILLS };
    const script = inject("worker");
    const evening = await playKilledEvening({ ...size, seed, script, folder: folder.path, say: () => {} });
    expect([...evening.differs], `seed ${seed}`).toEqual([]);
    expect(evening.killed).toBeGreaterThan(KILLS / 2);
    expect(evening.line.counts.repeats).toBeGreaterThan(0);
  },
  LONGEST_MS,
);
