/** The driver's screen: a session, two elements, one promise: no picture unless the server says so, and lately. */

import { call } from "./api.js";
import { Picture, Sound } from "./av.js";
import { Daylight } from "./daylight.js";
import { BreakMeter, CardWatch, Outbox } from "./beacons.js";
import { CardActions } from "./card_actions.js";
import { enrol, enrolled, forget, takeFragment } from "./enrol.js";
import { Guide } from "./guide.js";
import { GuideSheet } from "./guide_sheet.js";
import { Knob } from "./knob.js";
import { OnDemand } from "./on_demand.js";
import { LINK_GRACE_MS, Permission } from "./permission.js";
import { Session } from "./session.js";
import { keep, recall } from "./store.js";
import * as view from "./view.js";
import { Wallet } from "./wallet.js";
import { word } from "./words.js";

const TICK_MS = 100;
const SHOW_EVERY = 3;
const ASK_AGAIN_MS = 1000;
const RETRY_MS = 3000;
const OFFLINE_AFTER_MS = 15_000;
const SILENT_AFTER_MS = 2000;
/** A sound that begins, or a segment that is asked for again, may take so long. */
const STARVED_AFTER_MS = 3000;
const LOUDEST = 10;
/** Reasons that say where the car is; the others pass, as a lease does that is renewed a moment late. */
const LEFT = new Set(["vehicle-moving", "vehicle-idling", "vehicle-transported"]);
const REFUSED_SAVES = { "coupon-exhausted": "coupon_gone", "coupon-expired": "coupon_gone", "coupon-redeemed": "coupon_redeemed" };
const ENDED = new Set(["session-unknown", "grant-expired", "signature-invalid"]);

class Dash {
  permission = new Permission();
  outbox = new Outbox();
  guide = new Guide();
  sheet = new GuideSheet({ again: (airing) => this.playItem(airing), tune: (channelId) => this.tune(channelId), playing: () => this.playing() });
  onDemand = new OnDemand(() => this.session);
  meter = this.newMeter();
  itemMeter = this.newMeter();
  cards = new CardWatch((beacon, event) => this.outbox.add(beacon, event));
  wallet = new Wallet(() => this.session?.current, {
    saved: () => view.showNotice(word("coupon_saved")),
    refused: (code) => view.showNotice(word(REFUSED_SAVES[code] ?? "coupon_refused")),
    changed: () => this.showWallet(),
  });
  actions = new CardActions((beacon, event) => this.outbox.add(beacon, event), this.wallet);
  card = null;
  cardsTold = "no";
  callsTold = false;
  placeKnown = false;
  item = recall("item");
  // What the driver has stopped stays stopped, across reloads and ignition cycles too.
  paused = recall("paused", false);
  pictureWanted = recall("picture", true);
  blocked = false;
  linkUp = false;
  linkLostAt = performance.now();
  silentAt = performance.now();
  fedAt = performance.now();
  askedAt = -Infinity;
  ticks = 0;
  daylight = new Daylight(view.showLight);
  knob = new Knob(["#enrol", "#blocked", "#guide", "#items", "#coupons", ".screen"], () => this.sheet.back() || view.back());

