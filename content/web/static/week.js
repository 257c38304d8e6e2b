/** The week (or one day) to scale: columns of blocks that are opened, moved and resized by pointer and by keys. */

import { blocksOf, clockIn, clockOf, dateIn, DAY_S, dayOf, moved, placeOf, resized, secondsOf, spanOf } from "./plan.js";
import { clockLength, make, t } from "./words.js";

const SNAP_S = 300;
const NEW_SNAP_S = 900;
const HOUR_PX = { week: 40, day: 72 };

/**
 * @param place the element to draw into.
 * @param acts what the page does: `open(key, block)`, `change(key, block, next, toKey)`, `create(date, at)`,
 *   `ownDay(date)`, `weekday(date)`, `showDay(date)`, and the lookups `nameOf(entry)`, `lengthOf(entry)` (seconds).
 */
export function weekGrid(place, acts) {
  const lang = document.documentElement.lang;
  const shortName = new Intl.DateTimeFormat(lang, { weekday: "short", timeZone: "UTC" });
  const fullName = new Intl.DateTimeFormat(lang, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  const everyName = new Intl.DateTimeFormat(lang, { weekday: "long", timeZone: "UTC" });
  let shown = null;
  let scale = HOUR_PX.week / 3600;
  let drag = null;
  /** How far each view was scrolled when it was last seen. */
  const tops = {};

  const every = (date) => t("every %(weekday)s", { weekday: everyName.format(new Date(`${date}T00:00Z`)) });
  const spoken = (date) => fullName.format(new Date(`${date}T00:00Z`));

  /** `state`: `{plan, dates, view, selected, today, nowS, days}`; `days` has the service's answers by date. */
  function draw(state) {
    shown = state;
    if (drag && !drag.done) return; // under the pointer nothing is replaced
    const focused = place.contains(document.activeElement) ? document.activeElement : null;
    const held = keepable(focused);
    scale = HOUR_PX[state.view] / 3600;
    const scroller = place.querySelector(".week-scroll");
    if (scroller?.dataset.placed) tops[scroller.dataset.placed] = scroller.scrollTop;
    const hours = Array.from({ length: 24 }, (_, hour) => {
      const line = make("span", { className: "hour" }, `${String(hour).padStart(2, "0")}:00`);
      line.style.top = `${hour * 3600 * scale}px`;
      return line;
    });
    const body = make("div", { className: "week-body" }, make("div", { className: "hours", "aria-hidden": "true" }, ...hours), ...state.dates.map(drawDay));
    body.style.height = `${DAY_S * scale}px`;
    body.style.setProperty("--hour", `${3600 * scale}px`);
    place.classList.toggle("week-one", state.view === "day");
    const drawn = make("div", { className: "week-scroll" }, make("div", { className: "week-heads" }, make("span"), ...state.dates.map(drawHead)), body);
    place.replaceChildren(drawn);
    drawn.scrollTop = tops[state.view] ?? firstHour(state) * 3600 * scale;
    drawn.dataset.placed = drawn.clientHeight ? state.view : ""; // in a part that is hidden nothing scrolls
    refocus(held);
  }

  const elementOf = (block) => [...place.querySelectorAll(".block")].find((element) => element.block === block);

  /** What has the focus, in a way that outlives its element: a block, or a button of a day's head. */
  function keepable(element) {
    const head = element?.closest(".head");
    if (head) return { date: head.dataset.date, name: element.className };
    const found = element?.closest(".block");
    return found ? { block: found.block } : null;
  }

  function refocus(held) {
    if (held?.block) elementOf(held.block)?.focus({ preventScroll: true });
    else if (held) place.querySelector(`.head[data-date="${held.date}"] .${held.name}`)?.focus({ preventScroll: true });
  }

  /** Where the view begins: a little before now where today is shown, else before the first block of the morning. */
  function firstHour({ plan, dates, today, nowS }) {
    if (dates.includes(today)) return Math.max(0, nowS / 3600 - 1);
    const starts = dates.flatMap((date) => dayOf(plan, date).blocks.map((block) => secondsOf(block.at)));
    return Math.max(0, Math.floor(Math.min(...starts, 8 * 3600) / 3600) - 0.5);
  }

  function drawHead(date) {
    const { own } = dayOf(shown.plan, date);
    const name = `${shortName.format(new Date(`${date}T00:00Z`))} ${Number(date.slice(8))}`;
    return make(
      "div",
      { className: date === shown.today ? "head head-today" : "head", "data-date": date },
      make("button", { type: "button", className: "head-name", title: spoken(date), "aria-label": spoken(date), onclick: () => acts.showDay(date) }, name),
      make("span", { className: own ? "head-kind head-own" : "head-kind" }, own ? t("this date only") : every(date)),
      own
        ? make("button", { type: "button", className: "head-act", "aria-label": `${t("As every week")}: ${spoken(date)}`, onclick: () => acts.weekday(date) }, t("As every week"))
        : make("button", { type: "button", className: "head-act", "aria-label": `${t("Only this date…")}: ${spoken(date)}`, onclick: () => acts.ownDay(date) }, t("Only this date…")),
    );
  }

  function drawDay(date) {
    const { key, blocks, own } = dayOf(shown.plan, date);
    const column = make("div", { className: own ? "day day-own" : "day", role: "group", "aria-label": `${spoken(date)}, ${own ? t("this date only") : every(date)}`, "data-date": date, "data-key": key });
    column.append(...blocks.map((block, index) => drawBlock(date, key, blocks, block, index)));
    if (shown.view === "day") column.append(...drawSlots(date));
    if (!blocks.length) column.append(make("p", { className: "day-empty small muted" }, t("The loop, all day")));
    if (date === shown.today) {
      const now = make("span", { className: "now", "aria-hidden": "true" });
      now.style.top = `${shown.nowS * scale}px`;
      column.append(now);
    }
    return column;
  }

  /** What the service makes of the day, to scale beside its blocks. */
  function drawSlots(date) {
    const day = shown.days.get(date);
    return (day?.slots ?? []).map((slot) => {
      const [from, to] = [slot.starts_at_ms, slot.ends_at_ms].map((ms) => secondsIn(date, ms, day.timezone));
      const height = (to - from) * scale;
      const name = slot.kind === "break" ? t("Break") : slot.title || t("Slate");
      const element = make("span", { className: `airs airs-${slot.kind === "break" ? "break" : slot.source}`, "aria-hidden": "true", title: `${clockOf(from)} ${name}` }, height > 13 ? name : "");
      element.style.top = `${from * scale}px`;
      element.style.height = `${Math.max(1, height - 1)}px`;
      return element;
    });
  }

  /** Where `ms` is on `date`, in seconds of its wall clock; its start or end where it is on another date. */
  function secondsIn(date, ms, timeZone) {
    const local = dateIn(timeZone, ms);
    if (local !== date) return local < date ? 0 : DAY_S;
    return secondsOf(clockIn(timeZone, ms));
  }

  function drawBlock(date, key, blocks, block, index) {
    const { from, to } = spanOf(blocks, index, acts.lengthOf);
    const names = block.entries.filter((entry) => entry.kind !== "break").map(acts.nameOf);
    const worst = worstFinding(date, key, block);
    const title = names[0] ?? t("Empty block");
    const more = names.length > 1 ? t("and %(count)s more", { count: names.length - 1 }) : "";
    const times = `${clockOf(from)}–${clockOf(Math.round(to / 60) * 60)}`;
    const ways = [block.start === "cut" ? t("cuts") : "", block.repeat ? t("begins again") : ""].filter(Boolean);
    const element = make(
      "button",
      {
        type: "button",
        className: ["block", block === shown.selected && "block-open", worst && `block-${worst}`, block.repeat && "block-repeat"].filter(Boolean).join(" "),
        block,
        "data-index": index,
        "aria-describedby": "week-keys",
        "aria-label": [spoken(date), times, title, more, ...ways, worst && t("look at the findings")].filter(Boolean).join(", "),
      },
      make("span", { className: "block-time" }, `${clockOf(from)}${block.start === "cut" ? " ✂" : ""}${block.repeat ? " ↻" : ""}`),
      make("span", { className: "block-name" }, title),
      ...(shown.view === "day" ? block.entries.slice(1).map((entry) => make("span", { className: "block-more small" }, `${acts.nameOf(entry)} · ${clockLength(acts.lengthOf(entry) * 1000)}`)) : more ? [make("span", { className: "block-more small" }, more)] : []),
      make("span", { className: "block-grip", "data-grip": "" }),
    );
    element.style.top = `${from * scale}px`;
    element.style.height = `${Math.max(20, (to - from) * scale - 1)}px`;
    return element;
  }

  /** The severity of the worst that was found of a block; findings name it by its place in the plan that was asked about. */
  function worstFinding(date, key, block) {
    const findings = shown.days.get(date)?.findings ?? [];
    const own = findings.filter(({ field }) => {
      const found = placeOf(field);
      return found?.key === key && blocksOf(shown.told, key)[found.index] === block;
    });
    return ["error", "warning"].find((severity) => own.some((finding) => finding.severity === severity)) ?? "";
  }

  const blockAt = (element) => {
    const { key, date } = element.closest(".day").dataset;
    return { key, date, block: element.block };
  };
  const snapped = (seconds, to) => Math.round(seconds / to) * to;

  place.addEventListener("click", (event) => {
    const dragged = drag?.moved;
    drag = null;
    if (dragged) return;
    const element = event.target.closest(".block");
    if (element) {
      const { key, block } = blockAt(element);
      acts.open(key, block);
    } else {
      const column = event.target.closest(".day");
      if (column) acts.create(column.dataset.date, Math.floor((event.clientY - column.getBoundingClientRect().top) / scale / NEW_SNAP_S) * NEW_SNAP_S);
    }
  });
  place.addEventListener("pointerdown", (event) => {
    drag = null;
    const element = event.target.closest(".block");
    if (!element || event.button) return;
    drag = { element, ...blockAt(element), grip: Boolean(event.target.closest("[data-grip]")), y: event.clientY, x: event.clientX, moved: false, height: element.offsetHeight, top: element.offsetTop };
    element.setPointerCapture(event.pointerId);
  });
  place.addEventListener("pointermove", (event) => {
    if (!drag || !event.buttons) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    drag.moved = true;
    drag.element.classList.add("block-moving");
    if (drag.grip) {
      drag.until = snapped((drag.top + drag.height + dy) / scale, SNAP_S);
      drag.element.style.height = `${Math.max(12, drag.until * scale - drag.top)}px`;
      drag.element.querySelector(".block-time").textContent = `→ ${clockOf(Math.min(DAY_S, Math.max(0, drag.until)))}`;
      return;
    }
    drag.at = Math.max(0, Math.min(DAY_S - SNAP_S, snapped(secondsOf(drag.block.at) + dy / scale, SNAP_S)));
    const column = [...place.querySelectorAll(".day")].find((day) => {
      const { left, right } = day.getBoundingClientRect();
      return left <= event.clientX && event.clientX < right;
    });
    drag.to = column?.dataset.key ?? drag.key;
    if (column && drag.element.parentElement !== column) drag.element.style.transform = `translateX(${column.offsetLeft - drag.element.parentElement.offsetLeft}px)`;
    else drag.element.style.transform = "";
    drag.element.style.top = `${drag.at * scale}px`;
    drag.element.querySelector(".block-time").textContent = clockOf(drag.at);
  });
  place.addEventListener("pointerup", () => {
    if (!drag) return;
    const ended = drag;
    ended.done = true;
    setTimeout(() => drag === ended && (drag = null)); // after its click, which a replaced element never gets
    if (!ended.moved) return;
    const { key, block } = drag;
    if (drag.grip) acts.change(key, block, resized(block, drag.until));
    else acts.change(key, block, moved(block, drag.at), drag.to);
  });
  place.addEventListener("pointercancel", () => {
    drag = null;
    draw(shown);
  });

  place.addEventListener("keydown", (event) => {
    const element = event.target.closest(".block");
    if (!element) return;
    const { key, date, block } = blockAt(element);
    if (event.key === "Delete") acts.change(key, block, null);
    else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const by = event.key === "ArrowUp" ? -SNAP_S : SNAP_S;
      const { to } = spanOf(blocksOf(shown.plan, key), Number(element.dataset.index), acts.lengthOf);
      if (event.shiftKey) acts.change(key, block, resized(block, to + by));
      else acts.change(key, block, moved(block, secondsOf(block.at) + by));
    } else if (event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      const next = shown.dates[shown.dates.indexOf(date) + (event.key === "ArrowLeft" ? -1 : 1)];
      if (next) acts.change(key, block, { ...block }, dayOf(shown.plan, next).key);
    } else return;
    event.preventDefault();
  });

  return {
    draw,
    /** Puts the focus on a block, after it was drawn anew. */
    focus(block) {
      elementOf(block)?.focus({ preventScroll: true });
      this.reveal(block);
    },
    reveal: (block) => elementOf(block)?.scrollIntoView({ block: "nearest", inline: "nearest" }),
    spoken,
    every,
  };
}
