/** The screen's elements, and how each fact is shown. Writes only what has changed; knows no network. */

import { dayOf, howFar, reasonWords, timeOfDay, word } from "./words.js";

const byId = (id) => document.getElementById(id);
const screen = document.querySelector(".screen");
const LONG_TITLE = 56; // letters: beyond, two lines of the usual size do not hold it
const SAID_AFTER_MS = 1500;
const NOTICE_MS = 10_000;

function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

export function element(tag, content = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = content;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export function poster(url) {
  const image = element("img", "", { alt: "", loading: "lazy" });
  if (url) image.src = url;
  return image;
}

/** Dark or light. */
export function showLight(light) {
  document.body.toggleAttribute("data-light", light);
}

/**
 * The driver's restriction: everything marked `when-parked` goes, and nothing moves. It comes back with the permission,
 * unless the car `left` its place meanwhile.
 */
export function showRestricted(restricted, left) {
  screen.toggleAttribute("data-restricted", restricted);
  if (left) {
    for (const sheet of ["guide", "coupons"]) closeSheet(sheet);
    showFull(false);
  }
}

/** `mode` is what plays: channel or item; for tests and for the sheet. */
export function showMode(mode) {
  screen.dataset.mode = mode;
  byId("live").hidden = mode !== "item";
}

export function showPicture(shown) {
  screen.dataset.picture = shown ? "on" : "off";
}

/** Of the sound: on, paused, or away while the server is out of reach. */
export function showSound(sound) {
  screen.dataset.sound = sound;
}

/** Why there is no picture: `reason` and `rule` as coded, or null to say nothing. */
export function showWithheld(verdict) {
  byId("withheld").hidden = verdict === null;
  if (verdict) text(byId("withheld").lastElementChild, typeof verdict === "string" ? word(verdict) : reasonWords(verdict.reason, verdict.rule));
  speak();
}

let noticeLater;

/** A word that passes: told once, and gone when a driver has had the time for a glance. */
export function showNotice(words) {
  text(byId("notice"), words);
  byId("notice").hidden = false;
  clearTimeout(noticeLater);
  noticeLater = setTimeout(() => {
    byId("notice").hidden = true;
  }, NOTICE_MS);
}

let spoken = "";
let spokenLater;

/** Tells those who do not see the screen what is written there, once it has stood a while; nothing that counts or passes. */
function speak() {
  const now = byId("withheld").hidden ? "" : byId("withheld").lastElementChild.textContent;
  if (now === spoken) return;
  spoken = now;
  clearTimeout(spokenLater);
  spokenLater = setTimeout(() => text(byId("spoken"), now), SAID_AFTER_MS);
}

/** online, starting, reconnecting or offline. */
export function showLink(link) {
  const lamp = byId("link");
  lamp.dataset.link = link;
  text(lamp.firstElementChild, word(`link_${link}`));
}

export function showClock(ms) {
  text(byId("clock"), timeOfDay(ms));
}

export function showPlaying(playing) {
  byId("play").toggleAttribute("data-playing", playing);
  text(byId("play-label"), word(playing ? "pause" : "play"));
}

export function showPictureWanted(wanted) {
  byId("picture").setAttribute("aria-pressed", String(wanted));
}

export function showVolume(level) {
  byId("volume").value = level;
}

export function showBlocked(blocked) {
  byId("blocked").hidden = !blocked;
}

/** Every countdown on the screen: a second that has begun counts. */
function secondsUntil(until, at) {
  return Math.max(0, Math.ceil((until - at) / 1000));
}

/**
 * What plays: {title, next, from_ms, until_ms} in the time that `at` counts in; `from_ms` null hides the progress. While
 * the car may be moving nothing creeps and no seconds are counted.
 */
export function showNow({ title, next, from_ms: from, until_ms: until }, at) {
  text(byId("now-title"), title);
  byId("now-title").toggleAttribute("data-long", title.length > LONG_TITLE);
  text(byId("next-title"), next ?? "");
  document.querySelector(".next").hidden = !next;
  const restricted = screen.hasAttribute("data-restricted");
  const known = from !== null && until > from;
  const leftS = known ? secondsUntil(until, at) : 0;
  byId("now-progress").hidden = !known || restricted;
  byId("now-left").hidden = !known || (restricted && leftS < 60);
  if (!known) return;
  byId("now-progress").value = Math.min(1000, Math.max(0, Math.round((1000 * (at - from)) / (until - from))));
  text(byId("now-left"), leftWords(leftS));
}

/** How long it goes on: seconds in the last minute, else the nearest minute. */
function leftWords(seconds) {
  return seconds < 60 ? word("left_seconds", { seconds }) : word("left", { minutes: Math.round(seconds / 60) });
}

/** The still that stands for what is heard; without one there is the panel alone. */
export function showArtwork(url) {
  const image = byId("poster");
  if (image.dataset.url === url) return;
  image.dataset.url = url;
  image.hidden = true;
  image.onload = () => {
    image.hidden = !url; // what was asked for before this may come yet
  };
  if (url) image.src = url;
}

/** Whose advertisement is on air, marked on the picture or what stands for it; null while none is. */
export function showAdvertiser(advertiser) {
  byId("ad-mark").hidden = advertiser === null;
  if (advertiser !== null) text(byId("ad-mark").lastElementChild, advertiser);
}

/** A promotion, as a card, or beside its spot on air, which ends at `until` and is titled by its advertiser; null takes it away. */
export function showPromotion(card, until = null, at = null) {
  byId("promotion").hidden = !card?.headline; // where a car is may be known no more: then its place says nothing
  if (!card?.headline) return;
  const counted = until !== null && !screen.hasAttribute("data-restricted");
  text(document.querySelector(".promotion .ad-label"), counted ? word("ad_left", { seconds: secondsUntil(until, at) }) : word("ad"));
  text(byId("card-advertiser"), until === null ? card.advertiser : "");
  text(byId("card-headline"), card.headline);
  text(byId("card-body"), card.body);
  byId("card-body").hidden = !card.body;
  byId("card-place").hidden = !card.place_name;
  text(byId("card-place-name"), card.place_name);
  text(byId("card-distance"), howFar(card.distance_m));
}

const ACTIONS = ["navigate", "call", "save"];
const SHEETS = ["items", "guide", "coupons"];

/** Wires the buttons of the promotion. */
export function wireActions(on) {
  for (const name of ACTIONS) byId(`card-${name}`).onclick = () => on[name]();
}

/**
 * Which of its buttons the promotion has ({navigate, call, save}), named with the place for those who do not see it;
 * `save` says how far that has come: free, saving or saved.
 */
export function showActions(offered, place) {
  byId("card-actions").hidden = !ACTIONS.some((name) => offered[name]);
  for (const name of ACTIONS) {
    const button = byId(`card-${name}`);
    button.hidden = !offered[name];
    const label = word(`${name}_to`, { place });
    if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
  }
  const saved = offered.save === "saved" || offered.save === "saving";
  byId("card-save").setAttribute("aria-pressed", String(saved));
  text(byId("card-save").lastElementChild, word(saved ? offered.save : "save"));
}

/** Whether a driver looking at the screen sees the promotion. */
export function promotionInSight() {
  return !byId("promotion").hidden && document.visibilityState === "visible" && byId("promotion").getClientRects().length > 0;
}

export function showUpcoming(entries) {
  const key = entries.map((entry) => entry.starts_at_ms).join();
  const list = byId("upcoming-list");
  byId("upcoming").hidden = entries.length === 0;
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(
    ...entries.map((entry) => {
      const row = element("li");
      row.append(element("time", timeOfDay(entry.starts_at_ms)), element("span", entry.title));
      return row;
    }),
  );
}

/** What can be gone on with, and then everything else; `choose` has `play` and `anew`. */
export function showItems(items, points, currentId, choose) {
  const begun = new Set(points.map((point) => point.item_id));
  const rows = [
    ...points.map((point) => pointRow(point, currentId, choose)),
    ...items.filter((item) => !begun.has(item.item_id)).map((item) => {
      const row = element("li");
      row.append(tileOf(item, `${word(`kind_${item.kind}`)} · ${item.partner}`, currentId, choose));
      return row;
    }),
  ];
  byId("items-list").replaceChildren(...(rows.length ? rows : [element("li", word("no_items"), { class: "nothing" })]));
  enter("items", byId("items-list").querySelector("button"));
}

/** The way to the coupons is there once there is one. */
export function showWalletButton(any) {
  byId("open-coupons").hidden = !any;
}

/** The vehicle's coupons, to be shown at a till; `remove(coupon)` takes one away. */
export function showCoupons(coupons, remove) {
  const rows = coupons.map((coupon) => couponRow(coupon, remove));
  byId("coupons-list").replaceChildren(...(rows.length ? rows : [element("li", word("no_coupons"), { class: "nothing" })]));
}

function couponRow(coupon, remove) {
  const { title, terms, advertiser, code, qr, expires_at: expires, redeemed_at: redeemed } = coupon;
  const row = element("li", "", { class: "coupon" });
  const about = element("div", "", { class: "coupon-about" });
  const over = Date.parse(expires) <= Date.now();
  const until = redeemed ? word("coupon_redeemed") : word(over ? "over_since" : "good_until", { day: dayOf(expires) });
  about.append(element("strong", title), element("span", advertiser), element("span", terms), element("span", until));
  row.toggleAttribute("data-worthless", Boolean(redeemed) || over);
  if (qr && !redeemed && !over) row.append(qrOf(qr, word("qr_of", { code })));
  const away = element("button", word("remove"), { class: "control", "aria-label": word("remove_coupon", { title }) });
  away.onclick = () => remove(coupon);
  row.append(about, element("p", code, { class: "coupon-code" }), away);
  return row;
}

/** Black on white whatever the light: a till's reader needs it so. */
function qrOf({ size, path }, label) {
  const drawn = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const svg = drawn("svg", { class: "coupon-qr", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" });
  svg.append(drawn("rect", { width: size, height: size, fill: "#fff" }), drawn("path", { d: path, fill: "#000" }));
  return svg;
}

function tileOf(item, about, currentId, choose) {
  const tile = element("button", "", { class: "tile", "data-item": item.item_id });
  if (item.item_id === currentId) tile.setAttribute("aria-current", "true");
  tile.append(poster(item.poster_url), element("strong", item.title), element("span", about));
  tile.onclick = () => choose.play(item);
  return tile;
}

function pointRow(point, currentId, choose) {
  const tile = tileOf(point, leftWords(secondsUntil(point.duration_ms, point.position_ms)), currentId, choose);
  tile.lastElementChild.before(element("progress", "", { max: point.duration_ms, value: point.position_ms, "aria-hidden": "true" }));
  const anew = element("button", word("again_short"), { class: "control tile-anew when-parked", "aria-label": `${word("again_short")}: ${point.title}` });
  anew.onclick = () => choose.anew(point);
  const row = element("li");
  row.append(tile, anew);
  return row;
}

/** Opens one sheet and closes the other; the button that opened it says so. */
export function toggleSheet(name) {
  const open = byId(name).hidden;
  for (const other of SHEETS) closeSheet(other);
  if (!open) return false;
  byId(name).hidden = false;
  byId(`open-${name}`).setAttribute("aria-expanded", "true");
  byId(name).querySelector("[data-close]").focus();
  return true;
}

/** What a sheet was opened for is there: on to `first`, unless something else was gone to meanwhile. */
export function enter(name, first) {
  if (first && document.activeElement === byId(name).querySelector("[data-close]")) first.focus();
}

export function closeSheet(name) {
  if (byId(name).hidden) return false;
  byId(name).hidden = true;
  byId(`open-${name}`).setAttribute("aria-expanded", "false");
  byId(`open-${name}`).focus();
  return true;
}

/** Closes what lies over the rest: a sheet, else the full screen. */
export function back() {
  if (!SHEETS.some(closeSheet)) showFull(false);
}

export function showFull(full) {
  screen.toggleAttribute("data-full", full);
  byId("full").setAttribute("aria-pressed", String(full));
}

/** The enrolment form with a message, or null once the screen is enrolled. */
export function showEnrol(message) {
  byId("enrol").hidden = message === null;
  for (const other of screen.children) if (other !== byId("enrol")) other.inert = message !== null;
  if (message === null) return;
  text(byId("enrol-error"), message);
  byId("code").focus();
}

/** Wires the controls: `on` has a function per control id, `volume(step)`, `enrol(code)`. */
export function wire(on) {
  for (const id of ["play", "live", "picture", "full", "listen"]) byId(id).onclick = () => on[id]();
  byId("open-items").onclick = () => on.items();
  byId("open-guide").onclick = () => on.guide();
  byId("open-coupons").onclick = () => on.coupons();
  byId("quieter").onclick = () => on.volume(-1);
  byId("louder").onclick = () => on.volume(1);
  for (const button of document.querySelectorAll("[data-close]")) button.onclick = () => closeSheet(button.closest(".sheet").id);
  byId("enrol-form").onsubmit = (event) => {
    event.preventDefault();
    on.enrol(byId("code").value.trim());
  };
}
