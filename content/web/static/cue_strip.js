/** How the cue page draws pictures: the whole programme as a strip, and the frames around the one looked at. */

import { timecode } from "./timecode.js";
import { make, t } from "./words.js";

const PICTURES = 14;
const TIMES = 5;
/** Offsets of the frames shown; the cut is between -1 and 0. */
const AROUND = [-25, -5, -1, 0, 5, 25];

/** The strip's pictures and times, once. */
export function drawStrip(root, sheet, still) {
  const film = root.querySelector("[data-film]");
  const middles = Array.from({ length: PICTURES }, (_, i) => Math.floor(((i + 0.5) * sheet.frames) / PICTURES));
  film.replaceChildren(...middles.map((frame) => make("img", { src: still(frame), alt: "", loading: "lazy", draggable: false })));
  const times = Array.from({ length: TIMES }, (_, i) => Math.round((i * (sheet.frames - 1)) / (TIMES - 1)));
  root.querySelector("[data-times]").replaceChildren(
    ...times.map((frame) => placed(make("span", {}, timecode(frame).slice(0, 8)), frame, sheet.frames)),
  );
}

/** The marks of all points, and where the reader is. */
export function drawMarks(root, points, frames, at) {
  root.querySelector("[data-marks]").replaceChildren(
    ...points.flatMap((point) => {
      const look = point.cue ? "mark mark-cue" : point.rejected ? "mark mark-rejected" : "mark";
      const mark = placed(make("span", { className: look }), point.frame, frames);
      return point.cue ? [mark, placed(make("span", { className: "cut" }), point.frame, frames)] : [mark];
    }),
  );
  placed(root.querySelector("[data-here]"), at, frames);
}

function placed(element, frame, frames) {
  element.style.left = `${(100 * frame) / Math.max(1, frames - 1)}%`;
  return element;
}

/** The frames around `at`; panes are made once and then only change what they show. */
export function drawFrames(place, frames, at, still) {
  if (!place.children.length) place.append(...AROUND.map(pane));
  for (const [i, offset] of AROUND.entries()) {
    const frame = at + offset;
    const button = place.children[i];
    const inside = frame >= 0 && frame < frames;
    button.dataset.look = frame;
    button.disabled = !inside;
    button.setAttribute("aria-label", `${nameOf(offset)}, ${inside ? timecode(frame) : t("outside the programme")}`);
    button.querySelector("[data-time]").textContent = inside ? timecode(frame) : "";
    show(button, inside ? still(frame) : "");
  }
}

function pane(offset) {
  const near = offset === -1 || offset === 0;
  const side = offset === -1 ? " frame-before" : offset === 0 ? " frame-after" : "";
  const picture = make("img", { alt: "", draggable: false, hidden: true });
  const none = make("span", { className: "none" });
  picture.addEventListener("load", () => (none.textContent = ""));
  picture.addEventListener("error", () => {
    picture.hidden = true;
    none.textContent = t("No picture");
  });
  return make(
    "button",
    { type: "button", className: near ? `frame frame-near${side}` : "frame" },
    make("span", { className: "frame-name" }, nameOf(offset)),
    make("span", { className: "pane" }, picture, none),
    make("span", { className: "mono", "data-time": "" }),
  );
}

const names = { "-25": "−1 s", "-5": "−5", 5: "+5", 25: "+1 s" };

function nameOf(offset) {
  if (offset === -1) return t("Just before");
  return offset === 0 ? t("Just after") : names[offset];
}

/** Sets the picture a moment later, so that a key held down does not ask for every frame on its way. */
function show(button, address) {
  const picture = button.querySelector("img");
  clearTimeout(Number(button.dataset.timer));
  if (!address) {
    picture.hidden = true;
    button.querySelector(".none").textContent = "";
    return;
  }
  button.dataset.timer = setTimeout(() => {
    picture.hidden = false;
    if (picture.getAttribute("src") !== address) picture.src = address;
  }, 60);
}
