/** The driver's screen: a session, two elements, one promise: no picture unless the server says so, and lately. */

import { call } from "./api.js";
import { Picture, Sound } from "./av.js";
import { BreakMeter, CardWatch, Outbox } from "./beacons.js";
import { enrol, enrolled, forget, takeFragment } from "./enrol.js";
import { Guide } from "./guide.js";
import { GuideSheet } from "./guide_sheet.js";
import { Permission } from "./permission.js";
import { Session } from "./session.js";
import { keep, recall } from "./store.js";
import * as view from "./view.js";
import { word } from "./words.js";

const TICK_MS = 100;
const SHOW_EVERY = 3;
const ASK_AGAIN_MS = 1000;
const RETRY_MS = 3000;
const OFFLINE_AFTER_MS = 15_000;
const LOUDEST = 10;

class Dash {
  permission = new Permission();
  outbox = new Outbox();
  guide = new Guide();
  sheet = new GuideSheet({ again: (airing) => this.playItem(airing), tune: (channelId) => this.tune(channelId) });
  meter = new BreakMeter((beacon, event) => this.outbox.add(beacon, event));
  cards = new CardWatch((beacon, event) => this.outbox.add(beacon, event));
  card = null;
  item = recall("item");
  paused = false;
  pictureWanted = true;
  blocked = false;
  linkUp = false;
  linkLostAt = performance.now();
  askedAt = -Infinity;
  ticks = 0;

  constructor() {
    this.sound = new Sound(document.getElementById("audio"), { blocked: () => this.block(true), gone: () => this.gone() });
    this.picture = new Picture(document.getElementById("video"), {
      pulled: () => this.permission.renew(),
      lease: () => this.permission.lease,
      refused: () => this.permission.lapse(),
      shown: (shown) => view.showPicture(shown),
    });
    this.sound.element.onplaying = () => this.block(false);
    this.sound.element.onended = () => this.toChannel();
    this.setVolume(recall("volume", 8));
    view.showPlaying(true);
    view.showPictureWanted(true);
    view.wire({
      play: () => this.togglePlay(),
      live: () => this.toChannel(),
      picture: () => this.togglePicture(),
      full: () => view.showFull(!document.querySelector(".screen").hasAttribute("data-full")),
      listen: () => this.sound.play(),
      items: () => this.openItems(),
      guide: () => view.toggleSheet("guide") && this.sheet.open(this.session.current),
      volume: (step) => this.setVolume(this.volume + step),
      enrol: (code) => this.enrol(code),
    });
    window.addEventListener("online", () => this.outbox.flush());
  }

  // ---- becoming a screen -------------------------------------------------------------------------

  async start() {
    setInterval(() => this.tick(), TICK_MS);
    this.outbox.flush();
    const code = takeFragment().get("code");
    if (code) await this.enrol(code);
    else if (enrolled("dash")) this.open(enrolled("dash"));
    else view.showEnrol("");
  }

  async enrol(code) {
    try {
      this.open(await enrol("dash", code));
    } catch (problem) {
      view.showEnrol(word(problem.passing ? "server_away" : "code_unknown"));
      if (problem.passing) setTimeout(() => this.enrol(code), RETRY_MS);
    }
  }

  open(unit) {
    view.showEnrol(null);
    this.session = new Session(unit.credential, {
      opened: () => this.load(),
      state: (state) => this.hear(state),
      break: (plan) => this.meter.learn(plan),
      card: (card) => {
        this.card = card;
      },
      link: (up) => this.setLink(up),
      refused: (problem) => {
        if (problem.status === 401) forget("dash");
        view.showEnrol(word("code_unknown"));
      },
    }, recall("channel"));
    this.session.open();
  }

  // ---- what plays --------------------------------------------------------------------------------

  load() {
    this.picture.stop();
    const { urls } = this.session.current;
    if (this.item) this.sound.load(this.session.itemUrl(this.item, "audio.m3u8"), { live: false, startS: this.item.at_s ?? 0 });
    else this.sound.load(urls.audio, { live: true });
    view.showMode(this.item ? "item" : "channel");
    if (!this.paused) this.sound.play();
  }

  /** The server refuses the playlist: an item that is no more, or a session that has ended. */
  gone() {
    if (this.item) this.toChannel();
    else setTimeout(() => this.session.open(), RETRY_MS);
  }

  toChannel() {
    this.item = null;
    keep("item", null);
    this.resume();
    this.load();
  }

  /** Changes to another channel, by a session that begins there. */
  tune(channelId) {
    this.item = null;
    keep("item", null);
    keep("channel", channelId);
    view.closeSheet("guide");
    this.resume();
    this.session.channelId = channelId;
    this.session.open();
  }

  playItem(item) {
    this.item = item;
    keep("item", item);
    for (const sheet of ["items", "guide"]) view.closeSheet(sheet);
    this.resume();
    this.load();
  }

  resume() {
    this.paused = false;
    view.showPlaying(true);
  }

  togglePlay() {
    this.paused = !this.paused;
    view.showPlaying(!this.paused);
    if (this.paused) this.sound.pause();
    else this.sound.play();
  }

