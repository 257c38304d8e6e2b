/**
 * Whether the picture may be shown: the server's word, and how long it holds without being renewed.
 * Silence never permits: a lease that runs out, or a push channel lost for longer than its grace,
 * withholds the picture whatever was said last.
 */

export const LEASE_MS = 5000;
export const LINK_GRACE_MS = 4000;
/** By how much the two clocks of a screen may go apart between two looks, 100 ms each, unless it slept meanwhile. */
const SLEPT_MS = 1000;
/** What clocks drift and ways lengthen, for each millisecond: more is a word that was held up. */
const CREEP = 0.01;

export class Permission {
  #state = null;
  #until = -Infinity;
  #downSince;
  #quickest = Infinity;
  #heardAt;
  #apart;
  #saidAt = -Infinity;

  /** `now` counts milliseconds and never steps back, but may stand still while the screen sleeps; `wall` does not. */
  constructor(now = () => performance.now(), wall = () => Date.now()) {
    this.now = now;
    this.wall = wall;
    this.#downSince = this.#heardAt = now();
    this.#apart = wall() - now();
  }

  /**
   * The server's word, pushed or asked for: {video: {permitted, reason, rule}, lease_expires_at_ms, at_ms}.
   *
   * Words overtake each other on their way: an older one may still take the picture away, but never give it back.
   * Returns whether it is the newest.
   */
  hear(state) {
    const newest = state.at_ms >= this.#saidAt;
    if (!newest && state.video.permitted) return false;
    if (newest) this.#saidAt = state.at_ms;
    this.#state = state;
    const left = state.lease_expires_at_ms ? state.lease_expires_at_ms - state.at_ms : LEASE_MS;
    const age = this.#age(state.at_ms);
    this.#until = state.video.permitted ? this.now() - age + Math.min(Math.max(left, 0), LEASE_MS) : -Infinity;
    return newest;
  }

  /**
   * How long a word was on its way, beyond the quickest: what a stalled connection held up comes as if it were new.
   * The server's clock is its own, so the way itself is not known, only by how much it is longer than others.
   */
  #age(atMs) {
    const now = this.now();
    const taken = now - atMs;
    this.#quickest = Math.min(this.#quickest + (now - this.#heardAt) * CREEP, taken);
    this.#heardAt = now;
    return taken - this.#quickest;
  }

  /** The picture's playlist came, asked for at `askedAt`: the server serves it only while the picture is permitted. */
  renew(askedAt) {
    if (this.#state?.video.permitted) this.#until = Math.max(this.#until, askedAt + LEASE_MS);
  }

  /** The server has refused the picture where its last word permitted it: that word is worth nothing more. */
  lapse() {
    this.#until = -Infinity;
  }

  /** The newest lease, for segments of an item, whose playlist is pulled only once; empty if withheld. */
  get lease() {
    return this.#state?.lease ?? "";
  }

  /** The push channel is open, or lost. */
  link(up) {
    if (up) this.#downSince = null;
    else this.#downSince ??= this.now();
  }

  /** Whether a permission has run out that only a fresh word of the server can give back. */
  get lapsed() {
    return Boolean(this.#state?.video.permitted) && this.now() >= this.#until;
  }

  /** {permitted, reason, rule}, to be asked for all the time; the reason `lost` is this page's own. */
  verdict() {
    const apart = this.wall() - this.now();
    if (Math.abs(apart - this.#apart) > SLEPT_MS) this.lapse();
    this.#apart = apart;
    const lost = this.#downSince !== null && this.now() - this.#downSince > LINK_GRACE_MS;
    if (!this.#state) return { permitted: false, reason: "starting", rule: "" };
    const { permitted, reason = "", rule = "" } = this.#state.video;
    if (permitted && (lost || this.lapsed)) return { permitted: false, reason: "lost", rule: "" };
    return { permitted, reason, rule };
  }
}
