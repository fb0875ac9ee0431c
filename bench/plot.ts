// What reports found, as bars in an SVG that can be read on light and on dark pages: it brings its own background.

import type { Bar, Report } from "./report.ts";

const WIDTH = 760;
const LABELS = 230;
const NUMBERS = 120;
const LINE = 26;
const BAR = 14;
const TITLE = 44;
const PADDING = 20;
const COLOURS = { reference: "#8b949e", peer: "#d29922", ours: "#2f81f7" };

/** Bars are as long as the median, a line over them spans the middle half of the rounds. Each report has its own scale. */
export function plot(reports: readonly Report[]): string {
  const parts: string[] = [];
  let y = PADDING;
  for (const { title, bars = [] } of reports) {
    if (bars.length === 0) continue;
    const scale = (WIDTH - LABELS - NUMBERS - 2 * PADDING) / Math.max(...bars.map(({ high }) => high));
    parts.push(`<text class="title" x="${PADDING}" y="${y + 20}">${markup(title)}, requests a second</text>`);
    y += TITLE;
    for (const bar of bars) {
      parts.push(...line(bar, y, scale));
      y += LINE;
    }
    y += PADDING;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">`,
    "<title>What the service does in a second, beside its ceiling and its peer</title>",
    "<style>",
    ".page { fill: #ffffff; stroke: #d0d7de } text { font: 13px system-ui, sans-serif; fill: #1f2328 }",
    ".title { font-weight: 600; font-size: 15px } .number { fill: #59636e } .spread { stroke: #1f2328; stroke-width: 1.5 }",
    "@media (prefers-color-scheme: dark) { .page { fill: #0d1117; stroke: #3d444d } text { fill: #f0f6fc }",
    ".number { fill: #9198a1 } .spread { stroke: #f0f6fc } }",
    "</style>",
    `<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${y - 1}" rx="8"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function line({ name, side, median, low, high }: Bar, y: number, scale: number): string[] {
  const left = PADDING + LABELS;
  const middle = y + BAR / 2;
  const colour = COLOURS[side];
  const at = (value: number) => (left + value * scale).toFixed(1);
  const spread = `M${at(low)} ${middle}H${at(high)}M${at(low)} ${middle - 4}v8M${at(high)} ${middle - 4}v8`;
  return [
    `<text x="${left - 8}" y="${middle + 4.5}" text-anchor="end">${markup(name)}</text>`,
    `<rect x="${left}" y="${y}" width="${(median * scale).toFixed(1)}" height="${BAR}" rx="2" fill="${colour}"/>`,
    `<path class="spread" fill="none" d="${spread}"/>`,
    `<text class="number" x="${(left + high * scale + 8).toFixed(1)}" y="${middle + 4.5}">${Math.round(median).toLocaleString("en")}</text>`,
  ];
}

function markup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
