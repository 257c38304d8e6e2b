/** The schedule's desk: an ordered list that is arranged by buttons, keys and dragging, previewed by the service, and saved whole. */

import { dropped, stepped, withBreak } from "./order.js";
import { clockLength, make, markFields, Refused, send, t, tell } from "./words.js";

const newChannel = document.querySelector("[data-create-channel]");
newChannel?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = newChannel.querySelector("[data-problem]");
  tell(problem, "");
  try {
    await send("POST", "/v1/channels", Object.fromEntries(new FormData(newChannel)));
    location.reload();
  } catch (error) {
    if (!markFields(newChannel, error.problem?.fields)) tell(problem, error.message);
  }
});
newChannel?.elements.name.addEventListener("input", suggestSlug);
if (newChannel?.elements.name.value) suggestSlug(); // typed before this script was there

function suggestSlug() {
  const plain = newChannel.elements.name.value.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  newChannel.elements.slug.value = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40);
}

const root = document.querySelector("[data-desk]");
if (root) openDesk();

function openDesk() {
  const desk = JSON.parse(document.getElementById("desk").textContent);
  const find = (name) => root.querySelector(`[data-${name}]`);
  const [list, said, problem, conflict, start] =
    [find("entries"), find("said"), find("problem"), find("conflict"), find("start")];
  const programmes = new Map(desk.programmes.map((programme) => [programme.programme_id, programme]));
  const url = `/v1/channels/${encodeURIComponent(desk.channel_id)}/schedule`;
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium" });
  let entries = desk.entries;
  let version = desk.version;
  let unsaved = false;
  let previewTimer = 0;
  let previews = 0;

  const nameOf = (entry) =>
    entry.kind === "break" ? t("Break") : (programmes.get(entry.programme_id)?.title ?? t("Unknown programme"));
  const segmentsOf = (entry) => entry.segments ?? programmes.get(entry.programme_id)?.segments ?? 0;

  function draw() {
    list.replaceChildren(...entries.map(drawEntry));
    find("empty").hidden = entries.length > 0;
    const ms = entries.reduce((sum, entry) => sum + segmentsOf(entry), 0) * desk.segment_ms;
    const counted = { count: entries.length, length: clockLength(ms) };
    find("total").textContent = entries.length ? t("%(count)s entries, %(length)s in all, then from the start again", counted) : "";
    find("unsaved").hidden = !unsaved;
  }

  function drawEntry(entry, index) {
    const name = nameOf(entry);
    const tool = (action, label, sign, disabled) =>
      make("button", { type: "button", className: "button button-quiet button-small", disabled, title: label, "aria-label": label, "data-action": action }, sign);
    return make(
      "li",
      { className: entry.kind === "break" ? "entry entry-break" : "entry", "data-index": index, draggable: true },
      make("span", { className: "entry-name" }, name),
      entry.kind === "break" ? lengthField(entry) : make("span", { className: "muted" }, clockLength(segmentsOf(entry) * desk.segment_ms)),
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
    const value = clockLength(entry.segments * desk.segment_ms);
    return make("input", { className: "entry-length", value, title: label, "aria-label": label, "data-length": "" });
  }

  function changed(words) {
    unsaved = true;
    said.textContent = words ?? "";
    tell(problem, "");
    draw();
    clearTimeout(previewTimer);
    previewTimer = setTimeout(preview, 300);
  }

  /** Focus stays on the same button of the entry that moved, so that the keyboard can go on. */
  function focusTool(index, action) {
    const tools = list.children[index]?.querySelectorAll("button:not(:disabled)") ?? [];
    ([...tools].find((tool) => tool.dataset.action === action) ?? tools[0] ?? find("add-break")).focus();
  }

  /** Takes what `order.js` made of the list; null means that the entry has no such place. */
  function rearrange(result, action) {
    if (!result) {
      tell(problem, t("Two breaks would follow each other there."));
      return;
    }
    const { index } = result;
    entries = result.entries;
    changed(t("“%(name)s” is now number %(number)s of %(count)s.", { name: nameOf(entries[index]), number: index + 1, count: entries.length }));
    focusTool(index, action);
  }

  function move(index, by) {
    const result = stepped(entries, index, by);
    if (result) rearrange(result, by < 0 ? "up" : "down");
  }

  function remove(index) {
    const [entry] = entries.splice(index, 1);
    changed(t("Removed “%(name)s”.", { name: nameOf(entry) }));
    focusTool(Math.min(index, entries.length - 1), "remove");
  }

  function add(entry) {
    entries.push(entry);
    changed(t("Added “%(name)s” at the end.", { name: nameOf(entry) }));
  }

  /** Segments of a typed `m:ss` (or seconds), rounded up to the grid; null if it is no length. */
  function segmentsTyped(text) {
    const found = /^(?:(\d{1,3}):)?(\d{1,4})$/.exec(text.trim());
    const seconds = found ? Number(found[1] ?? 0) * 60 + Number(found[2]) : 0;
    return seconds > 0 ? Math.ceil((seconds * 1000) / desk.segment_ms) : null;
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
    target.toggleAttribute("aria-invalid", segments === null);
    if (segments === null) {
      tell(problem, t("A length in minutes and seconds, such as 0:30."));
      return;
    }
    // A length shown rounded to seconds and left as it was must not grow by a segment.
    if (target.value.trim() === clockLength(entries[index].segments * desk.segment_ms)) return;
    entries[index] = { kind: "break", segments };
    changed();
  });
  list.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const row = event.target.closest("li");
    if (!by || !event.altKey || !row) return;
    event.preventDefault();
    move(Number(row.dataset.index), by);
  });

  let dragged = null;
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
  find("add-break").addEventListener("click", () => {
    const entry = { kind: "break", segments: desk.break_segments };
    rearrange(withBreak(entries, entry), "up");
  });
  start.addEventListener("change", () => unsaved && preview());

  /** From when on it plays, as the service says: what is saved, or what would be. */
  function drawWhen(startsAtMs) {
    const values = { time: time.format(startsAtMs) };
    if (unsaved) find("when").textContent = t("If you save now, it goes on air at %(time)s.", values);
    else find("when").textContent = startsAtMs > Date.now() ? t("It goes on air at %(time)s.", values) : "";
  }

  function drawShelf() {
    const shelf = find("shelf");
    if (!shelf) return;
    const wanted = find("search").value.trim().toLocaleLowerCase();
    const shown = desk.programmes.filter((programme) => programme.title.toLocaleLowerCase().includes(wanted));
    shelf.replaceChildren(
      ...shown.map((programme) =>
        make(
          "li",
          { className: "entry" },
          make("span", { className: "entry-name" }, programme.title),
          make("span", { className: "muted" }, clockLength(programme.segments * desk.segment_ms)),
          make("button", {
            type: "button",
            className: "button button-small",
            "aria-label": `${t("Add")} “${programme.title}”`,
            onclick: () => add({ kind: "programme", programme_id: programme.programme_id }),
          }, t("Add")),
        ),
      ),
    );
    if (!shown.length) shelf.append(make("li", { className: "muted" }, t("Nothing matches.")));
  }
  find("search")?.addEventListener("input", drawShelf);

  function drawRundown(rundown) {
    const now = Date.now();
    find("rundown").replaceChildren(
      ...rundown.map((slot) => {
        const title = slot.kind === "break" ? t("Break") : slot.title || t("Slate");
        const onAir = slot.starts_at_ms <= now && now < slot.ends_at_ms;
        return make(
          "li",
          { className: slot.kind === "break" ? "entry entry-break" : "entry" },
          make("time", { dateTime: new Date(slot.starts_at_ms).toISOString() }, time.format(slot.starts_at_ms)),
          make("span", { className: "entry-name" }, title),
          ...(onAir ? [make("span", { className: "badge badge-ok" }, t("On air"))] : []),
        );
      }),
    );
    find("preview-kind").textContent = unsaved ? t("If you save now") : "";
  }

  /** The service's own answer to what would play; only the newest question's answer is shown. */
  async function preview() {
    const mine = ++previews;
    try {
      const answer = unsaved
        ? await send("POST", `${url}/preview`, { entries, start: start.value })
        : await send("GET", url);
      if (mine !== previews) return;
      tell(problem, "");
      drawRundown(answer.rundown);
      drawWhen(answer.starts_at_ms);
    } catch (error) {
      if (mine === previews && unsaved) tell(problem, error.message);
    }
  }

  async function save() {
    const button = find("save");
    button.disabled = true;
    tell(problem, "");
    conflict.hidden = true;
    try {
      const saved = await send("PUT", url, { version, entries, start: start.value });
      version = saved.version;
      unsaved = false;
      said.textContent = t("Saved. It goes on air at %(time)s.", { time: time.format(saved.starts_at_ms) });
      draw();
      await preview();
    } catch (error) {
      if (error instanceof Refused && error.problem.code === "schedule-changed") conflict.hidden = false;
      else tell(problem, error.message);
    }
    button.disabled = false;
  }

  find("save").addEventListener("click", save);
  find("load").addEventListener("click", () => {
    unsaved = false;
    location.reload();
  });
  find("overwrite").addEventListener("click", async () => {
    try {
      version = (await send("GET", url)).version;
      await save();
    } catch (error) {
      tell(problem, error.message);
    }
  });
  window.addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
  setInterval(() => document.hidden || preview(), 30_000);

  draw();
  drawShelf();
  drawRundown(desk.rundown);
  drawWhen(desk.starts_at_ms);
}
