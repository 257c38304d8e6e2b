/** What a driver does with the promotion that stands: goes there, or calls there. Each is told once, however often it is done. */

import { Told } from "./beacons.js";
import { callUp, navigateTo } from "./hand_over.js";
import { showActions, wireActions } from "./view.js";

/** What can be done with a card; a call only while the market lets one be begun. */
function offered(card, mayCall) {
  return {
    navigate: card.latitude != null && card.longitude != null,
    call: Boolean(card.phone) && mayCall,
  };
}

export class CardActions {
  #fill = null;
  #told = new Told();

  /** `emit(beacon, event)` is called once for each event of a fill. */
  constructor(emit) {
    this.emit = emit;
    wireActions({
      navigate: () => this.#do("navigate", navigateTo),
      call: () => this.#do("call", callUp),
    });
  }

  /** `fill` is {fill_id, beacon, card}, or null while none stands. */
  offer(fill, mayCall) {
    this.#fill = fill?.card?.headline ? fill : null;
    showActions(this.#fill ? offered(this.#fill.card, mayCall) : {}, this.#fill?.card.place_name ?? "");
  }

  #do(event, act) {
    const fill = this.#fill;
    if (!fill) return;
    for (const one of ["tap", event]) this.#tell(fill, one);
    act(fill.card);
  }

  #tell({ fill_id: fillId, beacon }, event) {
    if (this.#told.has(fillId, event)) return;
    this.#told.add(fillId, event);
    this.emit(beacon, event);
  }
}
