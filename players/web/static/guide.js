/** What is on: now and next, as the listener hears it, some seconds behind the server's clock; and whole days. */

import { call } from "./api.js";

const COUNT = 12;
const REFRESH_MS = 60_000;
const RETRY_MS = 5000;

const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();

/** `market` is the country of who asks, for what may be seen there. */
const channelGuide = (channelId, values) => call(`/v1/channels/${encodeURIComponent(channelId)}/guide?${query(values)}`);

/** Every channel with what is on now and next. */
export const everyChannel = async (market) => (await call(`/v1/guide?${query({ count: 2, market })}`)).channels;

/** The airings of the day `date` (2026-06-01) of the car's own time zone. */
export const dayOf = (channelId, date, market) =>
  channelGuide(channelId, { date, tz: Intl.DateTimeFormat().resolvedOptions().timeZone, market });

export const onAir = (entry, at) => entry.starts_at_ms <= at && at < entry.ends_at_ms;

/** What is on where no programme is: fillers for long, or a break. */
export const betweenAt = (interludes, at) => (interludes.some((one) => onAir(one, at)) ? "interlude" : "short_break");

export class Guide {
  #asked = -Infinity;
  #knownFrom = -Infinity;
  #channel = null;
  entries = [];
  interludes = [];

  /** Asks again where the guide is old, or what is heard has run past what is known. */
  async refresh(channelId, at, market = "", now = performance.now()) {
    const changed = channelId !== this.#channel;
    const known = this.entries.filter((entry) => entry.ends_at_ms > at).length;
    const age = now - this.#asked;
    if (!changed && (age < RETRY_MS || (age < REFRESH_MS && known > 2))) return;
    this.#asked = now;
    this.#channel = channelId;
    try {
      const { entries, interludes = [] } = await channelGuide(channelId, { count: COUNT, market });
      const first = entries[0]?.starts_at_ms ?? Infinity;
      const earlier = changed ? [] : this.entries.filter((entry) => entry.ends_at_ms > at && entry.ends_at_ms <= first);
      // What is heard is some seconds late, and the guide begins with what is on: what was before it is not known.
      if (!earlier.length) this.#knownFrom = first <= Date.now() ? first : -Infinity;
      this.entries = [...earlier, ...entries];
      this.interludes = interludes;
    } catch {
      // The guide that is known goes on; the next turn asks again.
    }
  }

  /**
   * `{now, between, upcoming}` at a moment: `now` is null between programmes, which `between` has a word for; null where
   * nobody knows what was on.
   */
  at(ms) {
    const now = this.entries.find((entry) => onAir(entry, ms)) ?? null;
    const upcoming = this.entries.filter((entry) => entry.starts_at_ms > ms);
    const between = betweenAt(this.interludes, ms);
    return { now, between: between === "short_break" && ms < this.#knownFrom ? null : between, upcoming };
  }
}
