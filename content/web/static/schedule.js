/** The schedule's desk: a whole plan is changed here, previewed by the service, and saved whole. */

import { drawAir, drawFindings, effectWords, showOnAir } from "./air.js";
import { changesSince, drawChanges, drawHistory } from "./audit.js";
import { blockForm } from "./block_form.js";
import { entryList } from "./entries.js";
import * as plans from "./plan.js";
import { rulesForm } from "./rules.js";
import { openShelf } from "./shelf.js";
import { weekGrid } from "./week.js";
import { clockLength, make, markField, Refused, send, t, tell } from "./words.js";

const desk = JSON.parse(document.getElementById("desk").textContent);
const root = document.querySelector("[data-desk]");
const find = (name) => root.querySelector(`[data-${name}]`);
const all = (name) => root.querySelectorAll(`[data-${name}]`);
const [problem, said, conflict, start] = [find("problem"), find("said"), find("conflict"), find("start")];
const url = `/v1/channels/${encodeURIComponent(desk.channel_id)}/plan`;
const lang = document.documentElement.lang;
const readerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const programmes = new Map(desk.programmes.map((programme) => [programme.programme_id, programme]));
const tabs = ["week", "loop", "rules", "history"];

let plan = null;
let saved = null;
let version = 0;
let unsaved = false;
let saving = false;
/** Whether the last try to save was refused, by the page or the service, and nothing was changed since. */
let refused = false;
let today = "";
let date = "";
let view = "week";
let tab = "week";
/** The block that is open, and the key of its day. */
let open = null;
/** What the service says of each date shown (its day view), and the plan that it says it of. */
let days = new Map();
let told = null;
/** When the plan as it is changed would be seen, and when that which was saved from here last is. */
let effect = null;
let onAir = null;
/** The control beside which a refusal of the service is told. */
let marked = null;
let airDate = "";
let asked = 0;
let answered = 0;
let previewTimer = 0;
/** What the answers drawn last were: nothing is drawn anew under a reader without need. */
let drawnAnswers = "";

const titleOf = (id) => programmes.get(id)?.title ?? t("Unknown programme");
const nameOf = (entry) => (entry.kind === "break" ? t("Break") : titleOf(entry.programme_id));
const lengthOf = (entry) => ((entry.segments ?? programmes.get(entry.programme_id)?.segments ?? 0) * desk.segment_ms) / 1000;
const lists = { programmes, segmentMs: desk.segment_ms, breakSegments: desk.break_segments, breakLimit: desk.break_limit, lengthOf };
const nowS = () => plans.secondsOf(plans.clockIn(plan.timezone, Date.now()));
const dates = () => (view === "week" ? plans.weekOf(date) : [date]);

const week = weekGrid(find("week"), {
  nameOf,
  lengthOf,
  open: (key, block) => show(key, block, true),
  change: changeBlock,
  create: (on, at) => addBlock(on, plans.clockOf(at)),
  ownDay(on) {
    if (open?.key === plans.weekdayOf(on)) open = { ...open, key: on };
    change(plans.withOwnDay(plan, on), t("%(day)s now has a plan of its own.", { day: week.spoken(on) }));
  },
  weekday(on) {
    if (open?.key === on) open = null;
    change(plans.withoutOwnDay(plan, on), t("%(day)s is as every week again.", { day: week.spoken(on) }));
  },
  showDay: (on) => go(on, view === "week" ? "day" : "week"),
});
const block = blockForm(root, lists, {
  change: changeBlock,
  copy(source, key) {
    change(plans.withBlocks(plan, key, [...plans.blocksOf(plan, key), { ...source }]), t("Copied."));
  },
  close() {
    const was = open?.block;
    show("", null);
    if (was) week.focus(was);
  },
  tell: (words) => tell(problem, words),
  targets: () => dayKeys().map((key) => [key, nameOfKey(key)]),
  dayName: (key) => (plans.isDate(key) ? week.spoken(key) : weekdayName(key)),
});
const loop = entryList(find("entries"), lists, (loopEntries, words) => change({ ...plan, loop: loopEntries }, words), (words) => tell(problem, words));
const rules = rulesForm(find("rules"), desk.programmes, (changed) => change(changed(plan)));

openShelf(root, desk, (entry) => (tab === "loop" ? loop : block).add(entry));

function weekdayName(key) {
  const on = plans.weekOf(date).find((one) => plans.weekdayOf(one) === key);
  return new Intl.DateTimeFormat(lang, { weekday: "long", timeZone: "UTC" }).format(new Date(`${on}T00:00Z`));
}
const nameOfKey = (key) => (plans.isDate(key) ? week.spoken(key) : week.every(plans.weekOf(date).find((one) => plans.weekdayOf(one) === key)));