  constructor() {
    this.sound = new Sound(document.getElementById("audio"), {
      blocked: () => this.block(true),
      gone: () => this.gone(),
      lost: () => this.load(),
    });
    this.picture = new Picture(document.getElementById("video"), {
      pulled: (askedAt) => this.permission.renew(askedAt),
      lease: () => this.permission.lease,
      refused: () => this.permission.lapse(),
      shown: (shown) => view.showPicture(shown),
    });
    this.sound.element.onplaying = () => this.block(false);
    this.sound.element.onended = () => this.finish();
    this.setVolume(recall("volume", 8));
    view.showPlaying(!this.paused);
    view.showPictureWanted(this.pictureWanted);
    view.wire({
      play: () => this.togglePlay(),
      live: () => {
        this.resume();
        this.toChannel();
      },
      picture: () => this.togglePicture(),
      full: () => view.showFull(!document.querySelector(".screen").hasAttribute("data-full")),
      listen: () => this.sound.play(),
      items: () => this.openItems(),
      guide: () => view.toggleSheet("guide") && this.sheet.open(this.session.current),
      coupons: () => this.openCoupons(),
      volume: (step) => this.setVolume(this.volume + step),
      enrol: (code) => this.enrol(code),
    });
    window.addEventListener("online", () => {
      this.outbox.flush();
      this.wallet.flush();
    });
    this.showWallet();
    window.addEventListener("pagehide", () => this.leave({ leaving: true }));
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.leave({ leaving: true }));
  }

  newMeter() {
    return new BreakMeter((beacon, event) => this.outbox.add(beacon, event));
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
      opened: () => {
        this.load();
        this.wallet.flush();
        this.wallet.refresh().catch(() => {});
      },
      state: (state) => this.hear(state),
      break: (plan) => this.meter.learn(plan),
      card: (card) => {
        this.card = card;
      },
      link: (up) => this.setLink(up),
      // It stays the driver's choice: back where it is offered, it plays again.
      elsewhere: () => view.showNotice(word("channel_elsewhere")),
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
    view.showMode(this.item ? "item" : "channel");
    if (this.item) {
      this.leave();
      this.loadItem(this.item);
    } else this.sound.load(this.session.current.urls.audio, { live: true });
    if (!this.paused) this.sound.play();
  }

  /** Plays an item where the vehicle left it, wherever that was. */
  async loadItem(item) {
    const session = this.session.current;
    const obsolete = () => item !== this.item || session !== this.session.current;
    this.sound.unload();
    this.itemMeter = this.newMeter();
    try {
      const play = await this.onDemand.open(item);
      if (obsolete()) return;
      for (const one of play.breaks) this.itemMeter.learn(one);
      this.sound.load(this.session.itemUrl(item, "audio.m3u8"), { live: false, startS: play.begin_ms / 1000 });
    } catch (problem) {
      if (obsolete()) return;
      if (problem.passing) setTimeout(() => obsolete() || this.loadItem(item), RETRY_MS);
      else if (ENDED.has(problem.code)) this.session.open();
      else this.toChannel();
    }
  }

  /** Tells where an item is left. */
  leave(how) {
    if (this.item && !this.sound.live) this.onDemand.tell(this.item, this.sound.position, how);
  }

  /** The item was played to its end. */
  finish() {
    const { item } = this;
    this.item = null; // or it would be told that it was left there
    if (item) this.onDemand.tell(item, 0, { ended: true });
    this.toChannel();
  }

  /** The server refuses the playlist: an item that is no more, or a session that has ended. */
  gone() {
    if (this.item) this.toChannel();
    else setTimeout(() => this.session.open(), RETRY_MS);
  }

  toChannel() {
    this.leave();
    this.item = null;
    keep("item", null);
    this.load();
  }

  /** Changes to another channel, by a session that begins there. */
  tune(channelId) {
    this.leave();
    this.item = null;
    keep("item", null);
    keep("channel", channelId);
    view.closeSheet("guide");
    this.resume();
    this.session.channelId = channelId;
    this.session.open();
  }

  playItem(item) {
    this.leave();
    this.sound.unload(); // what plays now is not the item's
    this.item = item;
    keep("item", item);
    for (const sheet of ["items", "guide"]) view.closeSheet(sheet);
    this.resume();
    this.load();
  }

  /** Plays from the beginning what could be gone on with. */
  async playAnew(point) {
    if (point.item_id === this.item?.item_id) this.item = null;
    await this.onDemand.forget(point).catch(() => {});
    this.playItem(point);
  }

  resume() {
    this.pause(false);
  }

  pause(paused) {
    this.paused = paused;
    keep("paused", paused);
    view.showPlaying(!paused);
  }

  togglePlay() {
    this.pause(!this.paused);
    if (this.paused) {
      this.sound.pause();
      this.leave();
    } else this.sound.play();
  }

  togglePicture() {
    this.pictureWanted = !this.pictureWanted;
    keep("picture", this.pictureWanted);
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
    if (this.volume === 0) this.promotions.mute(this.sound.position);
    keep("volume", this.volume);
    view.showVolume(this.volume);
  }

  async openItems() {
    if (!view.toggleSheet("items")) return;
    this.leave();
    const listed = call("/v1/items").then(({ items }) => items);
    const [items, points] = await Promise.all([listed, this.onDemand.points()].map((asked) => asked.catch(() => [])));
    const choose = { play: (item) => this.playItem(item), anew: (point) => this.playAnew(point) };
    view.showItems(items, points, this.item?.item_id, choose);
  }

  openCoupons() {
    if (!view.toggleSheet("coupons")) return;
    this.wallet.refresh().catch(() => {});
  }

  showWallet() {
    const { coupons } = this.wallet;
    view.showWalletButton(coupons.length > 0);
    view.showCoupons(coupons, (coupon) => this.wallet.remove(coupon).catch(() => view.showNotice(word("server_away"))));
    this.knob.rescue();
  }

  // ---- the promise -------------------------------------------------------------------------------

  hear(state) {
    if (!this.permission.hear(state)) {
      this.judge();
      return;
    }
    this.cardsTold = state.cards;
    this.callsTold = state.calls;
    // What is on demand was decided when it began, and nobody tells it again.
    if (this.placeKnown && !state.place) this.itemMeter.hideCards();
    this.placeKnown = state.place;
    this.judge();
    this.daylight.hear(state.day_night);
  }

  setLink(up) {
    if (up === this.linkUp) return;
    this.linkUp = up;
    if (up) {
      this.fedAt = performance.now();
      this.outbox.flush();
      this.onDemand.flush();
      this.wallet.flush();
    } else this.linkLostAt = performance.now();
    this.permission.link(up);
  }

  /** Starts or stops the picture. A pause by the driver holds it, and only the driver ends it. */
  judge() {
    const verdict = this.permission.verdict();
    const { picture, sound, item } = this;
    view.showRestricted(!verdict.permitted, LEFT.has(verdict.reason));
    if (!this.cardsMayStand) view.showPromotion(null);
    this.knob.rescue();
    const offered = !item || item.kind === "video";
    if (picture.active && (this.unheard || this.leftBehind || !(verdict.permitted && this.pictureWanted && offered))) picture.stop();
    const start = verdict.permitted && this.pictureWanted && offered && !this.paused;
    if (start && !picture.active && sound.flowing && sound.position !== null && this.session.current) {
      picture.start(item ? this.session.itemUrl(item, "video.m3u8") : this.session.current.urls.video, sound);
    }
    this.askAgain();
    this.explain(verdict, offered);
  }

  /** Whether the market lets a card stand: always, or as long as it is known how the car is. */
  get cardsMayStand() {
    return this.cardsTold === "always" || (this.cardsTold === "now" && this.carHeard);
  }

  /** Whether it is known, by what the server said lately, how the car is. */
  get carHeard() {
    const lost = !this.linkUp && performance.now() - this.linkLostAt > LINK_GRACE_MS;
    return !lost && this.permission.verdict().reason !== "lost";
  }

  askAgain() {
    const now = performance.now();
    if (!this.permission.lapsed || !this.linkUp || now - this.askedAt < ASK_AGAIN_MS) return;
    this.askedAt = now;
    this.session.ask();
  }

  explain(verdict, offered) {
    const { picture, paused } = this;
    const away = this.unheard && Boolean(this.session);
    view.showSound(paused ? "paused" : away ? "away" : "on");
    if (this.blocked || picture.shown) view.showWithheld(null);
    else if (paused) view.showWithheld("user_paused");
    else if (away) view.showWithheld(`${this.linkWord()}_silent`);
    else if (!offered || verdict.reason === "starting") view.showWithheld(null);
    else if (!this.pictureWanted) view.showWithheld("user_picture_off");
    else if (!verdict.permitted) view.showWithheld(verdict.reason === "lost" && this.linkWord() === "offline" ? "offline_sound" : verdict);
    else view.showWithheld("picture_coming");
  }

  /** Notes when the sound was last as it should be, and when something last came that it is made of. */
  listen() {
    const { sound } = this;
    const now = performance.now();
    const heard = sound.flowing || this.paused || this.blocked;
    if (heard) this.silentAt = now;
    if (!sound.failing && (heard || !this.session?.current)) this.fedAt = now;
  }

  /** Whether it is silent because the server is out of reach; a picture would stand still. */
  get unheard() {
    return performance.now() - this.silentAt > SILENT_AFTER_MS && this.linkWord() !== "online";
  }

  // ---- ten times a second ------------------------------------------------------------------------

  tick() {
    this.listen();
    this.judge();
    if (this.picture.active && !this.paused) this.picture.follow(this.sound);
    else if (this.picture.active) this.picture.element.pause();
    this.promotions.at(this.perceived ? this.sound.position : null);
    const { at } = this;
    this.fill = at === null ? null : this.promotions.onAir(at);
    this.cards.look(this.card, !this.fill && view.promotionInSight());
    if (this.ticks++ % SHOW_EVERY) return;
    view.showClock(Date.now());
    if (this.session) view.showLink(this.linkWord());
    if (this.session?.current) this.show();
  }

  /** Whose promotions are heard: the channel's by their date, the item's by their place in it. */
  get promotions() {
    return this.item ? this.itemMeter : this.meter;
  }

  /** Whether the driver hears what plays, or at least sees it. */
  get perceived() {
    return this.sound.flowing && (this.volume > 0 || this.picture.shown);
  }

  /** The moment that the screen is about: what is heard, or will be when a pause ends; null while nothing is there. */
  get at() {
    return this.paused ? this.sound.resumesAt : this.sound.position;
  }

  /** Whether a live channel has gone on without its listener: the picture that was paused is not what comes. */
  get leftBehind() {
    return this.paused && this.sound.resumesAt !== this.sound.position;
  }

  show() {
    const at = this.at ?? (this.item ? 0 : Date.now());
    if (this.item) this.showItem(at);
    else this.showChannel(at);
    this.sheet.tick();
    this.actions.offer(this.cardsMayStand ? this.fill ?? this.card : null, this.callsTold && this.carHeard);
    if (!this.cardsMayStand) view.showPromotion(null);
    else if (this.fill) view.showPromotion(this.fill.card, this.fill.ends_at_ms, at);
    else view.showPromotion(this.card?.card ?? null);
  }

  /** How the server is reached: what it pushes, and what is played, each of which may fail alone. */
  linkWord() {
    const now = performance.now();
    const starved = now - this.fedAt > STARVED_AFTER_MS;
    if (this.linkUp && !starved) return "online";
    const lostAt = Math.min(this.linkUp ? Infinity : this.linkLostAt, starved ? this.fedAt : Infinity);
    return !navigator.onLine || now - lostAt > OFFLINE_AFTER_MS ? "offline" : "reconnecting";
  }

  /** What is on the channel, as it is heard; null while an item plays. */
  playing() {
    if (this.item) return null;
    const at = this.at ?? Date.now();
    return { at, ...this.guide.at(at) };
  }

  showChannel(at) {
    this.guide.refresh(this.session.current.channel_id, at, this.session.current.market);
    const { now, between, upcoming } = this.guide.at(at);
    const next = upcoming[0]?.title;
    const { fill } = this;
    if (fill) view.showNow({ title: word("advertisement_of", fill.card), next, from_ms: fill.starts_at_ms, until_ms: fill.ends_at_ms }, at);
    else if (now) view.showNow({ title: now.unavailable ? word("unavailable") : now.title, next, from_ms: now.starts_at_ms, until_ms: now.ends_at_ms }, at);
    else view.showNow({ title: between && this.guide.entries.length ? word(between) : "", next, from_ms: null }, at);
    view.showAdvertiser(fill?.card.advertiser ?? null);
    view.showArtwork((fill ? "" : (now ?? upcoming[0])?.poster_url) ?? "");
    view.showUpcoming(upcoming.slice(0, 5));
  }

  showItem(at) {
    const { item, fill } = this;
    const { timeline } = this.onDemand;
    if (fill) view.showNow({ title: word("advertisement_of", fill.card), next: item.title, from_ms: fill.starts_at_ms, until_ms: fill.ends_at_ms }, at);
    else view.showNow({ title: item.title, next: null, from_ms: 0, until_ms: timeline.duration || item.duration_ms }, timeline.contentOf(at));
    view.showAdvertiser(fill?.card.advertiser ?? null);
    view.showArtwork((fill ? "" : item.poster_url) ?? "");
    view.showUpcoming([]);
    if (this.sound.flowing) this.onDemand.goesOn(item, at);
  }
}

const dash = new Dash();
dash.start();
