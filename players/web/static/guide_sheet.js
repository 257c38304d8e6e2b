/** The guide over the picture: channels with what is on, a channel's day, and all about one airing. */

import { betweenAt, dayOf, everyChannel, onAir } from "./guide.js";
import { element, enter, poster } from "./view.js";
import { timeOfDay, word, words } from "./words.js";

const DAYS = { first: -7, last: 7 };
const language = document.documentElement.lang || "en";
const dayName = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
const byId = (id) => document.getElementById(id);

/** The day `offset` from today, in the car's time zone: noon of it, so that no change of clocks moves it. */
function noonOf(offset) {
  const noon = new Date();
  noon.setHours(12, 0, 0, 0);
  noon.setDate(noon.getDate() + offset);
  return noon;
}

const isoDay = (day) => [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((n) => String(n).padStart(2, "0")).join("-");

function button(className, onclick, ...children) {
  const made = element("button", "", { class: className });
  made.append(...children.filter(Boolean));
  made.onclick = onclick;
  return made;
}

function progressOf(entry, at) {
  const bar = element("progress", "", { max: 1000, "aria-hidden": "true" });
  bar.value = (1000 * (at - entry.starts_at_ms)) / (entry.ends_at_ms - entry.starts_at_ms);
  return bar;
}

function advisory(entry) {
  if (entry.advisory === "all") return null;
  return element("span", `-${entry.advisory}`, { class: "age", "aria-label": word("not_under", { age: entry.advisory }) });
}

function kindOf(entry) {
  const episode = entry.season && entry.episode ? word("episode_of", entry) : entry.episode ? word("episode", entry) : "";
  return [words.categories[entry.category], episode].filter(Boolean).join(" · ");
}

/**
 * `on.again(item)` plays an airing from its beginning, `on.tune(channelId)` changes the channel, `on.playing()` gives
 * what the rest of the screen says of its own channel: `{at, now, between, upcoming}`, as it is heard; null while it is not heard.
 */
export class GuideSheet {
  #asked = 0;
  #told = "";

  constructor(on) {
    this.on = on;
    byId("guide-earlier").onclick = () => this.#turn(-1);
    byId("guide-later").onclick = () => this.#turn(1);
    byId("guide-back").onclick = () => this.#close();
    byId("guide-watch").onclick = () => this.on.tune(this.channelId);
    byId("guide-watch").onkeydown = (event) => this.#goOn(event);
  }

  /** Shows what is on now; `session` says on which channel and in which market. */
  open(session) {
    Object.assign(this, { session, channelId: session.channel_id, offset: 0, opener: null });
    this.#offerChannel();
    this.#close();
    this.#arrive(this.#load(), this.#loadChannels());
  }

  /** Begins at the channel; where there is only one, at what is on. */
  async #arrive(...loading) {
    await Promise.all(loading);
    enter("guide", byId("guide").hasAttribute("data-one") ? this.#first : this.#chosen);
  }

  /** What is on goes on while the sheet is open: once a minute, and with what is heard. */
  tick() {
    if (byId("guide").hidden) return;
    const told = `${Math.floor(Date.now() / 60_000)} ${this.on.playing()?.now?.airing_id}`;
    if (told === this.#told) return;
    this.#told = told;
    if (this.offset === 0) this.#mark();
    this.#loadChannels();
  }

  /** The moment that is on: of the channel that plays, the one that is heard. */
  #at(channelId) {
    return this.#heard(channelId)?.at ?? Date.now();
  }

  #heard(channelId) {
    return channelId === this.session.channel_id ? this.on.playing() : null;
  }

  /** What is on a channel, what comes next, and what to call it where nothing is on. */
  #onNow({ channel_id: channelId, entries: [first, second], interludes = [] }) {
    const heard = this.#heard(channelId);
    if (heard) return [heard.now, heard.upcoming[0], heard.between];
    const between = betweenAt(interludes, Date.now());
    return first && onAir(first, Date.now()) ? [first, second, between] : [null, first, between];
  }

  #turn(days) {
    this.offset = Math.min(DAYS.last, Math.max(DAYS.first, this.offset + days));
    this.#close();
    this.#load();
  }

  async #loadChannels() {
    const channels = await everyChannel(this.session.market).catch(() => null);
    if (!channels || byId("guide").hidden) return;
    byId("guide").toggleAttribute("data-one", channels.length < 2);
    byId("guide-days").toggleAttribute("data-ring", channels.length > 1);
    const list = byId("guide-channels");
    const held = list.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
    list.replaceChildren(...channels.map((channel) => this.#channel(channel)));
    if (held) list.querySelector(`[data-channel="${CSS.escape(held)}"]`)?.focus();
  }

  /** Whatever is on a channel, or nothing: it can be changed to, unless it plays already. */
  #offerChannel() {
    byId("guide-watch").hidden = this.channelId === this.session.channel_id && this.on.playing() !== null;
  }

  /** The knob goes on from there to what is on, past what is over. */
  #goOn(event) {
    if (!["ArrowDown", "ArrowRight"].includes(event.key) || !this.#first) return;
    event.preventDefault();
    this.#first.focus();
  }

  get #chosen() {
    return byId("guide-channels").querySelector('[aria-pressed="true"]');
  }

  #channel(channel) {
    const at = this.#at(channel.channel_id);
    const [now, next, between] = this.#onNow(channel);
    const about = element("span", "", { class: "channel-about" });
    about.append(element("strong", channel.name), element("span", now ? now.title : between ? word(between) : ""));
    if (now) about.append(progressOf(now, at));
    if (next) about.append(element("small", `${timeOfDay(next.starts_at_ms)} ${next.title}`));
    const logo = element("img", "", { alt: "", src: channel.logo_url });
    const chosen = button("channel", () => this.#choose(channel.channel_id), logo, about);
    chosen.dataset.channel = channel.channel_id;
    chosen.setAttribute("aria-pressed", String(channel.channel_id === this.channelId));
    const row = element("li");
    row.append(chosen);
    return row;
  }

  /** Shows the channel's day, and goes on to it: first of all it may be watched. */
  async #choose(channelId) {
    this.channelId = channelId;
    this.#offerChannel();
    for (const one of byId("guide-channels").querySelectorAll(".channel")) one.setAttribute("aria-pressed", String(one.dataset.channel === channelId));
    this.#close();
    await this.#load();
    if (document.activeElement !== this.#chosen) return;
    if (byId("guide-watch").hidden) this.#first?.focus();
    else byId("guide-watch").focus();
  }

  /** What is on, or comes next; of another day, where it begins. */
  get #first() {
    const rows = [...byId("guide-list").children];
    const from = this.offset === 0 ? Math.max(0, rows.indexOf(this.#mark())) : 0;
    return [...rows.slice(from), ...rows].map((row) => row.querySelector("button")).find(Boolean);
  }

  async #load() {
    const asked = ++this.#asked;
    const day = noonOf(this.offset);
    byId("guide-day").textContent = words.days[this.offset] ?? dayName.format(day);
    byId("guide-earlier").disabled = this.offset === DAYS.first;
    byId("guide-later").disabled = this.offset === DAYS.last;
    const list = byId("guide-list");
    list.setAttribute("aria-busy", "true");
    const listing = await dayOf(this.channelId, isoDay(day), this.session.market).catch(() => ({ entries: [], failed: true }));
    if (asked !== this.#asked) return;
    list.setAttribute("aria-busy", "false");
    const rows = this.#rows(listing);
    list.replaceChildren(...(rows.length ? rows : [element("li", word(listing.failed ? "guide_away" : "no_guide"), { class: "nothing" })]));
    list.scrollTop = 0;
    if (this.offset === 0) this.#mark()?.scrollIntoView({ block: "start" });
  }

  /** The airings of a day, and between them what else is on for long. */
  #rows({ entries, interludes = [] }) {
    if (!entries.length) return [];
    const made = [...entries.map((entry) => [entry, this.#airing(entry)]), ...interludes.map((one) => [one, this.#interlude(one)])];
    return made.sort(([a], [b]) => a.starts_at_ms - b.starts_at_ms).map(([, row]) => row);
  }

  #interlude({ starts_at_ms: from, ends_at_ms: until }) {
    const about = element("span", "", { class: "airing-about" });
    about.append(element("span", word("interlude")));
    const told = element("div", "", { class: "interlude" });
    told.append(element("time", timeOfDay(from)), about);
    const row = element("li", "", { "data-from": from, "data-until": until });
    row.append(told);
    return row;
  }

  #airing(entry) {
    const about = element("span", "", { class: "airing-about" });
    const line = element("span", "", { class: "airing-line" });
    line.append(element("strong", entry.title), ...[advisory(entry)].filter(Boolean));
    about.append(line, element("span", entry.unavailable ? word("unavailable") : entry.subtitle || kindOf(entry)));
    const chosen = button("airing", () => this.#show(entry, chosen), element("time", timeOfDay(entry.starts_at_ms)), poster(entry.poster_url), about);
    const again = entry.replay && element("span", word("again_short"), { class: "again" });
    if (again) chosen.append(again);
    chosen.toggleAttribute("data-unavailable", Boolean(entry.unavailable));
    const row = element("li", "", { "data-from": entry.starts_at_ms, "data-until": entry.ends_at_ms });
    row.append(chosen);
    return row;
  }

  /** Marks what is on, and gives its row, or that of what comes next. */
  #mark() {
    const at = this.#at(this.channelId);
    const rows = [...byId("guide-list").querySelectorAll("[data-from]")];
    for (const row of rows) {
      const now = row.dataset.from <= at && at < row.dataset.until;
      row.firstElementChild.toggleAttribute("aria-current", now);
      row.toggleAttribute("data-past", row.dataset.until <= at);
      row.querySelector("progress")?.remove();
      const entry = { starts_at_ms: Number(row.dataset.from), ends_at_ms: Number(row.dataset.until) };
      if (now) row.querySelector(".airing-about").append(progressOf(entry, at));
    }
    return rows.find((row) => row.dataset.until > at);
  }

  /** Leaves what is gone into; false where that is the sheet itself. */
  back() {
    if (byId("guide").hidden) return false;
    if (!byId("guide-about").hidden) this.#close();
    else if (document.activeElement.closest("[data-ring]")) this.#chosen?.focus();
    else return false;
    return true;
  }

  // ---- all about one airing ----------------------------------------------------------------------

  #show(entry, opener) {
    this.opener = opener;
    this.#reveal(true);
    const at = this.#at(this.channelId);
    const about = element("div", "", { class: "about" });
    about.append(element("h3", entry.title));
    if (entry.subtitle) about.append(element("p", entry.subtitle, { class: "about-subtitle" }));
    const facts = element("p", "", { class: "about-facts" });
    const when = [...new Set([entry.starts_at_ms, entry.ends_at_ms].map(timeOfDay))].join("–"); // one within a minute
    facts.append(...[advisory(entry)].filter(Boolean), element("span", [when, kindOf(entry), entry.year].filter(Boolean).join(" · ")));
    about.append(facts, element("p", entry.synopsis, { class: "about-synopsis" }));
    if (entry.credits.length) about.append(element("p", this.#creditsOf(entry), { class: "about-credits" }));
    const actions = element("div", "", { class: "about-actions" });
    actions.append(...this.#actionsOf(entry, at));
    const side = element("div", "", { class: "about-side" });
    side.append(poster(entry.poster_url), actions);
    byId("guide-about").replaceChildren(side, about);
    (actions.querySelector("button") ?? byId("guide-back")).focus();
  }

  #creditsOf(entry) {
    const roles = [...new Set(entry.credits.map((credit) => credit.role))];
    const names = (role) => entry.credits.filter((credit) => credit.role === role).map((credit) => credit.name);
    return roles.map((role) => word(`by_${role}`, { names: names(role).join(", ") })).join(" · ");
  }

  #actionsOf(entry, at) {
    if (entry.unavailable) return [element("p", word("unavailable"), { class: "about-refusal" })];
    const made = [];
    if (onAir(entry, at) && this.channelId !== this.session.channel_id) {
      made.push(button("control control-main", () => this.on.tune(this.channelId), word("watch")));
    }
    if (entry.replay?.path) {
      const item = { item_id: entry.airing_id, path: entry.replay.path, kind: "video", title: entry.title, poster_url: entry.poster_url, duration_ms: entry.ends_at_ms - entry.starts_at_ms };
      made.push(button("control control-main", () => this.on.again(item), word(onAir(entry, at) ? "start_over" : "watch_again")));
    }
    return made;
  }

  /** Back to the day, where one was. */
  #close() {
    this.#reveal(false);
    if (this.opener?.isConnected) this.opener.focus();
    this.opener = null;
  }

  #reveal(about) {
    for (const id of ["guide-about", "guide-back"]) byId(id).hidden = !about;
    for (const id of ["guide-days", "guide-channels", "guide-turn", "guide-title"]) byId(id).hidden = about;
  }
}
