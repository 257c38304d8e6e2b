/** The desk of cue points: look at frames, confirm what was found, add, move and remove, save whole, follow the making. */

import { drawFrames, drawMarks, drawStrip } from "./cue_strip.js";
import { frameTyped, obstacle, pointsOf, timecode } from "./timecode.js";
import { inWords, make, Refused, send, t, tell } from "./words.js";

const POLL_MS = 2000;
const root = document.querySelector("[data-cues]");
const url = root.dataset.cues;
const find = (name) => root.querySelector(`[data-${name}]`);
const [problem, said, conflict, slider] = [find("problem"), find("said"), find("conflict"), find("slider")];
const away = document.querySelector("[data-away]");
const seconds = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

let sheet = null;
let still = (_frame) => "";
let cues = [];
let at = 0;
/** The cue that was looked at last: what "move" moves. */
let held = null;
let changed = false;
let pollTimer = 0;

const points = () => pointsOf(cues, sheet.candidates, new Set(sheet.rejected));
const pointAt = (frame) => points().find((point) => point.frame === frame);
const waiting = (point) => point.candidate && !point.cue && !point.rejected;

async function load() {
  try {
    take(await send("GET", url));
  } catch (error) {
    root.hidden = true;
    tell(away, error.message);
    if (!(error instanceof Refused) || error.problem.code === "asset-not-ready") setTimeout(load, POLL_MS);
    return;
  }
  tell(away, "");
  root.hidden = false;
  drawStrip(root, sheet, still);
  const first = points().find(waiting) ?? points()[0];
  goTo(first?.frame ?? Math.floor(sheet.frames / 2));
}

/** Takes the service's answer as what is so, and drops what was not saved. */
function take(answer) {
  sheet = answer.sheet;
  still = (frame) => answer.still_url.replace("{frame}", frame);
  cues = [...sheet.cues];
  changed = false;
  conflict.hidden = true;
  drawState();
}

/** How far the version is that the newest decision asks for, and what plays meanwhile. */
function drawState() {
  const { conditioning: version, plays } = sheet;
  const making = version.state === "queued" || version.state === "preparing";
  const failed = version.state === "failed";
  const place = find("state");
  place.classList.toggle("notice-warn", making);
  place.classList.toggle("notice-error", failed);
  place.classList.toggle("notice-ok", version.state === "ready" && sheet.cues.length > 0);
  const count = { count: sheet.cues.length };
  const words = [];
  if (making && version.state === "queued") words.push(t("The version with these cue points (%(count)s) waits for its turn.", count));
  else if (making) words.push(t("The version with these cue points (%(count)s) is being made.", count));
  else if (failed) words.push(t("The version with these cue points (%(count)s) could not be made.", count), ...version.reasons.map((code) => inWords({ code, detail: code })));
  else if (sheet.cues.length) words.push(t("The programme plays with its cue points (%(count)s).", count));
  else words.push(t("The programme has no cue point yet: it plays whole."));
  if (making || failed) words.push(plays === sheet.asset_id ? t("Until then it plays whole.") : t("Until then it plays with the cue points before."));
  const line = words.join(" ");
  if (find("state-words").textContent !== line) find("state-words").textContent = line;
  const bar = find("progress");
  bar.hidden = !making;
  bar.value = version.progress_permille;
  find("again").hidden = !failed;
  clearTimeout(pollTimer);
  if (making) pollTimer = setTimeout(poll, POLL_MS);
}

/** Only what is being made is taken from it: what the editor has open stays, and a save tells of a conflict. */
async function poll() {
  try {
    const answer = document.hidden ? null : (await send("GET", url)).sheet;
    if (answer?.revision === sheet.revision) sheet = answer;
    else if (answer && !changed) return location.reload();
  } catch {
    // Away for a moment: the next look tells.
  }
  drawState();
}

function goTo(frame) {
  at = Math.max(0, Math.min(sheet.frames - 1, frame));
  if (cues.includes(at)) held = at;
  else if (!cues.includes(held)) held = null;
  draw();
}

function draw() {
  const all = points();
  drawMarks(root, all, sheet.frames, at);
  drawFrames(find("frames"), sheet.frames, at, still);
  const point = pointAt(at);
  const state = !point ? "" : point.cue ? t("Cue point") : point.rejected ? t("Left out") : t("Suggested");
  slider.setAttribute("aria-valuemax", sheet.frames - 1);
  slider.setAttribute("aria-valuenow", at);
  slider.setAttribute("aria-valuetext", [timecode(at), state].filter(Boolean).join(", "));
  find("here-words").textContent = [timecode(at), t("frame %(frame)s", { frame: at }), state].filter(Boolean).join(" · ");
  if (document.activeElement !== find("at")) find("at").value = timecode(at);
  drawActs(point);
  drawPoints(all);
  find("unsaved").hidden = !changed;
  find("drop").hidden = !changed;
  find("save").disabled = !changed;
}

