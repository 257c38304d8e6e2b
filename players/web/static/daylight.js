/** Dark or light: as the car's own displays are, else as the browser is. It is a matter of colours alone. */

import { keep, recall } from "./store.js";

export class Daylight {
  // What the car said last, so that a screen that starts at night does not start bright.
  #said = recall("day_night", "");
  #preferred = matchMedia("(prefers-color-scheme: light)");

  /** `show(light)` is called at once and at each change. */
  constructor(show) {
    this.show = show;
    this.#preferred.addEventListener("change", () => this.#tell());
    this.#tell();
  }

  /** `day`, `night`, or empty where the car never said. */
  hear(said = "") {
    if (said === this.#said) return;
    this.#said = said;
    keep("day_night", said || null);
    this.#tell();
  }

  #tell() {
    this.show(this.#said ? this.#said === "day" : this.#preferred.matches);
  }
}
