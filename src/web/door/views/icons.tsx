// Signs that differ by their shape, not by colour alone.

const PATHS = {
  good: "M20 52 42 74 82 28",
  bad: "M26 26 76 76 M76 26 26 76",
  unsure: "M34 36a17 17 0 1 1 24 16c-6 3-8 6-8 13 M50 80v2",
  out: "M22 50h50 M54 30l20 20-20 20 M84 20v60",
} as const;

export type Sign = keyof typeof PATHS;

export function BigSign({ sign }: { readonly sign: Sign }) {
  return (
    <svg class="sign" viewBox="0 0 102 102" aria-hidden="true" focusable="false">
      <path
        d={PATHS[sign]}
        fill="none"
        stroke="currentColor"
        stroke-width="11"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
