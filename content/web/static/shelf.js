/** The programmes that are ready: searched by title, and added to what is open. */

import { clockLength, make, t } from "./words.js";

/** Fills the shelf of `root`; `add(entry)` puts one where it belongs. */
export function openShelf(root, { programmes, segment_ms: segmentMs }, add) {
  const shelf = root.querySelector("[data-shelf]");
  const search = root.querySelector("[data-search]");
  if (!shelf) return;

  function draw() {
    const wanted = search.value.trim().toLocaleLowerCase();
    const shown = programmes.filter(({ title }) => title.toLocaleLowerCase().includes(wanted));
    shelf.replaceChildren(...shown.map(drawProgramme));
    if (!shown.length) shelf.append(make("li", { className: "muted" }, t("Nothing matches.")));
  }

  function drawProgramme({ programme_id, title, segments }) {
    const onclick = () => add({ kind: "programme", programme_id });
    return make(
      "li",
      { className: "entry" },
      make("span", { className: "entry-name" }, title),
      make("span", { className: "muted" }, clockLength(segments * segmentMs)),
      make("button", { type: "button", className: "button button-small", "aria-label": `${t("Add")} “${title}”`, onclick }, t("Add")),
    );
  }

  search.addEventListener("input", draw);
  draw();
}