/** Every weekday, and the dates of this week that are planned apart. */
function dayKeys() {
  const on = plans.weekOf(date);
  return [...on.map(plans.weekdayOf), ...on.filter((one) => one in plan.days)];
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
  if (!plan.loop.some((entry) => entry.programme_id === wanted)) loop.add({ kind: "programme", programme_id: wanted });
  said.textContent = t("“%(name)s” stands at the end of the base loop. Save the schedule to put it on air.", { name: titleOf(wanted) });
}

/** Takes the service's answer as what is so. */
function take(answer) {
  plan = saved = answer.plan;
  version = answer.version;
  unsaved = false;
  refused = false;
  effect = null;
  open = null;
  conflict.hidden = true;
  today = plans.dateIn(plan.timezone, Date.now());
  date ||= today;
  airDate ||= today;
  drawHistory(root, url, names(), undoing);
}

/** What loads the plan as it was before `changes` of the history, unsaved; null where they do not tell it. */
function undoing(changes, when) {
  const before = plans.planBefore(saved, changes.filter(({ detail }) => !(detail.version?.[1] > version)));
  return before && (() => {
    open = null;
    change(before, t("The plan as it was before %(time)s is loaded. Save the schedule to put it on air.", { time: when }));
  });
}

const names = () => ({ timeZone: plan.timezone, nameOfKey, titleOf });

/** Takes a changed plan, says `words` of it, and asks the service what it makes of it. */
function change(next, words = "") {
  plan = next;
  unsaved = JSON.stringify(plan) !== JSON.stringify(saved);
  onAir = null;
  refused = false;
  said.textContent = words;
  clearRefusal();
  draw();
  clearTimeout(previewTimer);
  previewTimer = setTimeout(preview, 350);
}

/** A block changed, moved to another day, or (`next` null) removed. */
function changeBlock(key, before, next, toKey = key, words = "") {
  const changed = plans.withBlock(plan, key, before, next, toKey);
  if (!next) {
    open = null;
    change(changed, t("The block at %(time)s was removed.", { time: before.at }));
    find("add-block").focus();
    return;
  }
  if (open?.block === before) open = { key: toKey, block: next };
  const inPanel = root.querySelector(".sched-aside").contains(document.activeElement);
  change(changed, words || t("%(day)s: %(from)s to %(to)s.", { day: nameOfKey(toKey), from: next.at, to: next.until ?? t("the end of its programmes") }));
  if (!inPanel) week.focus(next);
}

function addBlock(on, at) {
  const { key } = plans.dayOf(plan, on);
  const added = { at, entries: [], until: null, repeat: false, start: "wait" };
  open = { key, block: added };
  change(plans.withBlock(plan, key, null, added), t("New block on %(day)s at %(time)s: add programmes to it.", { day: nameOfKey(key), time: at }));
  week.reveal(added);
  block.focus();
}

function show(key, which, focus = false) {
  open = which && { key, block: which };
  draw();
  if (focus && which) block.focus();
}

function go(on, nextView = view) {
  date = on;
  view = nextView;
  if (!dates().includes(airDate)) airDate = dates().includes(today) ? today : dates()[0];
  days = new Map();
  draw();
  preview();
}

