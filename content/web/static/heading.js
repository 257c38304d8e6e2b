/** What stands above the week: whose times they are, which dates are shown, and the way to others. */

import { all, dates, find, lang, readerZone, state } from "./desk.js";
import { t } from "./words.js";

export function drawHeading() {
  const { plan, view } = state;
  const zone = t("Times are those of the channel, %(zone)s.", { zone: plan.timezone });
  const own = t("Yours (%(zone)s) are shown in brackets.", { zone: readerZone });
  document.querySelector("[data-zone-told]").textContent = readerZone === plan.timezone ? zone : `${zone} ${own}`;
  const long = new Intl.DateTimeFormat(lang, { weekday: view === "day" ? "long" : undefined, day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const at = (one) => new Date(`${one}T00:00Z`);
  find("week-title").textContent = long.formatRange(at(dates()[0]), at(dates().at(-1)));
  find("date").value = state.date;
  for (const button of all("view")) button.setAttribute("aria-pressed", button.dataset.view === view);
  for (const [by, sign, label] of [["-1", "‹", view === "week" ? t("The week before") : t("The day before")], ["1", "›", view === "week" ? t("The week after") : t("The day after")]]) {
    const button = find(`go="${by}"`);
    button.textContent = sign;
    button.title = label;
    button.setAttribute("aria-label", label);
  }
}
