/** The simulator's readings: what the car does, what the server believes, which ads it chose and why. */

import { howFar, number, reasonWords, tenths, word, words } from "./words.js";

const KEPT_DECISIONS = 12;
const byId = (id) => document.getElementById(id);

function element(tag, content = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = content;
  if (className) made.className = className;
  return made;
}

function row(...cells) {
  const made = element("tr");
  made.append(...cells);
  return made;
}

const clockOf = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** `until` is when, in seconds, a car that is to drive leaves Park, so that nothing moves yet; null where it has. */
export function showCar(car, t, whole, until) {
  byId("speed-shown").textContent = word("kmh", { n: Math.round(car.speed_kmh) });
  const done = clockOf(t);
  byId("elapsed").textContent = until === null ? word("of", { done, whole: clockOf(whole) }) : word("until_off", { done, time: clockOf(until) });
  byId("elapsed").classList.toggle("stands", until !== null);
  const seek = byId("seek");
  if (document.activeElement !== seek || !seek.matches(":active")) seek.value = whole ? Math.round((1000 * t) / whole) : 0;
}

export function showMode(mode) {
  const driving = mode === "drive";
  byId("run").setAttribute("aria-pressed", String(driving));
  byId("run").textContent = word(driving ? "halt" : "run");
  byId("park").setAttribute("aria-pressed", String(mode === "parked"));
  byId("go").setAttribute("aria-pressed", String(mode === "hand"));
  byId("over").hidden = mode !== "over";
  if (mode === "parked" || mode === "held") byId("speed").value = 0;
}

export function showError(text) {
  byId("drive-error").hidden = !text;
  byId("drive-error").textContent = text;
}

export function showFeed(state) {
  const badge = byId("feed");
  badge.className = `badge ${{ on: "badge-ok", off: "badge-error", starting: "badge-warn" }[state]}`;
  badge.textContent = word(`feed_${state}`);
  if (state === "on") byId("refused").hidden = true;
}

export function showOthers(mixed) {
  byId("others").hidden = !mixed;
}

export function showDropped(dropped) {
  byId("drop").setAttribute("aria-pressed", String(dropped));
  byId("drop").textContent = word(dropped ? "resume" : "drop");
}

export function showRefused(reason) {
  byId("refused").hidden = false;
  byId("refused").textContent = word("refused_by", { reason });
}

const NAMES = [
  ["Vehicle.Speed", "Speed", (value) => word(speed(value))],
  ["Vehicle.IsMoving", "IsMoving", (value) => word(value ? "yes" : "no")],
  ["Vehicle.Powertrain.Transmission.SelectedGear", "SelectedGear", (value) => words.gears[value] ?? String(value)],
  ["Vehicle.Chassis.ParkingBrake.IsEngaged", "ParkingBrake", (value) => word(value ? "yes" : "no")],
  ["Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed", "StateOfCharge", (value) => word("percent", { n: number(value) })],
];

/** The server keeps no more of a speed than its rules look at: so no number is shown. */
function speed(kmh) {
  if (kmh === 0) return "zero";
  if (kmh < 0) return "backwards";
  return kmh <= 1 ? "crawls" : "drives";
}

/** The vehicle event; null when the server is not heard. */
export function showState(state) {
  const panel = document.querySelector(".verdict");
  panel.dataset.state = state?.driving_state ?? "unknown";
  byId("driving-state").textContent = state ? words.states[state.driving_state] : "–";
  byId("video-verdict").textContent = state ? word(state.video.permitted ? "permitted" : "withheld") : "–";
  byId("rule").textContent = state?.video.rule || state?.rule || "–";
  byId("source").textContent = state?.video.source || "–";
  byId("signals").replaceChildren(...signalRows(state?.signals ?? {}));
}

function signalRows(signals) {
  const known = NAMES.filter(([path]) => path in signals);
  const named = new Set(NAMES.map(([path]) => path));
  const others = Object.keys(signals).filter((path) => !named.has(path));
  const rows = [...known, ...others.map((path) => [path, path.split(".").at(-1), String])];
  return rows.map(([path, name, say]) => {
    const { value, age_ms: age } = signals[path];
    const head = element("td", name);
    head.title = path;
    return row(
      head,
      element("td", value === null ? word("not_known") : say(value), "number"),
      element("td", word("seconds", { n: tenths(Math.max(0, age) / 1000) }), "number muted"),
    );
  });
}

/** One ad decision, newest first. The same answer as the last takes its place: cards are asked for often. */
export function showDecision(decision) {
  byId("no-decisions").hidden = true;
  const list = byId("decisions");
  const made = decisionOf(decision);
  made.dataset.answer = JSON.stringify([decision.kind, decision.fills.map((fill) => fill.fill_id), decision.refusals]);
  if (list.firstElementChild?.dataset.answer === made.dataset.answer) list.firstElementChild.remove();
  list.prepend(made);
  while (list.children.length > KEPT_DECISIONS) list.lastElementChild.remove();
}

function decisionOf({ kind, fills, refusals, cell, at_ms: at }) {
  const made = element("article", "", "decision");
  const head = element("header");
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium" }).format(new Date(at));
  head.append(element("strong", word(kind === "card" ? "card" : "break")), element("span", `${time} · ${cell ? word("near_cell", { cell }) : word("nowhere")}`, "muted small"));
  made.append(head);
  if (fills.length === 0) made.append(element("p", word("nothing"), "muted"));
  for (const fill of fills) made.append(fillOf(fill));
  if (refusals.length) made.append(refusalsOf(refusals));
  return made;
}

function fillOf({ card }) {
  const made = element("div", "", "fill");
  const where = [card.place_name, howFar(card.distance_m)].filter(Boolean).join(" · ");
  made.append(element("strong", word("chosen", { advertiser: card.advertiser, headline: card.headline })), element("span", where, "muted small"));
  return made;
}

function refusalsOf(refusals) {
  const table = element("table", "", "refusals");
  const body = element("tbody");
  for (const { advertiser, place_name: place, reason, detail } of refusals) {
    const why = element("td", reasonWords(reason), "muted");
    why.title = detail ? `${reason}: ${detail}` : reason;
    body.append(row(element("td", [advertiser, place].filter(Boolean).join(" · ")), why));
  }
  table.append(body);
  return table;
}
