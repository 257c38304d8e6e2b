/** Telling the server what was really played and shown, exactly once, dead zones included. */

import { call } from "./api.js";
import { keep, recall } from "./store.js";

const STAGES = [
  ["start", 0],
  ["firstQuartile", 0.25],
  ["midpoint", 0.5],
  ["thirdQuartile", 0.75],
  ["complete", 1],
];
const CONTINUOUS_MS = 2000;
const KEPT = 500;
const KEPT_FOR_MS = 24 * 3600 * 1000;
const BATCH = 50; // well within the 64 KiB that a request may carry when the page goes
const REMEMBERED = 400;

/**
 * Events on their way, each with its own time: kept in storage until the server has answered, so that neither a tunnel
 * nor a reload loses one. The oldest go first, many in a request; the server counts each once, however often it is sent.
 */
export class Outbox {
  #entries = recall("beacons", []);
  #busy = false;
  #failures = 0;

  constructor() {
    // The page may not come back: what waits is handed to the browser, and sent again should that have been in vain.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.leave();
    });
    addEventListener("pagehide", () => this.leave());
  }

  /** Queues one event of a beacon, which happened just now; the same pair is queued once. */
  add(beacon, event) {
    if (this.#entries.some((entry) => entry.beacon === beacon && entry.event === event)) return;
    this.#entries.push({ beacon, event, since_ms: Date.now() });
    this.#entries = this.#entries.slice(-KEPT);
    keep("beacons", this.#entries);
    this.flush();
  }

  /** Sends what is queued, oldest first; stops at the first failure and tries again later. */
  async flush() {
    if (this.#busy) return;
    this.#busy = true;
    clearTimeout(this.timer);
    try {
      this.#entries = this.#entries.filter((entry) => Date.now() - entry.since_ms < KEPT_FOR_MS);
      while (this.#entries.length) {
        const sent = this.#entries.slice(0, BATCH);
        await this.#send(sent);
        this.#entries = this.#entries.filter((entry) => !sent.includes(entry));
        keep("beacons", this.#entries);
        this.#failures = 0;
      }
    } catch {
      this.#failures += 1;
      this.timer = setTimeout(() => this.flush(), Math.min(1000 * 2 ** this.#failures, 60_000));
    } finally {
      this.#busy = false;
    }
  }

  /** Hands what waits to the browser, which sends it even when the page is gone; it stays queued all the same. */
  leave() {
    const waiting = this.#entries.slice(0, BATCH);
    if (waiting.length) navigator.sendBeacon("/v1/beacons", new Blob([JSON.stringify(batchOf(waiting))], { type: "application/json" }));
  }

  async #send(entries) {
    try {
      await call("/v1/beacons", { method: "POST", body: batchOf(entries), keepalive: true });
    } catch (problem) {
      // What is refused as a whole will never be taken, so it does not hold up the others.
      if (problem.passing) throw problem;
    }
  }
}

/** The clock that an event was kept by may be wrong: it is compared with the server's at the moment of sending. */
function batchOf(entries) {
  const iso = (ms) => new Date(ms).toISOString();
  const events = entries.map(({ beacon, event, since_ms: at }) => ({ beacon, event, at: iso(at) }));
  return { sent_at: iso(Date.now()), events };
}

/** Which events were told, across reloads of the page: an impression is one, however often the page starts anew. */
export class Told {
  #marks = recall("told", []);

  has(fillId, event) {
    return this.#marks.includes(`${fillId}:${event}`);
  }

  add(fillId, event) {
    this.#marks = [...this.#marks, `${fillId}:${event}`].slice(-REMEMBERED);
    keep("told", this.#marks);
  }
}

/**
 * Meters the promotions of breaks by the date of the sound that is being heard. An event counts only
 * when playback has run through its point, and only after the one before it: joining at 60 % is a start
 * and no quartile, and what was paused, stalled or leapt over was not heard.
 */
export class BreakMeter {
  #fills = new Map();
  #last = null;
  #told = new Told();

  /** `emit(beacon, event)` is called once for each event. */
  constructor(emit) {
    this.emit = emit;
  }

  /**
   * A break's plan: {break_id, fills: [{fill_id, starts_at_ms, ends_at_ms, beacon, card}]}. Told again, it changes
   * nothing but the cards, and that what is in it no more is forgotten.
   */
  learn({ break_id: breakId, fills }) {
    const told = new Set(fills.map((fill) => fill.fill_id));
    for (const [id, fill] of this.#fills) if (fill.breakId === breakId && !told.has(id)) this.#fills.delete(id);
    for (const fill of fills) {
      const known = this.#fills.get(fill.fill_id);
      if (known) known.card = fill.card;
      else this.#fills.set(fill.fill_id, { ...fill, breakId, stage: this.#reached(fill) });
    }
  }

  /** The owner has taken back the consent by which a place chose the cards: the promotions go on without. */
  hideCards() {
    for (const fill of this.#fills.values()) fill.card = { headline: "", body: "", advertiser: fill.card.advertiser };
  }

  /** The promotion that stands at a date, or null. */
  onAir(date) {
    for (const fill of this.#fills.values()) if (date >= fill.starts_at_ms && date < fill.ends_at_ms) return fill;
    return null;
  }

  /** The sound heard now has this date; null while nothing is heard. */
  at(date) {
    const from = this.#last;
    this.#last = date;
    if (date === null) return;
    const through = from !== null && date >= from && date - from < CONTINUOUS_MS;
    for (const [id, fill] of this.#fills) {
      if (date > fill.ends_at_ms + 600_000) this.#fills.delete(id);
      const inside = date >= fill.starts_at_ms && date < fill.ends_at_ms;
      if (inside && fill.stage === 0) this.#reach(fill);
      if (through) this.#advance(fill, from, date);
    }
  }

  /** The driver turned the sound off while the promotion at `date` is on air. */
  mute(date) {
    const fill = date === null ? null : this.onAir(date);
    if (!fill || fill.stage === 0 || this.#told.has(fill.fill_id, "mute")) return;
    this.#told.add(fill.fill_id, "mute");
    this.emit(fill.beacon, "mute");
  }

  /** How far it had come before the page was loaded again. */
  #reached(fill) {
    const open = STAGES.findIndex(([event]) => !this.#told.has(fill.fill_id, event));
    return open === -1 ? STAGES.length : open;
  }

  #advance(fill, from, date) {
    const length = fill.ends_at_ms - fill.starts_at_ms;
    while (fill.stage > 0 && fill.stage < STAGES.length) {
      const point = fill.starts_at_ms + STAGES[fill.stage][1] * length;
      if (point <= from || point > date) return;
      this.#reach(fill);
    }
  }

  #reach(fill) {
    const [event] = STAGES[fill.stage];
    fill.stage += 1;
    this.#told.add(fill.fill_id, event);
    this.emit(fill.beacon, event);
  }
}

/** Counts a card as shown when it has been in sight for a second. */
export class CardWatch {
  #card = null;
  #since = null;
  #told = new Told();

  constructor(emit) {
    this.emit = emit;
  }

  /** `card` is {fill_id, beacon} or null; `visible` says whether it can be seen now. */
  look(card, visible, now = performance.now()) {
    if (!card || !visible || card.fill_id !== this.#card?.fill_id) {
      this.#card = visible ? card : null;
      this.#since = now;
      return;
    }
    if (now - this.#since < 1000 || this.#told.has(card.fill_id, "card-shown")) return;
    this.#told.add(card.fill_id, "card-shown");
    this.emit(card.beacon, "card-shown");
  }
}
