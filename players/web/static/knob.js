/**
 * The rotary knob: turned, it goes from one thing that can be pressed to the next, and round again; pressed, it is Enter;
 * back is Escape. Arrow keys and a wheel stand for the turning. What is open over the rest is turned through by itself,
 * and so is a long list within it (`data-ring`), until back leads out of it.
 */

const STOPS = "button:not(:disabled), input:not(:disabled)";
const TURNS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const NOTCH = 100; // pixels of a wheel that stand for a notch of the knob

const visible = (element) => element.getClientRects().length > 0;

export class Knob {
  #last = null;
  #wheel = 0;

  /** `layers` are selectors, the topmost first; `back()` leaves what is open. */
  constructor(layers, back) {
    this.layers = layers;
    addEventListener("focusin", ({ target }) => {
      this.#last = target;
    });
    addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "Escape") back();
      else if (event.key in TURNS && !this.#typing(event)) {
        event.preventDefault();
        this.turn(TURNS[event.key]);
      }
    });
    addEventListener("wheel", (event) => this.#roll(event), { passive: true });
  }

  /** Goes `step` stops on. */
  turn(step) {
    const ring = this.#ring();
    if (!ring.length) return;
    const at = ring.indexOf(document.activeElement);
    ring[at === -1 ? this.#nearest(ring, step) : (at + step + ring.length) % ring.length].focus();
  }

  /** What had the focus is gone from the screen: the next thing has it. */
  rescue() {
    const held = this.#last;
    if (!held || visible(held) || ![held, document.body].includes(document.activeElement)) return;
    const ring = this.#ring();
    if (ring.length) ring[this.#nearest(ring, 1)].focus();
  }

  #ring() {
    const layer = this.layers.map((selector) => document.querySelector(selector)).find(visible);
    const list = document.activeElement.closest("[data-ring]");
    const stops = (within, which) => [...within.querySelectorAll(STOPS)].filter((one) => visible(one) && which(one));
    if (list && layer?.contains(list)) return stops(list, () => true);
    return layer ? stops(layer, (one) => !one.closest("[data-ring]")) : [];
  }

  /** Where to go on from what has been left: the stop beside it; at the beginning, the first or the last. */
  #nearest(ring, step) {
    const after = this.#last?.isConnected ? ring.findIndex((one) => this.#last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) : 0;
    if (step > 0) return Math.max(after, 0);
    return ((after === -1 ? ring.length : after) - 1 + ring.length) % ring.length;
  }

  /** In a field that has text, left and right are its own. */
  #typing({ key, target }) {
    return target.matches("input") && target.value !== "" && (key === "ArrowLeft" || key === "ArrowRight");
  }

  /** A wheel scrolls the list that it is over; elsewhere it is the knob. */
  #roll({ target, deltaY }) {
    if (target.closest(".sheet")) return;
    this.#wheel += deltaY;
    const notches = Math.trunc(this.#wheel / NOTCH);
    this.#wheel -= notches * NOTCH;
    if (notches) this.turn(Math.sign(notches));
  }
}
