/**
 * The vehicle's side of the feed: dials out, answers the server's VISS v2 `subscribe` requests and sends
 * `subscription` events with what was asked for, and nothing else.
 */

import { call } from "./api.js";

const RETRY_MS = 2000;
const OPEN_GAP_MS = 1;
const TOLD_FOR_MS = 10_000;
const SETTLED_MS = 5000;
const FRESH_MS = 2000;

const STANDSTILL_KMH = 1;

/** A value as the server keeps it: of a speed whether it is zero, at most a standstill's or above, and which way. */
export function kept(path, value) {
  const kmh = Number(value);
  if (path !== "Vehicle.Speed" || !kmh) return value;
  return Math.sign(kmh) * (Math.abs(kmh) <= STANDSTILL_KMH ? STANDSTILL_KMH : 2 * STANDSTILL_KMH);
}

/** What this car can say, by VSS path; `car` is {lat, lon, heading, speed_kmh, gear, parking_brake}. */
const SIGNALS = {
  "Vehicle.Speed": (car) => car.speed_kmh.toFixed(1),
  "Vehicle.IsMoving": (car) => String(car.speed_kmh > 0),
  "Vehicle.Powertrain.Transmission.SelectedGear": (car) => String(car.gear),
  "Vehicle.Chassis.ParkingBrake.IsEngaged": (car) => String(car.parking_brake),
  "Vehicle.CurrentLocation.Latitude": (car) => car.lat.toFixed(6),
  "Vehicle.CurrentLocation.Longitude": (car) => car.lon.toFixed(6),
  "Vehicle.CurrentLocation.Heading": (car) => car.heading.toFixed(1),
};

/** `on.open(bool)` as the socket opens and closes, `on.refused(reason)` for each VISS error of the server. */
export class Feed {
  #socket = null;
  #subscriptions = new Map();
  #wanted = false;
  #last = 0;
  #told = [];

  constructor(credential, on) {
    this.credential = credential;
    this.on = on;
    this.skewMs = 0;
    /** Further signals that this car can say: those of a log. */
    this.further = new Set();
  }

  start() {
    this.#wanted = true;
    this.#dial();
  }

  /** Ends the feed as a dead zone would: without a word. */
  drop() {
    this.#wanted = false;
    this.#socket?.close();
    this.#socket = null;
    this.on.open(false);
  }

  /** Begins anew, as another drive would: without it the server sees a parked car leap, and calls it towed. */
  redial() {
    if (!this.#wanted) return;
    this.drop();
    this.start();
  }

  /** Sends the car as it is now. */
  send(car) {
    this.say(Object.fromEntries(Object.entries(SIGNALS).map(([path, tell]) => [path, tell(car)])));
  }

  /** Sends values, {path: text}; those that were not subscribed to are left out. */
  say(values) {
    const paths = [...this.#subscriptions.keys()].filter((path) => path in values);
    if (this.#socket?.readyState !== WebSocket.OPEN || paths.length === 0) return;
    // Timestamps must rise strictly, whatever the clock does.
    this.#last = Math.max(Date.now() + this.skewMs, this.#last + OPEN_GAP_MS);
    const ts = new Date(this.#last).toISOString();
    const data = paths.map((path) => ({ path, dp: { value: values[path], ts } }));
    const [subscriptionId] = this.#subscriptions.values();
    this.#socket.send(JSON.stringify({ action: "subscription", subscriptionId, data, ts }));
    const now = performance.now();
    this.#told = [...this.#told.filter(({ at }) => now - at < TOLD_FOR_MS), { at: now, values }];
  }

  /**
   * Whether the server holds fresh values that this feed did not tell of late: then another one reports for the
   * same car. `signals` are {path: {value, age_ms}}. Not before a few seconds: an earlier page may have told them.
   */
  isMixed(signals) {
    if (!this.#told.length || performance.now() - this.#told[0].at < SETTLED_MS) return false;
    return Object.entries(signals).some(([path, { value, age_ms: age }]) => {
      if (!(path in SIGNALS) || value === null || age > FRESH_MS) return false;
      return !this.#told.some(({ values }) => String(values[path]) === String(value) || Number(kept(path, values[path])) === value);
    });
  }

  async #dial() {
    try {
      const { ticket } = await call("/v1/tickets", { method: "POST", body: { purpose: "feed" }, credential: this.credential });
      if (this.#wanted) this.#open(ticket);
    } catch {
      setTimeout(() => this.#wanted && this.#dial(), RETRY_MS);
    }
  }

  #open(ticket) {
    const address = new URL(`/v1/vehicle-state?ticket=${encodeURIComponent(ticket)}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address, "VISSv2");
    this.#socket = socket;
    this.#subscriptions.clear();
    socket.onopen = () => this.on.open(true);
    socket.onmessage = (event) => this.#hear(socket, JSON.parse(event.data));
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.on.open(false);
      if (this.#wanted) setTimeout(() => this.#wanted && this.#dial(), RETRY_MS);
    };
  }

  #hear(socket, message) {
    if (message.error) {
      this.on.refused(message.error.reason);
      return;
    }
    const ts = new Date().toISOString();
    const { action, requestId, path } = message;
    // A "get" asks what this car's clock shows, which the refusal tells too.
    if (action === "get" || (action === "subscribe" && !(path in SIGNALS || this.further.has(path)))) {
      const error = { number: 404, reason: "unavailable_data", message: "This car has no such signal." };
      socket.send(JSON.stringify({ action, requestId, error, ts }));
      return;
    }
    if (action !== "subscribe") return;
    const subscriptionId = String(this.#subscriptions.size + 1);
    this.#subscriptions.set(path, subscriptionId);
    socket.send(JSON.stringify({ action: "subscribe", requestId, subscriptionId, ts }));
  }
}
