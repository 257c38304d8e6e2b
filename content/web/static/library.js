/** Follows the preparation of the assets on the page: progress first, then the whole row as the service draws it. */

import { send, t } from "./words.js";

const POLL_MS = 2000;
const words = { queued: "Waiting", preparing: "Preparing" };

function unfinished() {
  return [...document.querySelectorAll("tr[data-asset]")].filter((row) => row.dataset.state in words);
}

/** Whether the asset of `row` is done, one way or the other. */
async function follow(row) {
  const asset = await send("GET", `/v1/assets/${encodeURIComponent(row.dataset.asset)}`);
  if (!(asset.state in words)) return true;
  row.dataset.state = asset.state;
  const badge = row.querySelector("[data-badge]");
  badge.textContent = t(words[asset.state]);
  badge.classList.toggle("badge-warn", asset.state === "preparing");
  const bar = row.querySelector("progress");
  if (bar) bar.value = asset.progress_permille;
  return false;
}

async function redraw(rows) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const row of rows) {
    const drawn = fresh.getElementById(row.id);
    if (drawn) row.replaceWith(drawn);
  }
}

async function look() {
  if (!document.hidden) {
    const done = [];
    for (const row of unfinished()) {
      try {
        if (await follow(row)) done.push(row);
      } catch {
        break; // the service is away for a moment: the next look tells
      }
    }
    if (done.length) await redraw(done).catch(() => {});
  }
  if (unfinished().length) setTimeout(look, POLL_MS);
}

if (unfinished().length) setTimeout(look, POLL_MS / 4);
