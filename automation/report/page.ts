/**
 * A report as one HTML file that needs nothing else and runs nothing: no script at all, nothing loaded from anywhere, foreign
 * text escaped, mails in frames that may do nothing. Pure.
 */
import { html, Markup } from "../../sandbox/sinks/page/markup.ts";
import { emailCard, slackCard } from "../../sandbox/sinks/page/messages.ts";
import type { ArrivedMessage } from "../../sandbox/sinks/messages.ts";
import { timeText } from "../drill/table.ts";
import type { Report, ReportMoment, ReportSection } from "./model.ts";

/** Of the page; the frames of HTML mails inherit it, so styles are allowed inline. */
export const reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

const ownStyle = `
body { max-width: 62rem; }
.verdict { margin: 0 0 1rem; font-weight: 600; }
.scroll { overflow-x: auto; margin-bottom: 1.5rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
table { width: 100%; border-collapse: collapse; font-size: 0.9rem; }
th, td { padding: 0.5rem 0.75rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
td.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
td:first-child, td:nth-child(2) { white-space: nowrap; }
.badge { display: inline-block; padding: 0 0.5rem; border-radius: 999px; color: #fff; font-size: 0.78rem; font-weight: 600; }
.badge.passed { background: #1f6b46; } .badge.failed { background: #b3261e; } .badge.out { background: #6b6862; }
section { margin-top: 2.25rem; padding-top: 1.25rem; border-top: 2px solid var(--line); }
section > h2 { font-size: 1.15rem; } section > h2 + p { margin-bottom: 0.5rem; }
h4 { margin: 1.25rem 0 0.5rem; font-size: 0.95rem; color: var(--quiet); }
.quiet { color: var(--quiet); font-size: 0.9rem; }
.reason { color: #b3261e; font-weight: 600; } @media (prefers-color-scheme: dark) { .reason { color: #ff9b93; } }
.bar { display: flex; height: 0.6rem; margin: 1rem 0 0.75rem; border-radius: 999px; overflow: hidden; background: var(--line); }
.bar span { min-width: 3px; } .bar .metric, .bar .cause { background: #9a958c; } .bar .pending { background: #d99a1c; }
.bar .firing { background: #c33a2f; } .bar .counted { background: #c33a2f; } .bar .notified { background: #1f6b46; }
ol.moments { list-style: none; margin: 0; padding: 0; font-size: 0.9rem; }
ol.moments li { display: grid; grid-template-columns: 6.5rem 5rem 7.5rem 1fr; gap: 0.5rem; padding: 0.15rem 0; }
ol.moments .dot::before { content: ""; display: inline-block; width: 0.6rem; height: 0.6rem; margin-right: 0.4rem; border-radius: 50%; background: #9a958c; }
ol.moments .pending::before { background: #d99a1c; } ol.moments .firing::before, ol.moments .counted::before { background: #c33a2f; }
ol.moments .notified::before, ol.moments .resolved::before { background: #1f6b46; }
ol.moments .number { text-align: right; font-variant-numeric: tabular-nums; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; margin: 0.75rem 0; font-size: 0.88rem; }
dl.facts dt { color: var(--quiet); } dl.facts dd { overflow-wrap: anywhere; white-space: pre-line; }
@media print { section { break-inside: avoid-page; } }
@media (max-width: 40rem) { ol.moments li { grid-template-columns: 1fr 1fr; } dl.facts { grid-template-columns: 1fr; } }
`;

/** @param style the style of the inbox page, whose cards the messages are shown in */
export function reportPage(style: string, report: Report): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${reportPolicy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${report.title}: ${report.passed ? "passed" : "failed"}</title>
        <style>${new Markup(style)}${new Markup(ownStyle)}</style>
      </head>
      <body>
        <header class="top">
          <h1>${report.title} <span>${report.subtitle}</span></h1>
          <p class="quiet">${utc(Date.parse(report.startedAt), true)} UTC</p>
        </header>
        <p class="banner"><b>This is a test.</b> ${report.banner}</p>
        <p class="verdict">${badge(report.passed ? "passed" : "failed")} ${report.verdict}</p>
        ${overview(report.sections)} ${report.sections.map(sectionMarkup)}
      </body>
    </html>
`.source;
}

function overview(sections: readonly ReportSection[]): Markup {
  const rows = sections.map(
    ({ name, verdict, alert, seconds, toldTo, how }, index) => html`<tr>
      <td><a href="#section-${index}">${name}</a></td>
      <td>${badge(verdict)}</td>
      <td>${alert}</td>
      <td class="number">${seconds === undefined ? "-" : timeText(seconds)}</td>
      <td>${toldTo}</td>
      <td>${how}</td>
    </tr>`,
  );
  return html`<div class="scroll"><table>
    <thead><tr><th>What</th><th></th><th>Alert</th><th>Cause to message</th><th>Told to</th><th>Time</th></tr></thead>
    <tbody>${rows}</tbody>
  </table></div>`;
}

function badge(verdict: ReportSection["verdict"]): Markup {
  return html`<span class="badge ${verdict === "left out" ? "out" : verdict}">${verdict}</span>`;
}

function sectionMarkup(section: ReportSection, index: number): Markup {
  const { name, title, verdict, alert, method, reason, facts, timeline, messages, ended } = section;
  return html`<section id="section-${index}">
    <h2>${name} ${badge(verdict)}</h2>
    <p>${title}</p>
    ${reason === undefined ? undefined : html`<p class="reason">${reason}</p>`}
    <p class="quiet">Alert: ${alert}. Time: ${method}.</p>
    ${timelineMarkup(timeline)}
    ${facts.length === 0 ? undefined : html`<dl class="facts">${facts.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`}
    ${messages.length === 0 ? undefined : html`<h4>As it arrived</h4>${messages.map(card)}`}
    ${ended.length === 0 ? undefined : html`<details><summary>How the end was told</summary>${ended.map(card)}</details>`}
  </section>`;
}

function card(message: ArrivedMessage): Markup {
  if (message.kind === "slack") return slackCard(message);
  return message.kind === "email" ? emailCard(message) : html``;
}

function timelineMarkup(timeline: readonly ReportMoment[]): Markup {
  const [first] = timeline;
  if (first === undefined) return html``;
  return html`<div class="bar" aria-hidden="true">${barParts(timeline)}</div>
    <ol class="moments">
      ${timeline.map(
        ({ at, what, text }) => html`<li>
          <span class="dot ${what}">${what}</span>
          <time datetime="${new Date(at).toISOString()}">${utc(at, false)}</time>
          <span class="number">+${timeText(Math.max(0, (at - first.at) / 1000))}</span>
          <span>${text}</span>
        </li>`,
      )}
    </ol>`;
}

/** One piece from each moment to the next; as wide as it lasted. Moments of the end are left out: they are the drill's own. */
function barParts(timeline: readonly ReportMoment[]): Markup[] {
  const shown = timeline.filter(({ what }) => what !== "resolved");
  return shown.slice(0, -1).map(({ at, what }, index) => {
    const lasted = Math.max(0, ((shown[index + 1]?.at ?? at) - at) / 1000);
    return html`<span class="${what}" style="flex: ${lasted.toFixed(1)} 1 0" title="${what}: ${timeText(lasted)}"></span>`;
  });
}

function utc(at: number, withDay: boolean): string {
  const text = new Date(at).toISOString();
  return withDay ? text.slice(0, 19).replace("T", " ") : text.slice(11, 19);
}
