"""The page's style sheet: light and dark, phones and paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --ink: #1d2433; --soft: #5b6577; --paper: #ffffff; --panel: #f4f6fa; --line: #d8dee9;
  --first: #1f6feb; --second: #c2410c; --third: #15803d; --wrong: #dc2626; --right: #16a34a; --note: #fff4d6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9f0; --soft: #9aa5b8; --paper: #11151d; --panel: #1a202c; --line: #333c4d;
    --first: #6cb0ff; --second: #ff9e64; --third: #6fdd8b; --wrong: #f87171; --right: #4ade80; --note: #3b3113;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body {
  margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 4rem; max-width: 68rem;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; color: var(--ink); background: var(--paper);
}
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.8rem 0 .8rem; padding-top: .6rem; border-top: 1px solid var(--line); }
p { max-width: 46rem; margin: .6rem 0; }
p.lead { font-size: 1.15rem; }
p.soft, figcaption, caption, .about { color: var(--soft); font-size: .9rem; }
p.warning { background: var(--note); padding: .6rem .9rem; border-radius: .4rem; }
a { color: var(--first); }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1rem; margin: 1.2rem 0; font-size: .9rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .8rem; margin: 1.2rem 0; padding: 0; }
.tiles div { background: var(--panel); border-radius: .6rem; padding: .8rem 1rem; }
.tiles dt { color: var(--soft); font-size: .85rem; }
.tiles dd { margin: .1rem 0 0; font-size: 1.6rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.2; }
.tiles small { display: block; color: var(--soft); font-size: .8rem; font-weight: 400; }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .93rem; }
caption { text-align: left; padding-bottom: .3rem; }
th, td { padding: .28rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th, td { overflow-wrap: break-word; max-width: 26rem; }
th:first-child, td:first-child { min-width: 8rem; }
th { color: var(--soft); font-weight: 600; }
.number { text-align: right; }
td.number { white-space: nowrap; }
.matrix th, .matrix td { min-width: 2.2rem; text-align: right; padding: .25rem .45rem; }
.matrix tr > :first-child { text-align: left; min-width: 7rem; max-width: 14rem; }
.matrix thead th { vertical-align: bottom; }
.matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 11rem; }
.matrix td { background: color-mix(in srgb, var(--wrong) calc(var(--share) * 100%), transparent); }
.matrix td.right { background: color-mix(in srgb, var(--right) calc(var(--share) * 55%), transparent); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1.2rem; }
figure { margin: .8rem 0; max-width: 34rem; }
figure svg { width: 100%; height: auto; display: block; overflow: visible; font-family: inherit; }
figure svg * { stroke-linejoin: round; stroke-linecap: butt; }
figcaption b { color: var(--ink); }
.cards { padding: 0; list-style: none; display: grid; gap: .7rem; }
.cards li { background: var(--panel); border-radius: .5rem; padding: .6rem .9rem; }
.about { margin: 0 0 .2rem; max-width: none; }
.about b { color: var(--ink); }
blockquote { margin: 0; overflow-wrap: anywhere; max-width: 60rem; }
details { margin: .8rem 0; }
summary { cursor: pointer; color: var(--first); }
@media (max-width: 30rem) { th, td { padding: .25rem .4rem; } table { font-size: .85rem; } }
@media print {
  :root { font-size: 10pt; --ink: #000; --soft: #444; --paper: #fff; --panel: #f2f2f2; --line: #ccc; }
  body { max-width: none; padding: 0; print-color-adjust: exact; }
  nav { display: none; }
  figure, .cards li, tr, .tiles div { break-inside: avoid; }
  h2 { break-after: avoid; }
  .plots { grid-template-columns: 1fr 1fr; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
"""
