/** The schedule's desk: a whole plan is changed here, previewed by the service, and saved whole. */

import { drawAnswers, followAir } from "./answers.js";
import { drawHistory } from "./audit.js";
import { blockForm } from "./block_form.js";
import { conflictOf } from "./conflict.js";
import { all, dates, desk, find, lang, lengthOf, lists, nameOf, nowS, programmes, root, state, titleOf, url } from "./desk.js";
import { entryList } from "./entries.js";
import { faultsOf } from "./faults.js";
import { drawHeading } from "./heading.js";
import * as plans from "./plan.js";
import { rulesForm } from "./rules.js";
import { openShelf } from "./shelf.js";
import { drawTabs } from "./tabs.js";
import { weekGrid } from "./week.js";
import { clockLength, markField, Refused, send, t, tell } from "./words.js";

const [said, start] = [find("said"), find("start")];

let saving = false;
let asked = 0;
let previewTimer = 0;

const week = weekGrid(find("week"), {
  nameOf,
  lengthOf,
  open: (key, block) => show(key, block, true),
  change: changeBlock,
  create: (on, at) => addBlock(on, plans.clockOf(at)),
  ownDay(on) {
    if (state.open?.key === plans.weekdayOf(on)) state.open = { ...state.open, key: on };
    change(plans.withOwnDay(state.plan, on), t("%(day)s now has a plan of its own.", { day: week.spoken(on) }));
  },
  weekday(on) {
    if (state.open?.key === on) state.open = null;
    change(plans.withoutOwnDay(state.plan, on), t("%(day)s is as every week again.", { day: week.spoken(on) }));
  },
  showDay: (on) => go(on, state.view === "week" ? "day" : "week"),
});
const block = blockForm(root, lists, {
  change: changeBlock,
  copy(source, key) {
    change(plans.withBlocks(state.plan, key, [...plans.blocksOf(state.plan, key), { ...source }]), t("Copied."));
  },
  close() {
    const was = state.open?.block;
    show("", null);
    if (was) week.focus(was);
  },
  tell: (words) => faults.told(words),
  targets: () => dayKeys().map((key) => [key, nameOfKey(key)]),
  dayName: (key) => (plans.isDate(key) ? week.spoken(key) : weekdayName(key)),
});
const loop = entryList(find("entries"), lists, (loopEntries, words) => change({ ...state.plan, loop: loopEntries }, words), (words) => faults.told(words));
const rules = rulesForm(find("rules"), desk.programmes, (changed) => change(changed(state.plan)));

const faults = faultsOf({ week, block, loop, rules }, { go, show, nameOfKey: (key) => nameOfKey(key) });
const conflict = conflictOf(rules, () => names(), {
  async take(answer) {
    take(answer);
    said.textContent = t("What they saved is loaded; your changes are dropped.");
    draw();
    find("save").focus();
    await preview();
  },
  merged(plan, answer) {
    take(answer);
    change(plan, t("Both are put together here. Look at it, then save the schedule."));
    find("save").focus();
  },
  async replaced() {
    find("save").focus();
    await save();
  },
  failed: (error) => faults.told(error.message),
});

openShelf(root, desk, (entry) => (state.tab === "loop" ? loop : block).add(entry));

function weekdayName(key) {
  const on = plans.weekOf(state.date).find((one) => plans.weekdayOf(one) === key);
  return new Intl.DateTimeFormat(lang, { weekday: "long", timeZone: "UTC" }).format(new Date(`${on}T00:00Z`));
}
const nameOfKey = (key) => (plans.isDate(key) ? week.spoken(key) : week.every(plans.weekOf(state.date).find((one) => plans.weekdayOf(one) === key)));

/** Every weekday, and the dates of this week that are planned apart. */
function dayKeys() {
  const on = plans.weekOf(state.date);
  return [...on.map(plans.weekdayOf), ...on.filter((one) => one in state.plan.days)];
}

async function load() {
  try {
    take(await send("GET", url));
  } catch (error) {
    tell(document.querySelector("[data-away]"), error.message);
    return;
  }
  root.hidden = false;
  draw();
  addWanted();
  await preview();
}

