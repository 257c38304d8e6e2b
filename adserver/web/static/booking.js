/** The advertiser's forms: a film goes ahead by tus while the rest is filled in; the card is previewed; states follow. */

import { showLocalTimes } from "/static/localtime.js";

/** How long a film or sound lasts; 0 where this browser cannot tell, and the server will. */
function playsFor(file) {
  const player = document.createElement("video");
  player.preload = "metadata";
  player.src = URL.createObjectURL(file);
  return new Promise((resolve) => {
    const tell = () => {
      resolve(Number.isFinite(player.duration) ? player.duration * 1000 : 0);
      const { src } = player;
      // It must have stopped reading, or it complains of what is no longer there.
      player.removeAttribute("src");
      player.load();
      URL.revokeObjectURL(src);
    };
    player.addEventListener("loadedmetadata", tell, { once: true });
    player.addEventListener("error", tell, { once: true });
  });
}

for (const box of document.querySelectorAll("[data-upload]")) {
  const form = box.closest("form");
  const picker = box.querySelector("input[type=file]");
  const bar = box.querySelector("progress");
  const status = box.querySelector("[data-status]");
  const error = box.querySelector(".error");
  const { upload_id: id, upload_name: name } = form.elements;
  let current = null;
  let waiting = null;

  const failed = (problem) => {
    let text = box.dataset.wordsFailed;
    try {
      const { detail, fix } = JSON.parse(problem.originalResponse.getBody());
      text = [detail, fix].filter(Boolean).join(" ");
    } catch {
      // no problem document came back: the general words stand
    }
    current = waiting = null;
    error.textContent = text;
    status.textContent = "";
    bar.hidden = true;
  };

  const arrived = (file, upload) => {
    current = null;
    id.value = new URL(upload.url, location.href).pathname.split("/").pop();
    name.value = file.name;
    bar.value = 1000;
    status.textContent = `${file.name} · ${box.dataset.wordsDone}`;
    if (waiting) form.requestSubmit(waiting);
  };

  picker.addEventListener("change", async () => {
    current?.abort();
    current = null;
    id.value = name.value = error.textContent = status.textContent = "";
    const [file] = picker.files;
    bar.hidden = !file;
    if (!file) return;
    const looking = (current = { abort() {} });
    const lengthMs = await playsFor(file);
    if (current !== looking) return;
    if (lengthMs > box.dataset.limitMs) {
      current = waiting = null;
      error.textContent = box.dataset.wordsTooLong.replace("{s}", Math.round(lengthMs / 1000));
      picker.value = "";
      bar.hidden = true;
      return;
    }
    const upload = new window.tus.Upload(file, {
      endpoint: "/v1/uploads",
      metadata: { filename: file.name },
      retryDelays: [0, 1000, 3000, 5000],
      removeFingerprintOnSuccess: true,
      onProgress: (sent, total) => {
        bar.value = total ? (sent / total) * 1000 : 0;
        status.textContent = `${box.dataset.wordsSending} ${Math.floor(bar.value / 10)} %`;
      },
      onSuccess: () => upload === current && arrived(file, upload),
      onError: (problem) => upload === current && failed(problem),
    });
    current = upload;
    const [earlier] = await upload.findPreviousUploads();
    if (upload !== current) return;
    if (earlier) upload.resumeFromPreviousUpload(earlier);
    upload.start();
  });

  // Sent before the file has arrived: wait for it, then send.
  form.addEventListener("submit", (event) => {
    if (!current) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = event.submitter;
  }, { capture: true });
}

for (const shown of document.querySelectorAll("#booking [data-preview]")) {
  const field = document.getElementById(shown.dataset.preview);
  const before = field.value ? "" : shown.textContent;
  field.addEventListener("input", () => (shown.textContent = field.value || before));
}

// A price is one of something: of something else it is another, to be typed.
for (const pays of document.querySelectorAll("select[name=pays_for]")) {
  const { price } = pays.form.elements;
  const typed = new Map();
  let before = pays.value;
  pays.addEventListener("input", () => {
    typed.set(before, price.value);
    price.value = typed.get(pays.value) ?? "";
    before = pays.value;
  });
}