function draw() {
  drawTabs();
  week.draw({ plan, dates: dates(), view, selected: open?.block, told, today, nowS: nowS(), days });
  block.show(open?.key ?? "", open?.block ?? null);
  loop.show(plan.loop);
  const ms = plan.loop.reduce((sum, entry) => sum + lengthOf(entry), 0) * 1000;
  find("loop-empty").hidden = plan.loop.length > 0;
  find("total").textContent = plan.loop.length ? t("%(count)s entries, %(length)s in all, then from the start again", { count: plan.loop.length, length: clockLength(ms) }) : "";
  rules.draw(plan);
  const zone = t("Times are those of the channel, %(zone)s.", { zone: plan.timezone });
  const own = t("Yours (%(zone)s) are shown in brackets.", { zone: readerZone });
  document.querySelector("[data-zone-told]").textContent = readerZone === plan.timezone ? zone : `${zone} ${own}`;
  const long = new Intl.DateTimeFormat(lang, { weekday: view === "day" ? "long" : undefined, day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const at = (one) => new Date(`${one}T00:00Z`);
  find("week-title").textContent = long.formatRange(at(dates()[0]), at(dates().at(-1)));
  find("date").value = date;
  for (const button of all("view")) button.setAttribute("aria-pressed", button.dataset.view === view);
  for (const [by, sign, label] of [["-1", "‹", view === "week" ? t("The week before") : t("The day before")], ["1", "›", view === "week" ? t("The week after") : t("The day after")]]) {
    const button = find(`go="${by}"`);
    button.textContent = sign;
    button.title = label;
    button.setAttribute("aria-label", label);
  }
  find("unsaved").hidden = !unsaved || refused;
  find("drop").hidden = !unsaved;
  start.parentElement.hidden = !unsaved;
  drawAnswers();
  followAir();
}

/** What the service said: findings, slots of one day, and when it goes on air. */
function drawAnswers() {
  find("air-kind").textContent = unsaved ? t("If you save now") : "";
  const telling = refused ? null : unsaved ? effect : onAir;
  const words = telling ? effectWords(telling, plan.timezone, unsaved) : "";
  if (find("when").textContent !== words) find("when").textContent = words;
  const state = `${[...days.keys()]} ${dates()} ${airDate} ${answered}`;
  if (state === drawnAnswers) return;
  drawnAnswers = state;
  const shown = dates().map((on) => days.get(on)).filter(Boolean);
  const severities = drawFindings(find("findings"), shown, week.spoken, point);
  find("no-findings").hidden = severities.length > 0 || !shown.length;
  const errors = severities.filter((severity) => severity === "error").length;
  const link = find("findings-link");
  link.hidden = !severities.length;
  link.textContent = errors ? t("%(count)s to look at, %(errors)s of them errors", { count: severities.length, errors }) : t("%(count)s to look at", { count: severities.length });
  find("air-date").replaceChildren(...dates().map((value) => make("option", { value }, week.spoken(value))));
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
function followAir() {
  const rundown = find("rundown");
  if (!days.has(airDate) || !rundown.clientHeight || rundown.dataset.date === airDate) return;
  showOnAir(rundown);
  rundown.dataset.date = airDate;
}

/** The service's own answer to what would play; only the newest question's answer is shown. */
async function preview() {
  const mine = ++asked;
  try {
    const asking = plans.withoutEmptyBlocks(plan);
    const body = unsaved ? { plan: asking, start: start.value } : {};
    const answers = await Promise.all(dates().map((on) => send("POST", `${url}/preview`, { ...body, date: on })));
    if (mine !== asked) return;
    days = new Map(answers.map((answer) => [answer.day.date, answer.day]));
    told = asking;
    answered += 1;
    effect = answers[0].effect;
    tell(problem, "");
    draw();
  } catch (error) {
    if (mine !== asked || !unsaved) return;
    effect = null;
    drawAnswers();
    refuse(error);
  }
}

/** The first block without a programme, which the service would refuse. */
function emptyBlock() {
  for (const key of [...Object.keys(plan.week), ...Object.keys(plan.days)]) {
    const found = plans.blocksOf(plan, key).find(({ entries }) => !entries.length);
    if (found) return { key, block: found };
  }
  return null;
}

/** Tells a refusal in the bar with a way to where in the plan it is, or (`goThere`) at once beside that. */
function refuse(error, goThere = false) {
  const place = plans.placeOf(Object.keys(error.problem?.fields ?? {})[0] ?? "");
  told = plans.withoutEmptyBlocks(plan);
  if (place && goThere) return mark(place, error.message);
  const at = place?.key ? plans.blocksOf(told, place.key)[place.index] : null;
  const entry = at ? at.entries[place.entry ?? -1] : plan.loop[place?.loop ?? -1];
  const where = [at && `${nameOfKey(place.key)}, ${at.at}`, entry && `“${nameOf(entry)}”`].filter(Boolean).join(", ");
  tell(problem, [where, error.message].filter(Boolean).join(": "));
  if (place) problem.append(" ", make("button", { type: "button", className: "button button-small", onclick: () => mark(place, error.message) }, t("Show")));
}

/** Brings the editor to what was refused, and tells beside it what is wrong. */
function mark(place, text) {
  point(place, date);
  clearRefusal();
  marked = "rule" in place ? rules.control(place.rule) : "loop" in place ? loop.control(place.loop) : block.control(place);
  if (!marked) return tell(problem, text);
  markField(marked, text);
  marked.focus();
}

function clearRefusal() {
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
  const which = plans.blocksOf(told ?? plan, place.key)[place.index];
  if (!which || !plans.blocksOf(plan, place.key).includes(which)) return;
  reveal(place.key, which, on);
  block.point(place.entry);
}

/** Opens a block on its day, which may be another than those shown. */
function reveal(key, which, on) {
  if (tab !== "week") location.hash = "week";
  if (!dates().some((one) => plans.dayOf(plan, one).key === key)) go(plans.isDate(key) ? key : on);
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
    reveal(empty.key, empty.block, plans.weekOf(date).find((one) => plans.dayOf(plan, one).key === empty.key) ?? date);
    block.tellEmpty();
  }
  return Boolean(control ?? empty);
}

async function save() {
  if (saving) return;
  clearRefusal();
  refused = goToFault();
  if (refused) said.textContent = t("Not saved: correct what is marked first.");
  else if (!unsaved) said.textContent = t("Nothing has changed since it was saved.");
  else await keep();
  draw();
}

async function keep() {
  saving = true;
  conflict.hidden = true;
  said.textContent = t("Saving…");
  draw();
  try {
    onAir = await send("PUT", url, { version, plan, start: start.value });
    const kept = open;
    take(await send("GET", url));
    const same = kept && plans.blocksOf(plan, kept.key).find(({ at }) => at === kept.block.at);
    open = same ? { key: kept.key, block: same } : null;
    said.textContent = t("Saved.");
    preview();
  } catch (error) {
    refused = true;
    said.textContent = t("Not saved.");
    if (error instanceof Refused && error.problem.code === "schedule-changed") await tellConflict();
    else refuse(error, true);
  }
  saving = false;
}

/** Somebody saved meanwhile: who, and what of the plan. */
async function tellConflict() {
  conflict.hidden = false;
  drawChanges(find("theirs"), await changesSince(url, version), names());
}

function drawTabs() {
  const wanted = location.hash.slice(1);
  if (tabs.includes(wanted)) tab = wanted;
  root.querySelector(".sched").dataset.shown = tab;
  for (const link of all("tab")) link.setAttribute("aria-current", link.dataset.tab === tab);
  for (const part of all("part")) part.hidden = part.dataset.part !== tab;
  for (const panel of all("block-panel")) panel.hidden = tab !== "week" || !open;
  find("shelf-panel").hidden = !(tab === "loop" || (tab === "week" && open));
  root.querySelector(".sched-aside").hidden = find("shelf-panel").hidden;
}

window.addEventListener("hashchange", () => plan && draw()); // what was drawn hidden could not be scrolled
for (const button of all("go")) button.addEventListener("click", () => go(button.dataset.go === "0" ? today : plans.addDays(date, Number(button.dataset.go) * (view === "week" ? 7 : 1))));
for (const button of all("view")) button.addEventListener("click", () => go(date, button.dataset.view));
find("date").addEventListener("change", ({ target }) => target.value && go(target.value));
find("air-date").addEventListener("change", ({ target }) => {
  airDate = target.value;
  drawAnswers();
  followAir();
});
find("add-block").addEventListener("click", () => {
  const { blocks } = plans.dayOf(plan, airDate);
  const soon = Math.ceil(nowS() / 3600) * 3600;
  addBlock(airDate, plans.clockOf(plans.freeHour(blocks, lengthOf, soon)));
});
find("add-break").addEventListener("click", () => loop.addBreak());
start.addEventListener("change", () => unsaved && preview());
// A field that is left tells what is wrong with it, which may move the button from under the pointer before it is let go.
find("save").addEventListener("mousedown", (event) => event.preventDefault());
find("save").addEventListener("click", () => {
  find("save").focus();
  save();
});
root.addEventListener("change", () => (said.textContent = ""), true);
find("drop").addEventListener("click", () => {
  open = null;
  conflict.hidden = true;
  for (const control of root.querySelectorAll('[aria-invalid="true"]')) markField(control, "");
  change(structuredClone(saved)); // all of it is drawn anew, with what was typed wrong
});
find("load").addEventListener("click", async () => {
  try {
    take(await send("GET", url));
    said.textContent = t("What they saved is loaded; your changes are dropped.");
    draw();
    find("save").focus();
    await preview();
  } catch (error) {
    tell(problem, error.message);
  }
});
find("overwrite").addEventListener("click", async () => {
  try {
    version = (await send("GET", url)).version;
    find("save").focus();
    await save();
  } catch (error) {
    tell(problem, error.message);
  }
});
// Nothing that has the focus may be behind the bar, however many lines it has.
new ResizeObserver(([{ target }]) => document.documentElement.style.setProperty("--save-bar", `${target.offsetHeight}px`)).observe(root.querySelector(".save-bar"));
window.addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
setInterval(() => document.hidden || preview(), 30_000);

load();
