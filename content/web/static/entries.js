/** A list of programmes and breaks that is arranged by buttons, keys and dragging; the loop and each block have one. */

import { dropped, stepped, withBreak } from "./order.js";
import { clockLength, inWords, make, markField, t } from "./words.js";

/**
 * @param list the `<ol>`.
 * @param desk `{programmes: Map, segmentMs, breakSegments, breakLimit}`.
 * @param changed called with the new entries and what to say of it.
 * @param refused called with what cannot be done.
 */
export function entryList(list, desk, changed, refused) {
  let entries = [];
  let dragged = null;

  const lengthOf = (entry) => (entry.segments ?? desk.programmes.get(entry.programme_id)?.segments ?? 0) * desk.segmentMs;

  function nameOf(entry) {
    return entry.kind === "break" ? t("Break") : (desk.programmes.get(entry.programme_id)?.title ?? t("Unknown programme"));
  }

  function drawEntry(entry, index) {
    const name = nameOf(entry);
    const tool = (action, label, sign, disabled) =>
      make("button", { type: "button", className: "button button-quiet button-small", disabled, title: label, "aria-label": label, "data-action": action }, sign);
    return make(
      "li",
      { className: entry.kind === "break" ? "entry entry-break" : "entry", "data-index": index, draggable: true },
      make("span", { className: "entry-name" }, name),
      entry.kind === "break" ? lengthField(entry) : make("span", { className: "muted" }, clockLength(lengthOf(entry))),
      make(
        "span",
        { className: "entry-tools" },
        tool("up", t("Move “%(name)s” up", { name }), "↑", !stepped(entries, index, -1)),
        tool("down", t("Move “%(name)s” down", { name }), "↓", !stepped(entries, index, 1)),
        tool("remove", t("Remove “%(name)s”", { name }), "✕", false),
      ),
    );
  }

  function lengthField(entry) {
    const label = t("Length of the break, minutes:seconds");
    return make("input", { className: "entry-length", value: clockLength(lengthOf(entry)), title: label, "aria-label": label, "data-length": "" });
  }

  /** Draws `next`; what is drawn already stays as it is, with its focus. */
  function show(next) {
    if (next === entries) return;
    entries = next;
    list.replaceChildren(...entries.map(drawEntry));
  }

  function take(next, words) {
    show([...next]);
    changed(entries, words);
  }

  /** Focus stays on the same button of the entry that moved, so that the keyboard can go on. */
  function focusTool(index, action) {
    const tools = list.children[index]?.querySelectorAll("button:not(:disabled)") ?? [];
    ([...tools].find((tool) => tool.dataset.action === action) ?? tools[0])?.focus();
  }

  /** Takes what `order.js` made of the list; null means that the entry has no such place. */
  function rearrange(result, action) {
    if (!result) {
      refused(t("Two breaks would follow each other there."));
      return;
    }
    const { index } = result;
    const name = nameOf(result.entries[index]);
    take(result.entries, t("“%(name)s” is now number %(number)s of %(count)s.", { name, number: index + 1, count: result.entries.length }));
    focusTool(index, action);
  }

  function move(index, by) {
    const result = stepped(entries, index, by);
    if (result) rearrange(result, by < 0 ? "up" : "down");
  }

  function remove(index) {
    take(entries.toSpliced(index, 1), t("Removed “%(name)s”.", { name: nameOf(entries[index]) }));
    focusTool(Math.min(index, entries.length - 1), "remove");
  }

  /** Segments of a typed `m:ss` (or seconds), rounded up to the grid; null if it is no length. */
  function segmentsTyped(text) {
    const found = /^(?:(\d{1,3}):)?(\d{1,4})$/.exec(text.trim());
    const [minutes, rest] = found ? [Number(found[1] ?? 0), Number(found[2])] : [0, 0];
    const seconds = minutes * 60 + rest;
    return seconds > 0 && (!found[1] || rest < 60) ? Math.ceil((seconds * 1000) / desk.segmentMs) : null;
  }

  list.addEventListener("click", ({ target }) => {
    const action = target.closest("[data-action]")?.dataset.action;
    const index = Number(target.closest("li")?.dataset.index);
    if (action === "remove") remove(index);
    else if (action) move(index, action === "up" ? -1 : 1);
  });
  list.addEventListener("change", ({ target }) => {
    if (!target.matches("[data-length]")) return;
    const index = Number(target.closest("li").dataset.index);
    const segments = segmentsTyped(target.value);
    const long = segments > desk.breakLimit;
    markField(target, segments === null ? t("A length in minutes and seconds, such as 0:30.") : long ? inWords({ code: "break-too-long" }) : "");
    if (segments === null || long) return;
    // A length shown rounded to seconds and left as it was must not grow by a segment.
    if (target.value.trim() === clockLength(lengthOf(entries[index]))) return;
    take(entries.with(index, { kind: "break", segments }), "");
  });
  list.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const row = event.target.closest("li");
    if (!by || !event.altKey || !row) return;
    event.preventDefault();
    move(Number(row.dataset.index), by);
  });

  const unmark = () => list.querySelectorAll(".drop-before, .drop-after").forEach((row) => row.classList.remove("drop-before", "drop-after"));
  /** The gap under the pointer: before the row in whose upper half it is, else after it. */
  function gapAt(event) {
    const row = event.target.closest("li");
    if (!row) return entries.length;
    const { top, height } = row.getBoundingClientRect();
    return Number(row.dataset.index) + (event.clientY > top + height / 2 ? 1 : 0);
  }
  // In a field the pointer selects text.
  list.addEventListener("pointerdown", ({ target }) => {
    const row = target.closest("li");
    if (row) row.draggable = !target.closest("input");
  });
  list.addEventListener("dragstart", (event) => {
    dragged = Number(event.target.closest("li").dataset.index);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", nameOf(entries[dragged]));
  });
  list.addEventListener("dragover", (event) => {
    if (dragged === null) return;
    event.preventDefault();
    unmark();
    const gap = gapAt(event);
    if (gap < entries.length) list.children[gap].classList.add("drop-before");
    else list.lastElementChild.classList.add("drop-after");
  });
  list.addEventListener("drop", (event) => {
    if (dragged === null) return;
    event.preventDefault();
    rearrange(dropped(entries, dragged, gapAt(event)), "up");
  });
  list.addEventListener("dragend", () => {
    dragged = null;
    unmark();
  });

  return {
    show,
    add: (entry) => take([...entries, entry], t("Added “%(name)s” at the end.", { name: nameOf(entry) })),
    addBreak: () => rearrange(withBreak(entries, { kind: "break", segments: desk.breakSegments }), "up"),
    /** Puts the focus on one entry. */
    point: (index) => focusTool(index, "up"),
    /** The control of one entry beside which something can be told. */
    control: (index) => list.children[index]?.querySelector("input, [data-action=remove]") ?? null,
  };
}