// A browser writes the field in a way of its own, which may put the month first: say it in the page's.
const spoken = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "short", timeZone: "UTC" });
for (const field of document.querySelectorAll("input[type=datetime-local]")) {
  const said = document.createElement("output");
  said.className = "hint";
  said.htmlFor = field.id;
  const say = () => (said.textContent = field.value ? spoken.format(new Date(`${field.value}Z`)) : "");
  field.addEventListener("input", say);
  field.after(said);
  say();
}

// ---- what to expect, asked again a moment after what it depends on was changed ---------------------------

const PAUSE_MS = 500;
const ASKED_WITH = new Set(["starts", "ends", "timezone", "radius_km", "markets", "place_id", "area_id", "place_set", "budget", "pays_for", "price", "goal_unit", "goal_amount", "currency", "anyway", "detour_max_min", "fence", "fence_min", "priority"]);
const asks = (name) => ASKED_WITH.has(name) || name.startsWith("whom_") || /^(campaign_)?cap_/.test(name);
for (const panel of document.querySelectorAll("[data-forecast]")) {
  const form = panel.closest("form");
  let asking = null;
  let soon = null;

  const expect = async () => {
    asking?.abort();
    const mine = (asking = new AbortController());
    panel.ariaBusy = "true";
    const typed = [...new FormData(form)].filter(([name]) => asks(name));
    try {
      const response = await fetch(panel.dataset.forecast, { method: "POST", body: new URLSearchParams(typed), signal: mine.signal });
      if (!response.ok) return;
      const told = new DOMParser().parseFromString(await response.text(), "text/html");
      panel.replaceChildren(...told.body.childNodes);
    } catch {
      // asked anew meanwhile, or no network: what stands there stands
    } finally {
      if (asking === mine) panel.ariaBusy = null;
    }
  };

  form.addEventListener("input", ({ target }) => {
    if (!asks(target.name)) return;
    clearTimeout(soon);
    soon = setTimeout(expect, PAUSE_MS);
  });
}

// ---- a campaign's page follows what happens, as long as somebody looks at it --------------------------

const SOON_MS = 4000;
const LATER_MS = 30_000;
const GROWTH = 1.5;
let waitMs = SOON_MS;
let timer = null;
const shown = new Map();

/** What forms.js does for the forms that came with the page. */
function ask(event) {
  const question = event.submitter?.dataset.confirm;
  if (question && event.target === event.currentTarget && !window.confirm(question)) event.preventDefault();
}

/** Puts what has changed of the page's live parts in place; whether anything had. */
async function refresh() {
  // Not this page's own address: the answer to a form has one that cannot be read again.
  const { page } = document.querySelector("[data-page]").dataset;
  const response = await fetch(page, { headers: { Accept: "text/html" }, redirect: "manual" });
  if (!response.ok) throw Object.assign(new Error("no page"), { final: response.status < 500 });
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  let changed = false;
  for (const part of document.querySelectorAll("[data-live]")) {
    const now = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!now || now.outerHTML === (shown.get(part.dataset.live) ?? part.outerHTML) || part.contains(document.activeElement)) continue;
    shown.set(part.dataset.live, now.outerHTML);
    changed = true;
    for (const form of [now, ...now.querySelectorAll("form")]) form.addEventListener("submit", ask);
    part.replaceWith(now);
    showLocalTimes(now);
  }
  for (const article of document.querySelectorAll("[data-asset]")) await progress(article);
  return changed || document.querySelector("[data-asset]") !== null;
}

async function progress(article) {
  const response = await fetch(`/v1/assets/${article.dataset.asset}`, { headers: { Accept: "application/json" } });
  if (response.ok) article.querySelector("progress").value = (await response.json()).progress_permille;
}

/** Often while things happen, seldom while nothing does, not at all while nobody looks. */
async function follow() {
  clearTimeout(timer);
  if (document.visibilityState !== "visible") return;
  try {
    waitMs = (await refresh()) ? SOON_MS : Math.min(LATER_MS, waitMs * GROWTH);
  } catch (problem) {
    if (problem.final) return;
    waitMs = LATER_MS;
  }
  clearTimeout(timer);
  timer = setTimeout(follow, waitMs);
}

if (document.querySelector("[data-live]")) {
  document.addEventListener("visibilitychange", () => {
    waitMs = SOON_MS;
    follow();
  });
  timer = setTimeout(follow, 1000);
}