/** From the library one comes with a programme for the loop: it is added once, and not saved yet. */
function addWanted() {
  const here = new URL(location);
  const wanted = here.searchParams.get("programme");
  if (!programmes.has(wanted)) return;
  here.searchParams.delete("programme");
  window.history.replaceState(null, "", here);
  if (!state.plan.loop.some((entry) => entry.programme_id === wanted)) loop.add({ kind: "programme", programme_id: wanted });
  said.textContent = t("“%(name)s” stands at the end of the base loop. Save the schedule to put it on air.", { name: titleOf(wanted) });
}

/** Takes the service's answer as what is so. */
function take(answer) {
  state.plan = state.saved = answer.plan;
  state.version = answer.version;
  state.unsaved = false;
  state.refused = false;
  state.effect = null;
  state.open = null;
  conflict.hide();
  state.today = plans.dateIn(state.plan.timezone, Date.now());
  state.date ||= state.today;
  state.airDate ||= state.today;
  drawHistory(root, url, names(), undoing);
}

/** What loads the plan as it was before `changes` of the history, unsaved; null where they do not tell it. */
function undoing(changes, when) {
  const before = plans.planBefore(state.saved, changes.filter(({ detail }) => !(detail.version?.[1] > state.version)));
  return before && (() => {
    state.open = null;
    change(before, t("The plan as it was before %(time)s is loaded. Save the schedule to put it on air.", { time: when }));
  });
}

const names = () => ({ timeZone: state.plan.timezone, nameOfKey, titleOf });

/** Takes a changed plan, says `words` of it, and asks the service what it makes of it. */
function change(next, words = "") {
  state.plan = next;
  state.unsaved = JSON.stringify(state.plan) !== JSON.stringify(state.saved);
  state.onAir = null;
  state.refused = false;
  said.textContent = words;
  faults.clear();
  draw();
  clearTimeout(previewTimer);
  previewTimer = setTimeout(preview, 350);
}

/** A block changed, moved to another day, or (`next` null) removed. */
function changeBlock(key, before, next, toKey = key, words = "") {
  const changed = plans.withBlock(state.plan, key, before, next, toKey);
  if (!next) {
    state.open = null;
    change(changed, t("The block at %(time)s was removed.", { time: before.at }));
    find("add-block").focus();
    return;
  }
  if (state.open?.block === before) state.open = { key: toKey, block: next };
  const inPanel = root.querySelector(".sched-aside").contains(document.activeElement);
  change(changed, words || t("%(day)s: %(from)s to %(to)s.", { day: nameOfKey(toKey), from: next.at, to: next.until ?? t("the end of its programmes") }));
  if (!inPanel) week.focus(next);
}

function addBlock(on, at) {
  const { key } = plans.dayOf(state.plan, on);
  const added = { at, entries: [], until: null, repeat: false, start: "wait" };
  state.open = { key, block: added };
  change(plans.withBlock(state.plan, key, null, added), t("New block on %(day)s at %(time)s: add programmes to it.", { day: nameOfKey(key), time: at }));
  week.reveal(added);
  block.focus();
}

function show(key, which, focus = false) {
  state.open = which && { key, block: which };
  draw();
  if (focus && which) block.focus();
}

function go(on, nextView = state.view) {
  state.date = on;
  state.view = nextView;
  if (!dates().includes(state.airDate)) state.airDate = dates().includes(state.today) ? state.today : dates()[0];
  state.days = new Map();
  draw();
  preview();
}

function draw() {
  drawTabs();
  const { plan, view, open, told, today, days } = state;
  week.draw({ plan, dates: dates(), view, selected: open?.block, told, today, nowS: nowS(), days });
  block.show(open?.key ?? "", open?.block ?? null);
  loop.show(plan.loop);
  const ms = plan.loop.reduce((sum, entry) => sum + lengthOf(entry), 0) * 1000;
  find("loop-empty").hidden = plan.loop.length > 0;
  find("total").textContent = plan.loop.length ? t("%(count)s entries, %(length)s in all, then from the start again", { count: plan.loop.length, length: clockLength(ms) }) : "";
  rules.draw(plan);
  drawHeading();
  find("unsaved").hidden = !state.unsaved || state.refused;
  find("drop").hidden = !state.unsaved;
  start.parentElement.hidden = !state.unsaved;
  drawAnswers(week.spoken, faults.point);
  followAir();
}

