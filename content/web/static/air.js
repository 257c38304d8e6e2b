/** What the service says of a plan: the slots of a day, what is wrong with them, and when it goes on air. */

import { placeOf } from "./plan.js";
import { clockLength, make, t } from "./words.js";

const told = JSON.parse(document.getElementById("findings-words")?.textContent ?? "{}");
const lang = document.documentElement.lang;
const rank = { error: 0, warning: 1, note: 2 };
const badges = { error: ["badge-error", "Error"], warning: ["badge-warn", "Warning"], note: ["", "Note"] };
const sources = { loop: "Loop", fill: "Filler", rule: "By the rules" };

const clocks = new Map();

/** The time of day of `ms` in `timeZone`, with seconds. */
function clock(timeZone, ms) {
  if (!clocks.has(timeZone)) clocks.set(timeZone, new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone }));
  return clocks.get(timeZone).format(ms);
}

/** The slots of a day; parts of one airing are told apart from others by their breaks alone. */
export function drawAir(list, day, readerZone) {
  const now = Date.now();
  const rows = day.slots.map((slot) => {
    const onAir = slot.starts_at_ms <= now && now < slot.ends_at_ms;
    const title = slot.kind === "break" ? t("Break") : slot.title || t("Slate");
    const time = make("time", { dateTime: new Date(slot.starts_at_ms).toISOString() }, clock(day.timezone, slot.starts_at_ms));
    if (readerZone !== day.timezone) time.append(make("span", { className: "small their-time" }, ` (${clock(readerZone, slot.starts_at_ms)})`));
    const length = clockLength(slot.ends_at_ms - slot.starts_at_ms);
    return make(
      "li",
      { className: slot.kind === "break" ? "entry entry-break" : "entry", ...(onAir ? { "data-on-air": "" } : {}) },
      time,
      make("span", { className: "entry-name" }, title),
      make("span", { className: "muted small" }, [sources[slot.source] ? t(sources[slot.source]) : "", slot.territories.join(" "), length].filter(Boolean).join(" · ")),
      ...(onAir ? [make("span", { className: "badge badge-ok" }, t("On air"))] : []),
    );
  });
  if (day.truncated) rows.push(make("li", { className: "muted" }, t("There is more that is not shown here.")));
  list.replaceChildren(...rows);
}

/** Brings what is on air into view; only when the list is shown for another day. */
export function showOnAir(list) {
  const row = list.querySelector("[data-on-air]");
  list.scrollTop = row ? row.offsetTop - list.offsetTop - 40 : 0;
}

/** What a finding says and what to do about it, in the reader's language; as the service says it where unknown. */
function wordsOf(finding) {
  const values = { title: finding.title, length: clockLength(finding.seconds * 1000) };
  const filled = (text) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
  const [sentence, fix] = told[finding.code] ?? [finding.sentence ?? finding.code, finding.fix ?? ""];
  const [reason] = told[finding.reason] ?? [""];
  return { sentence: [filled(sentence), filled(reason)].filter(Boolean).join(" "), fix: filled(fix) };
}

/**
 * What is still to come of the findings of all `days` (the service's answers), the worst first; the same one of
 * several days once.
 * `show(place, date)` brings the reader to where it is in the plan.
 */
export function drawFindings(list, days, spoken, show) {
  const now = Date.now();
  const seen = new Map();
  for (const day of days)
    for (const finding of day.findings.filter(({ at_ms }) => at_ms > now)) {
      const key = finding.field ? `${finding.code} ${finding.field} ${finding.reason}` : `${finding.code} ${finding.at_ms}`;
      if (seen.has(key)) seen.get(key).count += 1;
      else seen.set(key, { finding, day, count: 1 });
    }
  const sorted = [...seen.values()].sort((a, b) => rank[a.finding.severity] - rank[b.finding.severity] || a.finding.at_ms - b.finding.at_ms);
  list.replaceChildren(
    ...sorted.map(({ finding, day, count }) => {
      const { sentence, fix } = wordsOf(finding);
      const [look, word] = badges[finding.severity];
      const place = placeOf(finding.field);
      const when = `${spoken(day.date)}, ${clock(day.timezone, finding.at_ms)}`;
      const words = make("span", { className: "finding-words" }, make("strong", {}, sentence), " ", fix, make("span", { className: "small muted finding-when" }, count > 1 ? t("%(when)s, and %(count)s times more", { when, count: count - 1 }) : when));
      const button = make("button", { type: "button", className: "button button-quiet button-small", "aria-label": `${t("Show")}: ${sentence}`, onclick: () => show(place, day.date) }, t("Show"));
      return make("li", { className: "finding" }, make("span", { className: `badge ${look}` }, t(word)), words, ...(place ? [button] : []));
    }),
  );
  return sorted.map(({ finding }) => finding.severity);
}

const moment = (timeZone) => new Intl.DateTimeFormat(lang, { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone });

/** When what was saved (or would be, with `if_saved`) is first seen. */
export function effectWords(effect, timeZone, ifSaved) {
  if (effect.effective_at_ms === null) return ifSaved ? t("If you save now, nothing changes on air in the next two weeks.") : t("Nothing changes on air in the next two weeks.");
  const time = moment(timeZone).format(effect.effective_at_ms);
  if (ifSaved) return t("If you save now, the first change on air is on %(time)s.", { time });
  return t("The first change on air is on %(time)s.", { time });
}
