/** Who changed a channel's plan, when, and which parts of it. */

import { orderOf } from "./plan.js";
import { make, send, t } from "./words.js";

const parts = { loop: "Base loop", fill: "What fills gaps", breaks: "Breaks", timezone: "Timezone of the channel", territories: "Countries" };

/**
 * Asks for the history of the plan at `url` and draws it.
 *
 * @param names `{timeZone, nameOfActor(id), nameOfKey(weekday or date), titleOf(programme id)}`.
 */
export async function drawHistory(root, url, names) {
  const { entries } = await send("GET", `${url}/history`).catch(() => ({ entries: [] }));
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23", timeZone: names.timeZone });
  root.querySelector("[data-no-history]").hidden = entries.length > 0;
  root.querySelector("[data-history]").replaceChildren(
    ...entries.map(({ actor, at_ms: atMs, action, detail }) =>
      make(
        "li",
        {},
        make("strong", {}, action === "schedule-renewed" ? t("Brought up to date") : t("Saved")),
        " ",
        make("span", { className: "muted small" }, [time.format(atMs), names.nameOfActor(actor)].filter(Boolean).join(" · ")),
        make("p", { className: "small muted" }, partsOf(detail, names).join(", ")),
      ),
    ),
  );
}

/** What a change was about, in words. */
function partsOf({ version: _number, begins_at_ms: _begin, programmes = [], over = [], parts: many, more = 0, ...one }, { nameOfKey, titleOf }) {
  const keys = (many ?? Object.keys(one)).toSorted((a, b) => orderOf(a) - orderOf(b));
  const named = keys.map((key) => (key in parts ? t(parts[key]) : nameOfKey(key.replace(/^(week|days)\./, ""))));
  const gone = over.length ? [`${t("Dates that are over")} (${over.map(nameOfKey).join(", ")})`] : [];
  return [...named, ...gone, ...programmes.map(titleOf), ...(more ? [t("and %(count)s more", { count: more })] : [])];
}
