/** The service's answers on the page: what to look at, what will air, and from when on. */

import { drawAir, drawFindings, effectWords, showOnAir } from "./air.js";
import { dates, find, readerZone, state } from "./desk.js";
import { make, t } from "./words.js";

/** What the answers drawn last were: nothing is drawn anew under a reader without need. */
let drawn = "";

/** Draws findings, the slots of one day, and when it goes on air; `spoken(date)` names a date, `point(place, date)` goes there. */
export function drawAnswers(spoken, point) {
  const { unsaved, refused, effect, onAir, plan, days, airDate } = state;
  find("air-kind").textContent = unsaved ? t("If you save now") : "";
  const telling = refused ? null : unsaved ? effect : onAir;
  const words = telling ? effectWords(telling, plan.timezone, unsaved) : "";
  if (find("when").textContent !== words) find("when").textContent = words;
  const now = `${[...days.keys()]} ${dates()} ${airDate} ${state.answered}`;
  if (now === drawn) return;
  drawn = now;
  const shown = dates().map((on) => days.get(on)).filter(Boolean);
  const severities = drawFindings(find("findings"), shown, spoken, point);
  const untold = shown.reduce((sum, day) => sum + day.untold, 0);
  find("untold").hidden = !untold;
  find("untold").textContent = t("%(count)s more that weigh less are not shown.", { count: untold });
  find("no-findings").hidden = severities.length > 0 || !shown.length;
  const errors = severities.filter((severity) => severity === "error").length;
  const link = find("findings-link");
  link.hidden = !severities.length;
  link.textContent = errors ? t("%(count)s to look at, %(errors)s of them errors", { count: severities.length, errors }) : t("%(count)s to look at", { count: severities.length });
  find("air-date").replaceChildren(...dates().map((value) => make("option", { value }, spoken(value))));
  find("air-date").value = airDate;
  const day = days.get(airDate);
  const rundown = find("rundown");
  const top = rundown.scrollTop;
  if (!day) {
    rundown.replaceChildren(); // not another day's under this one's name
    rundown.dataset.date = "";
    return;
  }
  drawAir(rundown, day, readerZone);
  rundown.scrollTop = top;
}

/** Brings what is on air into view, once for each day shown; in a part that is hidden nothing scrolls. */
export function followAir() {
  const { days, airDate } = state;
  const rundown = find("rundown");
  if (!days.has(airDate) || !rundown.clientHeight || rundown.dataset.date === airDate) return;
  showOnAir(rundown);
  rundown.dataset.date = airDate;
}
