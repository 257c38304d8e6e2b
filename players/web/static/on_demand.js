/**
 * What is played on demand: where the content is in the playlist, whose ads do not count, and where the vehicle left it.
 * A point is told as the time goes and whenever playing stops; what cannot be told now is told later, with its age.
 */

import { call } from "./api.js";
import { keep, recall } from "./store.js";

const TELL_EVERY_MS = 15_000;
const KEPT_FOR_MS = 24 * 3600 * 1000;
const SOON_MS = 3000;

/** Content time and playlist time of a play, in milliseconds; a place in ads is the content's that they stand before. */
export class Timeline {
  constructor({ breaks = [], duration_ms: duration = 0, length_ms: length = 0 } = {}) {
    this.breaks = breaks;
    this.duration = duration;
    this.length = length;
  }

  contentOf(playlistMs) {
    let ads = 0;
    for (const { starts_at_ms: from, ends_at_ms: until } of this.breaks) ads += Math.max(0, Math.min(playlistMs, until) - from);
    return playlistMs - ads;
  }

  playlistOf(contentMs) {
    let ads = 0;
    for (const one of this.breaks) if (one.content_at_ms < contentMs) ads += one.ends_at_ms - one.starts_at_ms;
    return contentMs + ads;
  }
}

/** How an item is named to the server: a partner's by its id, an airing by its path. */
function sourceOf(item) {
  const airing = item.path?.match(/^\/play\/airing\/(.+)$/);
  return airing ? { airing_id: decodeURIComponent(airing[1]) } : { item_id: item.item_id };
}

/** What the screen plays for a point of the list, as for an item of its own. */
function itemOf(point) {
  const path = point.airing_id ? `/play/airing/${encodeURIComponent(point.airing_id)}` : undefined;
  return { ...point, item_id: point.item_id ?? point.airing_id, path, kind: point.kind === "programme" ? "video" : point.kind };
}

export class OnDemand {
  #waiting = recall("left", {});
  #told = -Infinity;
  #flushing = null;

  /** `session()` is the one that plays now, or null. */
  constructor(session) {
    this.session = session;
    this.timeline = new Timeline();
  }

  /** Begins to play `item`: the play as the server has decided it. Throws `Problem`. */
  async open(item) {
    const session = this.session();
    await this.flush();
    const play = await call(session.itemUrl(item, "play.json"));
    this.timeline = new Timeline(play);
    this.#told = performance.now();
    return play;
  }

  /** Playing goes on at `playlistMs`: told every quarter of a minute. */
  goesOn(item, playlistMs) {
    if (performance.now() - this.#told >= TELL_EVERY_MS) this.tell(item, playlistMs);
  }

  /** It is left at `playlistMs`, or played to its end. */
  tell(item, playlistMs, { ended = false, leaving = false } = {}) {
    if (playlistMs === null || (!this.timeline.length && !ended)) return;
    const source = sourceOf(item);
    const position = ended ? this.timeline.duration : Math.min(this.timeline.contentOf(playlistMs), this.timeline.duration);
    this.#told = performance.now();
    this.#waiting = { ...this.#waiting, [JSON.stringify(source)]: { ...source, ended, position_s: Math.max(0, position) / 1000, at: Date.now() } };
    keep("left", this.#waiting);
    if (leaving) this.#leave();
    else this.flush();
  }

  /** Sends what has not been told yet; one after the other, each with its age. */
  flush() {
    this.#flushing ??= this.#sendAll().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  /** What the vehicle can go on with, the latest first, as items; throws `Problem`. */
  async points() {
    const { points } = await call(this.#url("resume"));
    return points.map(itemOf);
  }

  /** Forgets where `point` was left: it begins anew. */
  async forget(point) {
    delete this.#waiting[JSON.stringify(sourceOf(point))];
    keep("left", this.#waiting);
    await call(this.#url(`resume/${encodeURIComponent(point.content_id)}`), { method: "DELETE" });
  }

  async #sendAll() {
    for (const [key, point] of Object.entries(this.#waiting)) {
      if (!this.session()?.current) return;
      try {
        if (Date.now() - point.at < KEPT_FOR_MS) await this.#send(point, { timeoutMs: SOON_MS });
      } catch (problem) {
        if (problem.passing) return;
      }
      if (this.#waiting[key] === point) delete this.#waiting[key];
      keep("left", this.#waiting);
    }
  }

  /** The page may not come back: it stays kept, because nobody hears the answer. */
  #leave() {
    if (!this.session()?.current) return;
    for (const point of Object.values(this.#waiting)) this.#send(point, { keepalive: true }).catch(() => {});
  }

  #send({ at, ...told }, how) {
    const body = { ...told, age_s: Math.max(0, Date.now() - at) / 1000 };
    return call(this.#url("resume"), { method: "PUT", body, ...how });
  }

  #url(file) {
    const { session_id: sid, grant } = this.session().current;
    return `/v1/sessions/${sid}/${file}?grant=${encodeURIComponent(grant)}`;
  }
}
