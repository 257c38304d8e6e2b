/** What a driver does with the promotion that stands: goes there, calls there, saves its coupon. Each is told once. */

import { Told } from "./beacons.js";
import { callUp, navigateTo } from "./hand_over.js";
import { showActions, wireActions } from "./view.js";

export class CardActions {
  #fill = null;
  #told = new Told();

  /** `emit(beacon, event)` is called once for each event of a fill; `wallet` saves, which the server tells by itself. */
  constructor(emit, wallet) {
    this.emit = emit;
    this.wallet = wallet;
    wireActions({
      navigate: () => this.#do("navigate", navigateTo),
      call: () => this.#do("call", callUp),
      save: () => this.#do(null, () => this.wallet.save(this.#fill)),
    });
  }

  /** `fill` is {fill_id, beacon, card}, or null while none stands; a call is offered only while one may be begun. */
  offer(fill, mayCall) {
    this.#fill = fill?.card?.headline ? fill : null;
    showActions(this.#fill ? this.#offered(this.#fill, mayCall) : {}, this.#fill?.card.place_name || this.#fill?.card.advertiser || "");
  }

  #offered(fill, mayCall) {
    const { card } = fill;
    const coupon = card.coupon ? this.wallet.stateOf(fill) : "gone";
    return {
      navigate: card.latitude != null && card.longitude != null,
      call: Boolean(card.phone) && mayCall,
      save: coupon !== "gone" && coupon,
    };
  }

  #do(event, act) {
    const fill = this.#fill;
    if (!fill) return;
    for (const one of ["tap", event]) if (one) this.#tell(fill, one);
    act(fill.card);
  }

  #tell({ fill_id: fillId, beacon }, event) {
    if (this.#told.has(fillId, event)) return;
    this.#told.add(fillId, event);
    this.emit(beacon, event);
  }
}