function drawActs(point) {
  const act = (name) => root.querySelector(`[data-act="${name}"]`);
  act("add").hidden = Boolean(point?.cue);
  act("add").textContent = point?.candidate ? t("Confirm the cue point") : t("Add a cue point here");
  act("move").hidden = held === null || held === at || Boolean(point?.cue);
  act("move").textContent = t("Move %(time)s here", { time: held === null ? "" : timecode(held) });
  act("reject").hidden = !(point && waiting(point));
  act("remove").hidden = !point?.cue;
}

function drawPoints(all) {
  find("empty").hidden = all.length > 0;
  find("points").hidden = all.length === 0;
  find("count").textContent = t("%(cues)s confirmed, %(found)s suggested", { cues: cues.length, found: all.filter(waiting).length });
  const suggested = all.filter(waiting);
  const everything = find("confirm-all");
  everything.hidden = suggested.length < 2;
  everything.textContent = t("Confirm all %(count)s suggested", { count: suggested.length });
  const focused = document.activeElement?.closest?.("[data-point]") ? document.activeElement.dataset : null;
  find("points").replaceChildren(...all.map(drawPoint));
  const row = focused && find("points").querySelector(`li[data-frame="${focused.frame}"]`);
  const next = row && (row.querySelector(`[data-point="${focused.point}"]`) ?? row.querySelector("[data-point]"));
  next?.focus({ preventScroll: true });
  find("points").querySelector("[data-here]")?.scrollIntoView({ block: "nearest" });
}

function drawPoint(point) {
  const { frame, candidate } = point;
  const name = timecode(frame);
  const tool = (action, words) =>
    make("button", { type: "button", className: "button button-quiet button-small", "data-point": action, "data-frame": frame, "aria-label": `${words} ${name}` }, words);
  const tools = point.cue
    ? [tool("remove", t("Remove"))]
    : point.rejected
      ? [tool("restore", t("Suggest again"))]
      : [tool("add", t("Confirm")), tool("reject", t("Leave out"))];
  const why = candidate
    ? t("black %(black)s s, silence %(silence)s s, %(score)s%% sure", {
        black: seconds.format(candidate.black_ms / 1000),
        silence: seconds.format(candidate.silence_ms / 1000),
        score: Math.round(candidate.score / 10),
      })
    : t("set by hand");
  const look = point.cue ? "mark mark-cue" : point.rejected ? "mark mark-rejected" : "mark";
  const state = point.cue ? t("Cue point") : point.rejected ? t("Left out") : t("Suggested");
  return make(
    "li",
    { className: point.rejected ? "point point-rejected" : "point", "data-frame": frame, ...(frame === at ? { "data-here": "" } : {}) },
    make("span", { className: look, "aria-hidden": "true" }),
    make("button", { type: "button", className: "point-go", "data-point": "go", "data-frame": frame, ...(frame === at ? { "aria-current": "true" } : {}) }, name),
    make("span", { className: "cluster" }, ...tools),
    make("span", { className: "small muted point-why" }, `${state} · ${why}`),
  );
}

/** Puts `frame` among the cues, `from` out of them; tells why where it cannot be. */
function put(frame, from = null) {
  const others = cues.filter((cue) => cue !== from);
  const code = obstacle(frame, others, sheet.frames);
  if (code) {
    tell(problem, inWords({ code }));
    return;
  }
  cues = [...others, frame].sort((a, b) => a - b);
  held = frame;
  noted(from === null ? t("Cue point at %(time)s.", { time: timecode(frame) }) : t("Moved to %(time)s.", { time: timecode(frame) }));
}

const acts = {
  go: (frame) => goTo(frame),
  add: (frame) => put(frame),
  move: (frame) => put(frame, held),
  remove(frame) {
    cues = cues.filter((cue) => cue !== frame);
    held = null;
    noted(t("No cue point at %(time)s any more.", { time: timecode(frame) }));
  },
  reject: (frame) => leaveOut("PUT", frame, t("Left out: %(time)s.", { time: timecode(frame) })),
  restore: (frame) => leaveOut("DELETE", frame, t("Suggested again: %(time)s.", { time: timecode(frame) })),
};

/** Left out or suggested again for every editor, at once: what was decided meanwhile stays untouched. */
async function leaveOut(method, frame, words) {
  try {
    const { rejected } = (await send(method, `${url}/rejected/${frame}`)).sheet;
    sheet = { ...sheet, rejected };
    said.textContent = words;
  } catch (error) {
    tell(problem, error.message);
  }
  draw();
}

