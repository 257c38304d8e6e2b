/** The driving simulator: a car on a map that reports as a real one would, and what the server makes of it. */

import { call } from "./api.js";
import { Drive } from "./drive.js";
import { enrol, enrolled, forget, takeFragment } from "./enrol.js";
import { Feed } from "./feed.js";
import { RoadMap } from "./map.js";
import * as panels from "./panels.js";
import { keep, recall } from "./store.js";
import { word, words } from "./words.js";

const SEND_EVERY_MS = 500;
const FRAME_MS = 50;
const RETRY_MS = 3000;
const PLACES_RADIUS_M = 12_000;
const DRIVE_GEAR = 127;
const PARK_GEAR = 126;
const SKEW_BEYOND_MS = 500;
const REACHES_EVERY_MS = 10_000;
const MIXED_SHOWN_MS = 10_000;
const FRESH_S = 10;
const WHERE = /\b(Line|Point) (\d+)\b/;

const byId = (id) => document.getElementById(id);

class Simulator {
  map = new RoadMap(byId("map"));
  drive = null;
  t = 0;
  // How the car is driven: "drive" follows the drive's own speed, "hand" the slider, "held" and "parked" stand;
  // at the end of a log, "over", nothing is said any more.
  mode = "parked";
  // Until when, in seconds, what a log tells was said.
  saidUntil = 0;
  dropped = false;
  seeking = false;
  frameAt = performance.now();
  mixedAt = -Infinity;

  constructor() {
    this.map.showReaches(JSON.parse(byId("reaches").textContent));
    byId("drive").onchange = () => this.choose();
    byId("file").onchange = () => this.readFile();
    byId("choose-file").onclick = () => byId("file").click();
    byId("run").onclick = () => this.run();
    byId("park").onclick = () => this.setMode("parked");
    byId("go").onclick = () => {
      if (Number(byId("speed").value) === 0) byId("speed").value = 30;
      this.setMode("hand");
    };
    byId("speed").oninput = () => this.setMode("hand");
    byId("seek").oninput = () => {
      this.seeking = true;
      this.t = (Number(byId("seek").value) / 1000) * this.drive.seconds;
    };
    byId("seek").onchange = () => {
      this.seeking = false;
      this.sayAfresh();
      this.feed?.redial();
    };
    byId("drop").onclick = () => this.toggleFeed();
    byId("drive-form").onsubmit = (event) => event.preventDefault();
    byId("enrol-form").onsubmit = (event) => {
      event.preventDefault();
      this.enrol(byId("code").value.trim());
    };
  }

  async start() {
    const given = takeFragment();
    if (given.has("screen")) keep("screen-code", given.get("screen"));
    const screen = recall("screen-code");
    if (screen) byId("open-dash").href = `/dash#code=${encodeURIComponent(screen)}`;
    await this.choose();
    setInterval(() => this.frame(), FRAME_MS);
    setInterval(() => this.report(), SEND_EVERY_MS);
    setInterval(() => this.lookForReaches(), REACHES_EVERY_MS);
    document.addEventListener("visibilitychange", () => this.lookForReaches());
    const code = given.get("code");
    if (code) await this.enrol(code);
    else if (enrolled("simulator")) this.connect(enrolled("simulator"));
    else byId("enrol").showModal();
  }

  // ---- the server --------------------------------------------------------------------------------

  async enrol(code) {
    try {
      this.connect(await enrol("simulator", code));
      byId("enrol").close();
    } catch (problem) {
      byId("enrol-error").textContent = word(problem.passing ? "no_server" : "code_unknown");
      if (!byId("enrol").open) byId("enrol").showModal();
      if (problem.passing) setTimeout(() => this.enrol(code), RETRY_MS);
    }
  }

  connect(unit) {
    this.unit = unit;
    this.feed = new Feed(unit.credential, {
      open: (up) => panels.showFeed(up ? "on" : this.dropped ? "off" : "starting"),
      refused: (reason) => panels.showRefused(reason),
    });
    panels.showFeed("starting");
    this.tellFeed();
    this.feed.start();
    this.watch();
  }

  /** The server's view of this car; the ticket in its address is good once, so each listening needs a new one. */
  async watch() {
    try {
      const { ticket } = await call("/v1/tickets", { method: "POST", body: { purpose: "events" }, credential: this.unit.credential });
      const source = new EventSource(`/v1/vehicles/${this.unit.vehicle_id}/events?ticket=${encodeURIComponent(ticket)}`);
      source.addEventListener("state", (event) => this.hear(JSON.parse(event.data)));
      source.addEventListener("decision", (event) => panels.showDecision(JSON.parse(event.data)));
      source.onerror = () => {
        source.close();
        panels.showState(null);
        setTimeout(() => this.watch(), RETRY_MS);
      };
    } catch (problem) {
      if (problem.status === 401) {
        forget("simulator");
        byId("enrol").showModal();
      } else setTimeout(() => this.watch(), RETRY_MS);
    }
  }

  hear(state) {
    const skewMs = state.at_ms - Date.now();
    this.feed.skewMs = Math.abs(skewMs) > SKEW_BEYOND_MS ? skewMs : 0;
    this.believed = state.driving_state;
    panels.showState(state);
    if (!this.dropped && this.feed.isMixed(state.signals)) this.mixedAt = performance.now();
    panels.showOthers(performance.now() - this.mixedAt < MIXED_SHOWN_MS);
  }

