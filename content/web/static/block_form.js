/** The panel of one block: every change is taken at once, and the week beside shows it. */

import { entryList } from "./entries.js";
import { clockOf, contentLength, endTyped, isDate, secondsOf, timeTyped } from "./plan.js";
import { clockLength, make, markField, t } from "./words.js";

/**
 * @param root the page's desk.
 * @param desk what entry lists need; `lengthOf(entry)` in seconds.
 * @param acts `change(key, block, next, toKey)`, `copy(block, toKey)`, `close()`, `tell(words)`, `targets()` as
 *   `[[key, name]]` of the days to copy to, `dayName(key)`.
 */
export function blockForm(root, desk, acts) {
  const panel = root.querySelector(".sched-aside");
  const panels = panel.querySelectorAll("[data-block-panel]");
  const find = (name) => panel.querySelector(`[data-${name}]`);
  const field = (name) => panel.querySelector(`[data-block="${name}"]`);
  let key = "";
  let block = null;

  const list = entryList(find("block-entries"), desk, (entries, words) => change({ ...block, entries }, words), acts.tell);

  function change(next, words = "") {
    const before = block;
    block = next;
    acts.change(key, before, next, key, words);
    drawTotal();
  }

  /** Shows `next`, which stands on the day `nextKey`; null closes the panel. */
  function show(nextKey, next) {
    const other = next !== block || nextKey !== key;
    [key, block] = [nextKey, next];
    for (const one of panels) one.hidden = !block;
    if (!other) return;
    for (const name of ["at", "until"]) markField(field(name), "");
    find("block-fault").textContent = "";
    if (!block) return;
    find("copy").hidden = true;
    find("block-day").textContent = isDate(key) ? t("Only on %(day)s", { day: acts.dayName(key) }) : t("On every %(weekday)s", { weekday: acts.dayName(key) });
    for (const name of ["at", "until"]) if (document.activeElement !== field(name)) field(name).value = block[name] ?? "";
    field("repeat").checked = block.repeat ?? false;
    field("start").value = block.start ?? "wait";
    list.show(block.entries);
    drawTotal();
  }

  function drawTotal() {
    const length = contentLength(block, desk.lengthOf);
    find("block-empty").hidden = block.entries.length > 0;
    if (block.entries.length) find("block-fault").textContent = "";
    const over = block.until ? secondsOf(block.at) + length - secondsOf(block.until) : 0;
    const all = { length: clockLength(length * 1000), time: clockOf(Math.round(secondsOf(block.at) + length) % 86_400) };
    const words = [block.repeat ? t("%(length)s in all, then from the start again", all) : t("%(length)s in all, until %(time)s", all)];
    if (over > 1) words.push(t("%(length)s more than there is time for", { length: clockLength(over * 1000) }));
    find("block-total").textContent = block.entries.length ? words.join("; ") : "";
  }

  panel.addEventListener("change", ({ target }) => {
    const name = target.dataset.block;
    if (!name) return;
    if (target.type === "checkbox") return change({ ...block, [name]: target.checked });
    if (name === "start") return change({ ...block, start: target.value });
    takeTimes();
  });

  /** Takes both times, or tells beside each what is wrong with it: mending one may mend the other. */
  function takeTimes() {
    const read = (name, reader) => ((text) => ({ text, time: reader(text) }))(field(name).value.trim());
    const [at, until] = [read("at", timeTyped), read("until", endTyped)];
    const reversed = at.time && until.time && secondsOf(until.time) <= secondsOf(at.time);
    markField(field("at"), at.time ? "" : t("A time of day such as 20:30."));
    markField(field("until"), until.text && !until.time ? t("A time of day such as 20:30.") : reversed ? t("The end of a block must come after its beginning, on the same date.") : "");
    if (!at.time || reversed || (until.text && !until.time)) return;
    [field("at").value, field("until").value] = [at.time, until.time ?? ""];
    change({ ...block, at: at.time, until: until.time });
  }

  find("block-break").addEventListener("click", () => list.addBreak());
  find("block-remove").addEventListener("click", () => acts.change(key, block, null));
  find("close").addEventListener("click", () => acts.close());
  find("block-copy").addEventListener("click", () => {
    find("copy").hidden = !find("copy").hidden;
    find("copy-to").replaceChildren(...acts.targets().map(([value, name]) => make("option", { value }, name)));
    if (!find("copy").hidden) find("copy-to").focus();
  });
  find("copy").addEventListener("submit", (event) => {
    event.preventDefault();
    acts.copy(block, find("copy-to").value);
    find("copy").hidden = true;
    find("block-copy").focus();
  });

  return {
    show,
    add: (entry) => list.add(entry),
    focus: () => panel.querySelector("h2").focus(),
    point: (entry) => (entry === null ? panel.querySelector("h2").focus() : list.point(entry)),
    /** The control of what a refusal names: an entry, or else one of the times. */
    control: ({ entry, time }) => (entry === null ? field(time ?? "at") : list.control(entry)),
    /** Tells that there is nothing to play, where something can be added. */
    tellEmpty() {
      find("block-fault").textContent = t("This block has no programme. Add one, or remove the block.");
      const search = panel.querySelector("[data-search]");
      search?.setAttribute("aria-describedby", find("block-fault").id);
      (search ?? panel.querySelector("h2")).focus();
    },
  };
}
