/**
 * Whether the picture may be shown: the server's word, and how long it holds without being renewed.
 * Silence never permits: a lease that runs out, or a push channel lost for longer than its grace,
 * withholds the picture whatever was said last.
 */

export const LEASE_MS = 5000;
export const LINK_GRACE_MS = 4000;

export class Permission {
  #state = null;
  #until = -Infinity;
  #downSince;

  /** `now` counts milliseconds and never steps back. */
  constructor(now = () => performance.now()) {
    this.now = now;
    this.#downSince = now();
  }

  /** The server's word, pushed or asked for: {video: {permitted, reason, rule}, lease_expires_at_ms, at_ms}. */
  hear(state) {
    this.#state = state;
    const left = state.lease_expires_at_ms ? state.lease_expires_at_ms - state.at_ms : LEASE_MS;
    this.#until = state.video.permitted ? this.now() + Math.min(Math.max(left, 0), LEASE_MS) : -Infinity;
  }

  /** The server has just served the picture's playlist, which it does only while it is permitted. */
  renew() {
    if (this.#state?.video.permitted) this.#until = this.now() + LEASE_MS;
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

  /** {permitted, reason, rule}; the reason `lost` is this page's own. */
  verdict() {
    const lost = this.#downSince !== null && this.now() - this.#downSince > LINK_GRACE_MS;
    if (!this.#state) return { permitted: false, reason: "starting", rule: "" };
    const { permitted, reason = "", rule = "" } = this.#state.video;
    if (permitted && (lost || this.lapsed)) return { permitted: false, reason: "lost", rule: "" };
    return { permitted, reason, rule };
  }
}