  /** Campaigns are booked, and end, while the map is looked at. */
  async lookForReaches() {
    if (document.visibilityState !== "visible") return;
    try {
      this.map.showReaches((await call("/simulator/reaches")).reaches);
    } catch {
      // The next look will tell.
    }
  }

  toggleFeed() {
    this.dropped = !this.dropped;
    panels.showDropped(this.dropped);
    if (this.dropped) this.feed?.drop();
    else this.feed?.start();
  }

  // ---- the drive ---------------------------------------------------------------------------------

  async choose() {
    const chosen = byId("drive").value;
    panels.showError("");
    byId("own").hidden = chosen !== "own";
    if (chosen === "own") {
      byId("file").click();
      return;
    }
    byId("file-name").textContent = "";
    await this.load(() => call(`/simulator/drives/${encodeURIComponent(chosen)}`));
  }

  async readFile() {
    const [file] = byId("file").files;
    if (!file) return;
    byId("file-name").textContent = file.name;
    byId("file-name").title = file.name;
    const address = `/simulator/drives?name=${encodeURIComponent(file.name)}`;
    await this.load(() => call(address, { method: "POST", body: file, credential: this.unit?.credential, timeoutMs: 30_000 }));
    // So that the same file, mended, can be chosen again.
    byId("file").value = "";
  }

  async load(read) {
    try {
      const { points, told } = await read();
      this.drive = new Drive(points, told);
      this.t = 0;
      this.setMode("parked");
      this.tellFeed();
      this.feed?.redial();
      this.map.showWay(points);
      panels.showError("");
      this.showPlaces(points[0]);
    } catch (problem) {
      panels.showError(this.said(problem));
    }
  }

  /** What is wrong, in the page's language where it has words for it, and in which line or point. */
  said({ code, detail }) {
    const known = words.traces[code];
    if (!known) return detail || word("no_server");
    const [, what, n] = detail?.match(WHERE) ?? [];
    return what ? `${known} (${word(what === "Line" ? "at_line" : "at_point", { n })})` : known;
  }

  async showPlaces({ lat, lon }) {
    try {
      const { places } = await call(`/v1/places/near?lat=${lat}&lon=${lon}&radius_m=${PLACES_RADIUS_M}&limit=200`);
      this.map.showPlaces(places);
    } catch {
      this.map.showPlaces([]);
    }
  }

  /** Drives on or holds; from the end it begins anew. */
  run() {
    if (this.mode !== "drive" && this.t === this.drive.seconds) {
      this.t = 0;
      this.feed?.redial();
    }
    this.setMode(this.mode === "drive" ? "held" : "drive");
  }

  setMode(mode) {
    if (mode === "drive" && this.mode !== "drive") this.sayAfresh();
    this.mode = mode;
    panels.showMode(mode);
  }

  /** A log tells some signals only now and then: what it told a moment ago still holds. */
  sayAfresh() {
    this.saidUntil = this.t - FRESH_S;
  }

  /** What this car can say, before it is asked. */
  tellFeed() {
    if (this.feed) this.feed.further = this.drive?.paths ?? new Set();
  }

  /** What the car says of itself; along a log, what was told there since the last time. */
  report() {
    if (this.seeking || !this.drive || this.mode === "over") return;
    if (!this.drive.told || this.mode !== "drive") {
      this.feed?.send(this.car);
      return;
    }
    this.feed?.say(this.drive.said(this.saidUntil, this.t));
    this.saidUntil = this.t;
  }

  /** The car as it would measure itself now. */
  get car() {
    const car = this.drive.at(this.t);
    if (this.mode === "drive" || this.mode === "over") return car;
    const speed = this.mode === "hand" ? Number(byId("speed").value) : 0;
    const parked = this.mode === "parked";
    return { ...car, speed_kmh: speed, gear: parked ? PARK_GEAR : DRIVE_GEAR, parking_brake: parked };
  }

  frame() {
    const now = performance.now();
    const seconds = ((now - this.frameAt) / 1000) * Number(byId("rate").value);
    this.frameAt = now;
    if (!this.drive) return;
    if (this.mode === "drive" && !this.seeking) this.t = Math.min(this.t + seconds, this.drive.seconds);
    if (this.mode === "drive" && this.t === this.drive.seconds) this.arrive();
    if (this.mode === "hand") this.#roll((seconds * Number(byId("speed").value)) / 3.6);
    const { car } = this;
    this.map.moveCar(car, this.believed ?? "unknown");
    panels.showCar(car, this.t, this.drive.seconds, this.mode === "drive" ? this.drive.standsUntil(this.t) : null);
  }

  /** At the end the car is parked, unless it was a log's affair to say so. */
  arrive() {
    if (this.drive.told) this.report();
    this.setMode(this.drive.told ? "over" : "parked");
  }

  /** By hand the car goes round and round on the way. */
  #roll(metres) {
    if (this.drive.metres === 0 || metres === 0) return;
    const along = (this.drive.distanceAt(this.t) + metres) % this.drive.metres;
    this.t = this.drive.timeAt(along);
  }
}

new Simulator().start();
