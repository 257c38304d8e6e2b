/** The vehicle's coupons: saved from a card, in a dead zone too, listed, and taken away. */

import { call } from "./api.js";
import { keep, recall } from "./store.js";

const KEPT_FOR_MS = 24 * 3600 * 1000; // as long as a card's beacon counts
const RETRY_MS = 10_000;
const REMEMBERED = 200;

export class Wallet {
  coupons = recall("coupons", []);
  #waiting = recall("saves", []);
  #saved = recall("saved", []);
  #gone = new Set();
  #busy = false;

  /** `session()` is the present one, or null; `on.saved(coupon)`, `on.refused(code)` and `on.changed()` tell what became. */
  constructor(session, on) {
    this.session = session;
    this.on = on;
  }

  /** Of a card's coupon: saved, saving (it waits for the network), gone (there are no more), or free. */
  stateOf({ fill_id: fillId }) {
    if (this.#saved.includes(fillId)) return "saved";
    if (this.#waiting.some((one) => one.fill_id === fillId)) return "saving";
    return this.#gone.has(fillId) ? "gone" : "free";
  }

  save(fill) {
    if (this.stateOf(fill) !== "free") return;
    this.#waiting.push({ fill_id: fill.fill_id, beacon: fill.beacon, since_ms: Date.now() });
    keep("saves", this.#waiting);
    this.flush();
  }

  /** Sends what waits, oldest first; what cannot be sent now is sent later. */
  async flush() {
    if (this.#busy || !this.session()) return;
    this.#busy = true;
    clearTimeout(this.timer);
    try {
      while (this.#waiting.length && this.session()) await this.#send(this.#waiting[0]);
    } catch {
      this.timer = setTimeout(() => this.flush(), RETRY_MS);
    } finally {
      this.#busy = false;
    }
  }

  async #send(one) {
    const { fill_id: fillId, beacon, since_ms: since } = one;
    const iso = (ms) => new Date(ms).toISOString();
    const done = () => {
      this.#waiting = this.#waiting.filter((waiting) => waiting !== one);
      keep("saves", this.#waiting);
    };
    if (Date.now() - since > KEPT_FOR_MS) return done();
    try {
      const coupon = await call(this.#address(), { method: "POST", body: { beacon, at: iso(since), sent_at: iso(Date.now()) } });
      done();
      this.#saved = [...this.#saved, fillId].slice(-REMEMBERED);
      keep("saved", this.#saved);
      this.#hold([coupon, ...this.coupons.filter((held) => held.coupon_id !== coupon.coupon_id)]);
      this.on.saved(coupon);
    } catch (problem) {
      // A session that has ended is opened anew, and asked again then.
      if (problem.passing || problem.status === 401 || problem.code?.startsWith("grant-")) throw problem;
      done();
      this.#gone.add(fillId);
      this.on.refused(problem.code);
    }
  }

  /** What the server has: another screen may have saved or removed some. */
  async refresh() {
    if (!this.session()) return;
    const { coupons } = await call(this.#address());
    this.#hold(coupons);
  }

  async remove(coupon) {
    await call(this.#address(coupon.coupon_id), { method: "DELETE" });
    this.#hold(this.coupons.filter((held) => held.coupon_id !== coupon.coupon_id));
  }

  #hold(coupons) {
    this.coupons = coupons;
    keep("coupons", coupons);
    this.on.changed();
  }

  #address(couponId) {
    const { session_id: sid, grant } = this.session();
    const one = couponId === undefined ? "" : `/${encodeURIComponent(couponId)}`;
    return `/v1/sessions/${sid}/coupons${one}?grant=${encodeURIComponent(grant)}`;
  }
}