/** The service's own answer to what would play; only the newest question's answer is shown. */
async function preview() {
  const mine = ++asked;
  try {
    const asking = plans.withoutEmptyBlocks(state.plan);
    const body = state.unsaved ? { plan: asking, start: start.value } : {};
    const answers = await Promise.all(dates().map((on) => send("POST", `${url}/preview`, { ...body, date: on })));
    if (mine !== asked) return;
    state.days = new Map(answers.map((answer) => [answer.day.date, answer.day]));
    state.told = asking;
    state.answered += 1;
    state.effect = answers[0].effect;
    faults.told("");
    draw();
  } catch (error) {
    if (mine !== asked || !state.unsaved) return;
    state.effect = null;
    drawAnswers(week.spoken, faults.point);
    faults.refuse(error);
  }
}

async function save() {
  if (saving) return;
  faults.clear();
  state.refused = faults.goToFault();
  if (state.refused) said.textContent = t("Not saved: correct what is marked first.");
  else if (!state.unsaved) said.textContent = t("Nothing has changed since it was saved.");
  else await keep();
  draw();
}

async function keep() {
  saving = true;
  conflict.hide();
  said.textContent = t("Saving…");
  draw();
  try {
    state.onAir = await send("PUT", url, { version: state.version, plan: state.plan, start: start.value });
    const kept = state.open;
    take(await send("GET", url));
    const same = kept && plans.blocksOf(state.plan, kept.key).find(({ at }) => at === kept.block.at);
    state.open = same ? { key: kept.key, block: same } : null;
    said.textContent = t("Saved.");
    preview();
  } catch (error) {
    state.refused = true;
    said.textContent = t("Not saved.");
    if (error instanceof Refused && error.problem.code === "schedule-changed") await conflict.show().catch((failure) => faults.refuse(failure));
    else faults.refuse(error, true);
  }
  saving = false;
}

window.addEventListener("hashchange", () => state.plan && draw()); // what was drawn hidden could not be scrolled
for (const button of all("go")) button.addEventListener("click", () => go(button.dataset.go === "0" ? state.today : plans.addDays(state.date, Number(button.dataset.go) * (state.view === "week" ? 7 : 1))));
for (const button of all("view")) button.addEventListener("click", () => go(state.date, button.dataset.view));
find("date").addEventListener("change", ({ target }) => target.value && go(target.value));
find("air-date").addEventListener("change", ({ target }) => {
  state.airDate = target.value;
  drawAnswers(week.spoken, faults.point);
  followAir();
});
find("add-block").addEventListener("click", () => {
  const { blocks } = plans.dayOf(state.plan, state.airDate);
  const soon = Math.ceil(nowS() / 3600) * 3600;
  addBlock(state.airDate, plans.clockOf(plans.freeHour(blocks, lengthOf, soon)));
});
find("add-break").addEventListener("click", () => loop.addBreak());
start.addEventListener("change", () => state.unsaved && preview());
// A field that is left tells what is wrong with it, which may move the button from under the pointer before it is let go.
find("save").addEventListener("mousedown", (event) => event.preventDefault());
find("save").addEventListener("click", () => {
  find("save").focus();
  save();
});
root.addEventListener("change", () => (said.textContent = ""), true);
find("drop").addEventListener("click", () => {
  state.open = null;
  conflict.hide();
  for (const control of root.querySelectorAll('[aria-invalid="true"]')) markField(control, "");
  change(structuredClone(state.saved)); // all of it is drawn anew, with what was typed wrong
});
// Nothing that has the focus may be behind the bar, however many lines it has.
new ResizeObserver(([{ target }]) => document.documentElement.style.setProperty("--save-bar", `${target.offsetHeight}px`)).observe(root.querySelector(".save-bar"));
window.addEventListener("beforeunload", (event) => state.unsaved && event.preventDefault());
setInterval(() => document.hidden || preview(), 30_000);

load();
