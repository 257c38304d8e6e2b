/** Which part of the schedule's page is shown: the address says it. */

import { all, find, root, state } from "./desk.js";

const tabs = ["week", "loop", "rules", "history"];

export function drawTabs() {
  const wanted = location.hash.slice(1);
  if (tabs.includes(wanted)) state.tab = wanted;
  const { tab, open } = state;
  root.querySelector(".sched").dataset.shown = tab;
  for (const link of all("tab")) link.setAttribute("aria-current", link.dataset.tab === tab);
  for (const part of all("part")) part.hidden = part.dataset.part !== tab;
  for (const panel of all("block-panel")) panel.hidden = tab !== "week" || !open;
  find("shelf-panel").hidden = !(tab === "loop" || (tab === "week" && open));
  root.querySelector(".sched-aside").hidden = find("shelf-panel").hidden;
}
