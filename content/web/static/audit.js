/** Who changed a channel's plan, when, and which parts of it. */

import { orderOf } from "./plan.js";
import { make, send, t } from "./words.js";

const actions = { "schedule-renewed": "Brought up to date", "logo-changed": "Logo changed", "channel-changed": "Channel changed" };
const parts = { loop: "Base loop", fill: "What fills gaps", breaks: "Breaks", timezone: "Timezone of the channel", territories: "Countries", name: "Name of the channel", offer: "Offered to cars" };

/**
 * Asks for the history of the plan at `url` and draws it; `names` as {@link drawChanges} takes them.
 * `undo(changes, when)` gives what takes back an entry's change and all that came after it, or null where they do not tell enough.
 */
export async function drawHistory(root, url, names, undo) {
  const entries = await history(url);
  root.querySelector("[data-no-history]").hidden = entries.length > 0;
  drawChanges(root.querySelector("[data-history]"), entries, names, (entry, when) => {
    if (entry.action !== "schedule-changed") return [];
    const act = undo(entries.slice(0, entries.indexOf(entry) + 1), when);
    const label = t("Restore the plan before this");
    return act ? [make("button", { type: "button", className: "button button-small", "aria-label": `${label}: ${when}`, onclick: act }, label)] : [];
  });
}

/** What was changed of the plan at `url` since its version of that number, the newest first. */
export async function changesSince(url, number) {
  return (await history(url)).filter(({ detail }) => detail.version?.[1] > number);
}

const history = async (url) => (await send("GET", `${url}/history`).catch(() => ({ entries: [] }))).entries;

/**
 * Draws changes: when, by whom, and which parts.
 *
 * @param names `{timeZone, nameOfKey(weekday or date), titleOf(programme id)}`.
 * @param tools what can be done with an entry, told of `(entry, when)`: elements.
 */
export function drawChanges(list, entries, names, tools = () => []) {
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23", timeZone: names.timeZone });
  list.replaceChildren(
    ...entries.map((entry) =>
      make(
        "li",
        {},
        make("strong", {}, t(actions[entry.action] ?? "Saved")),
        " ",
        make("span", { className: "muted small" }, [time.format(entry.at_ms), entry.actor_name].filter(Boolean).join(" · ")),
        make("p", { className: "small muted" }, partsOf(entry.detail, names).join(", ")),
        ...tools(entry, time.format(entry.at_ms)),
      ),
    ),
  );
}

/** What a part of the plan is called, where it has a name of its own. */
export const partName = (part) => (part in parts ? t(parts[part]) : null);

/** What a change was about, in words. */
function partsOf({ version: _number, begins_at_ms: _begin, programmes = [], over = [], parts: many, more = 0, ...one }, { nameOfKey, titleOf }) {
  const keys = (many ?? Object.keys(one)).toSorted((a, b) => orderOf(a) - orderOf(b));
  const named = keys.map((key) => (partName(key) ?? nameOfKey(key.replace(/^(week|days)\./, ""))));
  const gone = over.length ? [`${t("Dates that are over")} (${over.map(nameOfKey).join(", ")})`] : [];
  return [...named, ...gone, ...programmes.map(titleOf), ...(more ? [t("and %(count)s more", { count: more })] : [])];
}
