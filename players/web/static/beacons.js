/** Telling the server what was really played and shown, exactly once, dead zones included. */

import { call } from "./api.js";
import { keep, recall } from "./store.js";

const STAGES = [
  ["impression", 0],
  ["first-quartile", 0.25],
  ["midpoint", 0.5],
  ["third-quartile", 0.75],
  ["complete", 1],
];
const CONTINUOUS_MS = 2000;
const KEPT = 500;
const KEPT_FOR_MS = 24 * 3600 * 1000;

/** Beacons on their way: kept until the server has taken or refused them, sent one after the other. */
export class Outbox {
  #entries = recall("beacons", []);
  #busy = false;
  #failures = 0;

  /** Queues one event of a beacon; the same pair is queued once. */
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
      while (this.#entries.length) {
        const entry = this.#entries[0];
        if (Date.now() - entry.since_ms < KEPT_FOR_MS) await this.#send(entry);
        this.#entries.shift();
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

  async #send({ beacon, event }) {
    try {
      await call(`/v1/beacons/${beacon}/${event}`, { method: "POST", keepalive: true });
    } catch (problem) {
      // Forged, expired, unknown: it will never be taken, so it does not hold up the others.
      if (problem.passing) throw problem;
    }
  }
}

/**
 * Meters the promotions of breaks by the date of the sound that is being heard. An event counts only
 * when playback has run through its point, and only after the one before it: joining at 60 % is an
 * impression and no quartile.
 */
export class BreakMeter {
  #fills = new Map();
  #last = null;

  /** `emit(beacon, event)` is called once for each event. */
  constructor(emit) {
    this.emit = emit;
  }

  /**
   * A break's plan: {break_id, fills: [{fill_id, starts_at_ms, ends_at_ms, beacon, card}]}. Told again, it changes
   * nothing but that what is in it no more is forgotten.
   */
  learn({ break_id: breakId, fills }) {
    const told = new Set(fills.map((fill) => fill.fill_id));
    for (const [id, fill] of this.#fills) if (fill.breakId === breakId && !told.has(id)) this.#fills.delete(id);
    for (const fill of fills) if (!this.#fills.has(fill.fill_id)) this.#fills.set(fill.fill_id, { ...fill, breakId, stage: 0 });
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

  #advance(fill, from, date) {
    const length = fill.ends_at_ms - fill.starts_at_ms;
    while (fill.stage > 0 && fill.stage < STAGES.length) {
      const point = fill.starts_at_ms + STAGES[fill.stage][1] * length;
      if (point <= from || point > date) return;
      this.#reach(fill);
    }
  }

  #reach(fill) {
    this.emit(fill.beacon, STAGES[fill.stage][0]);
    fill.stage += 1;
  }
}

/** Counts a card as shown when it has been in sight for a second. */
export class CardWatch {
  #card = null;
  #since = null;
  #told = new Set();

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
    if (now - this.#since < 1000 || this.#told.has(card.fill_id)) return;
    this.#told.add(card.fill_id);
    this.emit(card.beacon, "card-shown");
  }
}
