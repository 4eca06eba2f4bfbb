/** Two agents are told apart by hue, by lightness, and by the shape of their marks. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --raised: #f5f7f9; --ink: #1b2127; --muted: #58636e; --line: #d9dfe5;
  --first: #0a62bd; --second: #b9530a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181c; --raised: #1d2329; --ink: #e7ebef; --muted: #a3aeb9; --line: #38424c;
    --first: #6cb2ff; --second: #ffa564;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 66rem;
  background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif;
}
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 3rem 0 0.5rem; font-size: 1.3rem; border-bottom: 1px solid var(--line); padding-bottom: 0.3rem; }
figcaption strong { display: block; color: var(--ink); }
p { margin: 0.5rem 0; max-width: 46rem; }
.lead, figcaption, .note, dt { color: var(--muted); }
.first { color: var(--first); font-weight: 600; }
.second { color: var(--second); font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; margin: 1rem 0; }
dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1rem 0; }
figcaption { font-size: 0.9rem; }
.wide { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 40rem; height: auto; }
svg text { fill: var(--ink); font-size: 12px; font-family: inherit; font-variant-numeric: tabular-nums; }
svg .muted { fill: var(--muted); }
svg .strong { font-weight: 600; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg line.even { stroke: var(--muted); stroke-width: 1.5; }
svg text.even { fill: var(--muted); }
svg circle.even { fill: var(--page); stroke: var(--muted); stroke-width: 2; }
svg .even-spread { stroke: var(--muted); stroke-width: 4; stroke-opacity: 0.4; }
svg .first { fill: var(--first); stroke: none; }
svg .second { fill: var(--second); stroke: none; }
svg .first-line { fill: none; stroke: var(--first); stroke-width: 2; }
svg .second-line { fill: none; stroke: var(--second); stroke-width: 2; stroke-dasharray: 6 3; }
svg .first-spread { stroke: var(--first); stroke-width: 4; stroke-opacity: 0.4; }
svg .second-spread { stroke: var(--second); stroke-width: 4; stroke-opacity: 0.4; }
table { border-collapse: collapse; width: 100%; font-size: 0.8rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding: 0.5rem 0; }
th, td { padding: 0.15rem 0.4rem; text-align: right; white-space: nowrap; }
th[scope="row"], th.left, td.left { text-align: left; }
th { font-weight: 600; }
thead th { border-bottom: 1px solid var(--line); }
tbody { border-bottom: 1px solid var(--line); }
td.aside { white-space: normal; text-align: left; color: var(--muted); }
.even { color: var(--muted); font-weight: 600; }
code { font-family: ui-monospace, "SFMono-Regular", "Liberation Mono", monospace; font-size: 0.9em; }
@media print {
  :root {
    --page: #ffffff; --raised: #ffffff; --ink: #000000; --muted: #444444; --line: #bbbbbb;
    --first: #0a62bd; --second: #b9530a;
  }
  body { padding: 0; max-width: none; font-size: 10pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  h2 { break-after: avoid; margin-top: 1.5rem; }
  figure, tbody { break-inside: avoid; }
  thead { display: table-header-group; }
  .wide { overflow: visible; }
  svg { min-width: 0; }
  table { font-size: 7pt; }
  th, td { padding: 0.1rem 0.3rem; }
}
`;
