/** A drive as a function of time or of distance: where the car is, how fast, in which gear. Pure. */

const METRES_PER_DEGREE = 111_320;
const PARK = 126;

function metres(a, b) {
  const east = (b.lon - a.lon) * Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180);
  return Math.hypot(east, b.lat - a.lat) * METRES_PER_DEGREE;
}

function heading(a, b) {
  const east = (b.lon - a.lon) * Math.cos((a.lat * Math.PI) / 180);
  return ((Math.atan2(east, b.lat - a.lat) * 180) / Math.PI + 360) % 360;
}

/** Index of the last entry of a rising list that is not above `value`. */
function indexOf(rising, value) {
  let low = 0;
  let high = rising.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (rising[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

export class Drive {
  /**
   * `points` are [{t_s, lat, lon, speed_kmh, gear, parking_brake}], at least one, rising in time; `told` is what a
   * log has the car say in place of that, [[t_s, path, value]] in order of time, or null.
   */
  constructor(points, told = null) {
    this.points = points;
    this.told = told;
    this.times = points.map((point) => point.t_s - points[0].t_s);
    this.distances = [0];
    for (let i = 1; i < points.length; i += 1) this.distances.push(this.distances[i - 1] + metres(points[i - 1], points[i]));
  }

  get seconds() {
    return this.times.at(-1);
  }

  /** The paths of the signals that a log tells. */
  get paths() {
    return new Set(this.told?.map(([, path]) => path));
  }

  /** What a log tells after `from` and until `to` seconds: {path: value}, of each signal the newest. */
  said(from, to) {
    const told = this.told.filter(([t]) => t > from && t <= to);
    return Object.fromEntries(told.map(([, path, value]) => [path, value]));
  }

  get metres() {
    return this.distances.at(-1);
  }

  /** The car at `t` seconds: {lat, lon, heading, speed_kmh, gear, parking_brake}. */
  at(t) {
    const i = Math.min(indexOf(this.times, t), this.points.length - 2);
    const [a, b] = [this.points[Math.max(i, 0)], this.points[i + 1]];
    if (i < 0) return { ...a, heading: 0 };
    const share = Math.min(1, Math.max(0, (t - this.times[i]) / (this.times[i + 1] - this.times[i] || 1)));
    const between = (name) => a[name] + (b[name] - a[name]) * share;
    // Between Park and Drive the car is already, or still, in Drive.
    const told = share === 0 || (share < 1 && b.gear === PARK) ? a : b;
    return {
      lat: between("lat"),
      lon: between("lon"),
      heading: this.#headingAt(i),
      speed_kmh: between("speed_kmh"),
      gear: told.gear,
      parking_brake: told.parking_brake,
    };
  }

  /** Until when a car that stands in Park at `t` seconds stays there; null where it does not, or never leaves. */
  standsUntil(t) {
    const parked = ({ gear, speed_kmh: speed }) => gear === PARK && speed === 0;
    const i = indexOf(this.times, t);
    if (!parked(this.points[i])) return null;
    const leaves = this.points.findIndex((point, n) => n > i && !parked(point));
    const until = this.times[leaves - 1];
    return leaves > 0 && t < until ? until : null;
  }

  /** The time at which the car has come `distance` metres along the way. */
  timeAt(distance) {
    const i = Math.min(indexOf(this.distances, distance), this.points.length - 2);
    if (i < 0) return 0;
    const length = this.distances[i + 1] - this.distances[i];
    const share = length ? Math.min(1, (distance - this.distances[i]) / length) : 0;
    return this.times[i] + (this.times[i + 1] - this.times[i]) * share;
  }

  /** Metres along the way at `t` seconds. */
  distanceAt(t) {
    const i = Math.min(indexOf(this.times, t), this.points.length - 2);
    if (i < 0) return 0;
    const share = Math.min(1, (t - this.times[i]) / (this.times[i + 1] - this.times[i] || 1));
    return this.distances[i] + (this.distances[i + 1] - this.distances[i]) * share;
  }

  /** A standing car keeps looking where it was going, or will go. */
  #headingAt(i) {
    for (let j = i; j >= 0; j -= 1) if (this.distances[j + 1] - this.distances[j] > 0.5) return heading(this.points[j], this.points[j + 1]);
    for (let j = i; j + 1 < this.points.length; j += 1) if (this.distances[j + 1] - this.distances[j] > 0.5) return heading(this.points[j], this.points[j + 1]);
    return 0;
  }
}
