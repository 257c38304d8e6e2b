/** What is wrong with the plan: told beside its place, with the way there. */

import { dates, find, nameOf, root, state } from "./desk.js";
import * as plans from "./plan.js";
import { drawTabs } from "./tabs.js";
import { make, markField, t, tell } from "./words.js";

/**
 * @param parts the page's `week`, `block`, `loop` and `rules`.
 * @param acts `go(date)` to another date, `show(key, block)` opens a block, `nameOfKey(key)`.
 */
export function faultsOf({ week, block, loop, rules }, { go, show, nameOfKey }) {
  const problem = find("problem");
  /** The control beside which a refusal of the service is told. */
  let marked = null;

  /** The first block without a programme, which the service would refuse. */
  function emptyBlock() {
    for (const key of [...Object.keys(state.plan.week), ...Object.keys(state.plan.days)]) {
      const found = plans.blocksOf(state.plan, key).find(({ entries }) => !entries.length);
      if (found) return { key, block: found };
    }
    return null;
  }

  /** Tells a refusal in the bar with a way to where in the plan it is, or (`goThere`) at once beside that. */
  function refuse(error, goThere = false) {
    const place = plans.placeOf(Object.keys(error.problem?.fields ?? {})[0] ?? "");
    state.told = plans.withoutEmptyBlocks(state.plan);
    if (place && goThere) return mark(place, error.message);
    const at = place?.key ? plans.blocksOf(state.told, place.key)[place.index] : null;
    const entry = at ? at.entries[place.entry ?? -1] : state.plan.loop[place?.loop ?? -1];
    const where = [at && `${nameOfKey(place.key)}, ${at.at}`, entry && `“${nameOf(entry)}”`].filter(Boolean).join(", ");
    tell(problem, [where, error.message].filter(Boolean).join(": "));
    if (place) problem.append(" ", make("button", { type: "button", className: "button button-small", onclick: () => mark(place, error.message) }, t("Show")));
  }

  /** Brings the editor to what was refused, and tells beside it what is wrong. */
  function mark(place, text) {
    point(place, state.date);
    clear();
    marked = "rule" in place ? rules.control(place.rule) : "loop" in place ? loop.control(place.loop) : block.control(place);
    if (!marked) return tell(problem, text);
    markField(marked, text);
    marked.focus();
  }

  function clear() {
    tell(problem, "");
    if (marked) markField(marked, "");
    marked = null;
  }

  /** Brings the reader to a place of the plan. */
  function point(place, on) {
    if ("rule" in place || "loop" in place) {
      location.hash = "loop" in place ? "loop" : "rules";
      drawTabs();
      if ("loop" in place) loop.point(place.loop);
      else rules.point(place.rule);
      return;
    }
    const which = plans.blocksOf(state.told ?? state.plan, place.key)[place.index];
    if (!which || !plans.blocksOf(state.plan, place.key).includes(which)) return;
    reveal(place.key, which, on);
    block.point(place.entry);
  }

  /** Opens a block on its day, which may be another than those shown. */
  function reveal(key, which, on) {
    if (state.tab !== "week") location.hash = "week";
    if (!dates().some((one) => plans.dayOf(state.plan, one).key === key)) go(plans.isDate(key) ? key : on);
    show(key, which);
    week.focus(which);
  }

  /** Goes to the first thing that cannot be saved, which tells what is wrong with it; false where there is none. */
  function goToFault() {
    const control = root.querySelector('[aria-invalid="true"]');
    const empty = control ? null : emptyBlock();
    if (control) {
      location.hash = control.closest("[data-part]")?.dataset.part ?? "week";
      drawTabs();
      control.focus();
    } else if (empty) {
      reveal(empty.key, empty.block, plans.weekOf(state.date).find((one) => plans.dayOf(state.plan, one).key === empty.key) ?? state.date);
      block.tellEmpty();
    }
    return Boolean(control ?? empty);
  }

  return { refuse, clear, point, goToFault, told: (text) => tell(problem, text) };
}