  togglePicture() {
    this.pictureWanted = !this.pictureWanted;
    view.showPictureWanted(this.pictureWanted);
    this.judge();
  }

  block(blocked) {
    this.blocked = blocked;
    view.showBlocked(blocked);
  }

  setVolume(level) {
    this.volume = Math.min(LOUDEST, Math.max(0, level));
    this.sound.element.volume = this.volume / LOUDEST;
    if (this.volume === 0) this.meter.mute(this.item ? null : this.sound.position);
    keep("volume", this.volume);
    view.showVolume(this.volume);
  }

  async openItems() {
    if (!view.toggleSheet("items")) return;
    try {
      const { items } = await call("/v1/items");
      view.showItems(items, this.item?.item_id, (item) => this.playItem(item));
    } catch {
      view.showItems([], null, () => {});
    }
  }

  // ---- the promise -------------------------------------------------------------------------------

  hear(state) {
    this.permission.hear(state);
    this.judge();
  }

  setLink(up) {
    if (up === this.linkUp) return;
    this.linkUp = up;
    if (up) this.outbox.flush();
    else this.linkLostAt = performance.now();
    this.permission.link(up);
  }

  /** Starts or stops the picture. A pause by the driver holds it, and only the driver ends it. */
  judge() {
    const verdict = this.permission.verdict();
    const { picture, sound, item } = this;
    view.showRestricted(!verdict.permitted);
    const offered = !item || item.kind === "video";
    if (picture.active && !(verdict.permitted && this.pictureWanted && offered)) picture.stop();
    const start = verdict.permitted && this.pictureWanted && offered && !this.paused;
    if (start && !picture.active && sound.flowing && sound.position !== null) {
      picture.start(item ? this.session.itemUrl(item, "video.m3u8") : this.session.current.urls.video, sound);
    }
    this.askAgain();
    this.explain(verdict, offered);
  }

  askAgain() {
    const now = performance.now();
    if (!this.permission.lapsed || !this.linkUp || now - this.askedAt < ASK_AGAIN_MS) return;
    this.askedAt = now;
    this.session.ask();
  }

  explain(verdict, offered) {
    if (!offered || this.blocked) view.showWithheld(null);
    else if (!this.pictureWanted) view.showWithheld("user_picture_off");
    else if (!verdict.permitted) view.showWithheld(verdict.reason === "starting" ? null : verdict);
    else view.showWithheld(this.picture.shown || this.paused ? null : "picture_coming");
  }

  // ---- ten times a second ------------------------------------------------------------------------

  tick() {
    this.judge();
    if (this.picture.active && !this.paused) this.picture.follow(this.sound);
    else if (this.picture.active) this.picture.element.pause();
    const at = this.item ? null : this.sound.position;
    this.meter.at(this.perceived ? at : null);
    this.fill = at === null ? null : this.meter.onAir(at);
    this.cards.look(this.card, !this.fill && view.promotionInSight());
    if (this.ticks++ % SHOW_EVERY === 0 && this.session?.current) this.show();
  }

  /** Whether the driver hears what plays, or at least sees it. */
  get perceived() {
    return this.sound.flowing && (this.volume > 0 || this.picture.shown);
  }

  show() {
    const at = this.sound.position ?? (this.item ? 0 : Date.now());
    view.showClock(Date.now());
    view.showLink(this.linkWord());
    if (this.item) this.showItem(at);
    else this.showChannel(at);
    this.sheet.tick();
    if (this.fill) view.showPromotion(this.fill.card, Math.ceil((this.fill.ends_at_ms - at) / 1000));
    else view.showPromotion(this.card?.card ?? null);
  }

  linkWord() {
    if (this.linkUp) return "online";
    const lostMs = performance.now() - this.linkLostAt;
    return !navigator.onLine || lostMs > OFFLINE_AFTER_MS ? "offline" : "reconnecting";
  }

  showChannel(at) {
    this.guide.refresh(this.session.current.channel_id, at, this.session.current.market);
    const { now, upcoming } = this.guide.at(at);
    const next = upcoming[0]?.title;
    const { fill } = this;
    if (fill) view.showNow({ title: word("advertisement_of", fill.card), next, from_ms: fill.starts_at_ms, until_ms: fill.ends_at_ms }, at);
    else if (now) view.showNow({ title: now.unavailable ? word("unavailable") : now.title, next, from_ms: now.starts_at_ms, until_ms: now.ends_at_ms }, at);
    else view.showNow({ title: word("short_break"), next, from_ms: null }, at);
    view.showAdvertiser(fill?.card.advertiser ?? null);
    view.showArtwork((fill ? fill.card.image_url : (now ?? upcoming[0])?.poster_url) ?? "");
    view.showUpcoming(upcoming.slice(0, 5));
  }

  showItem(at) {
    const { item, sound } = this;
    const length = (sound.element.duration || 0) * 1000 || item.duration_ms;
    view.showNow({ title: item.title, next: null, from_ms: 0, until_ms: length }, at);
    view.showAdvertiser(null);
    view.showArtwork(item.poster_url);
    view.showUpcoming([]);
    if (sound.flowing) keep("item", { ...item, at_s: Math.floor(at / 1000) });
  }
}

const dash = new Dash();
dash.start();