function noted(words) {
  changed = String(cues) !== String(sheet.cues);
  tell(problem, "");
  said.textContent = words;
  draw();
}

async function save(revision = sheet.revision) {
  find("save").disabled = true;
  tell(problem, "");
  conflict.hidden = true;
  try {
    take(await send("PUT", url, { frames: cues, revision }));
    said.textContent = t("Saved.");
  } catch (error) {
    if (error instanceof Refused && error.problem.code === "cues-changed") conflict.hidden = false;
    else tell(problem, error.message);
  }
  draw();
}

const keys = {
  ArrowLeft: (event) => goTo(at - (event.shiftKey ? 5 : 1)),
  ArrowRight: (event) => goTo(at + (event.shiftKey ? 5 : 1)),
  ArrowDown: () => goTo(at - 25),
  ArrowUp: () => goTo(at + 25),
  PageDown: () => goTo(at - 250),
  PageUp: () => goTo(at + 250),
  Home: () => goTo(0),
  End: () => goTo(sheet.frames - 1),
  n: () => goTo(points().find((point) => point.frame > at)?.frame ?? at),
  p: () => goTo(points().findLast((point) => point.frame < at)?.frame ?? at),
  Enter: () => pointAt(at)?.cue || put(at),
  Delete: () => pointAt(at)?.cue && acts.remove(at),
};
find("viewer").addEventListener("keydown", (event) => {
  const inPlace = event.target === slider || event.target.closest("[data-frames], [data-step]");
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!inPlace || event.altKey || event.ctrlKey || event.metaKey || !(key in keys)) return;
  if (key === "Enter" && event.target !== slider) return; // a button's own
  event.preventDefault();
  tell(problem, "");
  keys[key](event);
});

/** The frame under the pointer on the strip. */
function pointed(event) {
  const { left, width } = slider.getBoundingClientRect();
  return Math.round(((event.clientX - left) / width) * (sheet.frames - 1));
}
slider.addEventListener("pointerdown", (event) => {
  slider.setPointerCapture(event.pointerId);
  // Near a mark the mark is meant.
  const reach = (sheet.frames * 7) / slider.clientWidth;
  const frame = pointed(event);
  const near = points().find((point) => Math.abs(point.frame - frame) <= reach);
  goTo(near?.frame ?? frame);
});
slider.addEventListener("pointermove", (event) => slider.hasPointerCapture(event.pointerId) && event.movementX && goTo(pointed(event)));
root.addEventListener("click", async ({ target }) => {
  const step = target.closest("[data-step]");
  const act = target.closest("[data-act]");
  const tool = target.closest("[data-point]");
  const pane = target.closest("[data-look]");
  if (step || act || tool || pane) tell(problem, "");
  if (step) goTo(at + Number(step.dataset.step));
  else if (pane) goTo(Number(pane.dataset.look));
  else if (act) {
    await acts[act.dataset.act](at);
    if (act.hidden) slider.focus({ preventScroll: true });
  } else if (tool) acts[tool.dataset.point](Number(tool.dataset.frame));
});
find("go").addEventListener("submit", (event) => {
  event.preventDefault();
  const frame = frameTyped(find("at").value);
  tell(problem, frame === null ? t("A frame such as 2400, or a timecode such as 00:01:36:00.") : "");
  if (frame !== null) goTo(frame);
  find("at").value = frame === null ? find("at").value : timecode(at);
});
find("at").addEventListener("focus", () => find("at").select());
find("confirm-all").addEventListener("click", () => {
  for (const { frame } of points().filter(waiting)) if (!obstacle(frame, cues, sheet.frames)) cues.push(frame);
  cues.sort((a, b) => a - b);
  noted(t("%(cues)s confirmed, %(found)s suggested", { cues: cues.length, found: points().filter(waiting).length }));
});
find("save").addEventListener("click", () => save());
find("drop").addEventListener("click", () => {
  cues = [...sheet.cues];
  noted("");
});
find("again").addEventListener("click", async () => {
  try {
    take(await send("PUT", url, { frames: sheet.cues, revision: sheet.revision }));
  } catch (error) {
    tell(problem, error.message);
  }
  draw();
});
find("load").addEventListener("click", () => {
  changed = false;
  location.reload();
});
find("overwrite").addEventListener("click", async () => {
  try {
    await save((await send("GET", url)).sheet.revision);
  } catch (error) {
    tell(problem, error.message);
  }
});
window.addEventListener("beforeunload", (event) => changed && event.preventDefault());

load();
