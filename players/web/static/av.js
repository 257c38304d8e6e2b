/**
 * Two elements: `<audio>` plays the sound for ever, a muted `<video>` the picture while it is permitted.
 * Taking the picture away never touches the sound. The sound's date is the clock that the picture follows.
 */

import Hls from "/static/vendor/hls.mjs";

const LEAD_S = 1;
const REACHED_S = 0.02;
const SEEK_BEYOND_S = 0.35;
const SETTLED_S = 0.015;
const FAR_BEHIND_LIVE_S = 12;
const RESTART_MS = 2000;

// hls.js gives up on a refused connection after a second or so; a car in a tunnel must not.
const retried = (config, count, timeout, response) => {
  const status = response?.code ?? 0;
  return count < config.maxNumRetry && !(status >= 400 && status < 500 && status !== 429);
};
const patient = (maxTimeToFirstByteMs) => {
  const retry = { maxNumRetry: 2000, retryDelayMs: 500, maxRetryDelayMs: 3000, backoff: "linear", shouldRetry: retried };
  return { default: { maxTimeToFirstByteMs, maxLoadTimeMs: 20_000, timeoutRetry: retry, errorRetry: retry } };
};

const COMMON = {
  enableWorker: false, // CMAF segments pass through unchanged: nothing worth a thread
  testBandwidth: false,
  lowLatencyMode: false,
  enableInterstitialPlayback: false,
  // Nobody reads these, and the <track> that hls.js makes for them has a data: address, which our CSP refuses.
  enableDateRangeMetadataCues: false,
  enableID3MetadataCues: false,
  enableEmsgMetadataCues: false,
  enableWebVTT: false,
  enableIMSC1: false,
  enableCEA708Captions: false,
  liveSyncDurationCount: 3,
  maxBufferLength: 12,
  backBufferLength: 20,
  manifestLoadPolicy: patient(8000),
  playlistLoadPolicy: patient(6000),
  fragLoadPolicy: patient(8000),
};

/** Where a player stands, in milliseconds: the date of what plays now, or on demand the time from its start. */
function positionOf(hls, media, live) {
  if (!hls || !media.readyState) return null;
  return live ? (hls.playingDate?.getTime() ?? null) : media.currentTime * 1000;
}

/**
 * The sound. `on.blocked()` when the browser wants a tap first, `on.gone()` when the server refuses the playlist, or what
 * is in one on demand; `on.lost()` when what is on demand has to be asked for again.
 */
export class Sound {
  #hls = null;
  #wanted = false;
  #restart = 0;
  #failing = new Set();

  constructor(element, on) {
    this.element = element;
    this.on = on;
  }

  /** Whether what was asked for last did not come: of the playlist, or of its segments. */
  get failing() {
    return this.#failing.size > 0;
  }

  /** Milliseconds as `positionOf` has them; null while nothing is there. */
  get position() {
    return positionOf(this.#hls, this.element, this.live);
  }

  /** Where it plays on from: after a long pause of a live channel, the live point, by a date as `position` has it. */
  get resumesAt() {
    const { position } = this;
    return position === null ? null : position + this.#leapS * 1000;
  }

  /** How far the live point is ahead, where what was paused has been left behind. */
  get #leapS() {
    const live = this.live ? this.#hls?.liveSyncPosition : null;
    const behind = live ? live - this.element.currentTime : 0;
    return behind > FAR_BEHIND_LIVE_S ? behind : 0;
  }

  /** Seconds between what is heard and the live edge. */
  get latencyS() {
    return this.#hls?.latency ?? 0;
  }

  /** Whether sound is coming out just now. */
  get flowing() {
    return !this.element.paused && !this.element.seeking && this.element.readyState >= 3;
  }

  /** Loads a playlist and plays it; `startS` is where to start on demand. */
  load(url, { live, startS = 0 }) {
    this.unload();
    this.live = live;
    const hls = new Hls({ ...COMMON, startPosition: live ? -1 : startS });
    this.#hls = hls;
    hls.on(Hls.Events.ERROR, (_, error) => this.#mend(hls, error, () => (live ? this.load(url, { live }) : this.on.lost())));
    hls.on(Hls.Events.LEVEL_LOADED, () => this.#failing.delete("playlist"));
    hls.on(Hls.Events.FRAG_LOADED, () => this.#failing.delete("segment"));
    hls.loadSource(url);
    hls.attachMedia(this.element);
    if (this.#wanted) this.play();
  }

  unload() {
    clearTimeout(this.#restart);
    this.#hls?.destroy();
    this.#hls = null;
    this.#failing.clear();
  }

  /** Plays; after a long pause of a live channel, at the live point. */
  async play() {
    this.#wanted = true;
    const leap = this.#leapS;
    if (leap) this.element.currentTime += leap;
    try {
      await this.element.play();
    } catch (refusal) {
      if (refusal.name === "NotAllowedError") this.on.blocked();
    }
  }

  pause() {
    this.#wanted = false;
    this.element.pause();
  }

  #mend(hls, error, again) {
    const status = error.response?.code ?? 0;
    const { LEVEL_LOAD_ERROR, MANIFEST_LOAD_ERROR, FRAG_LOAD_ERROR } = Hls.ErrorDetails;
    const withdrawn = error.details === FRAG_LOAD_ERROR && status === 404 && !this.live;
    const playlist = error.details === LEVEL_LOAD_ERROR || error.details === MANIFEST_LOAD_ERROR;
    const unreached = error.type === Hls.ErrorTypes.NETWORK_ERROR && !(status >= 400 && status < 500);
    if (hls === this.#hls && unreached) this.#failing.add(error.frag ? "segment" : "playlist");
    if (hls === this.#hls && (withdrawn || (playlist && status >= 400 && status < 500))) {
      this.unload();
      this.on.gone(status);
    } else if (error.fatal && error.type === Hls.ErrorTypes.MEDIA_ERROR) {
      hls.recoverMediaError();
    } else if (error.fatal && hls === this.#hls) {
      this.#restart = setTimeout(again, RESTART_MS);
    }
  }
}

/** The picture. `on.pulled(askedAt)` at each playlist served, `on.refused()` when the server withholds it, `on.shown(bool)`. */
export class Picture {
  #hls = null;
  #estimate = undefined;

  constructor(element, on) {
    this.element = element;
    this.on = on;
    this.shown = false;
  }

  get active() {
    return this.#hls !== null;
  }

  /** Starts hidden, a lead ahead of `sound`; `follow` shows it when the sound has caught up. */
  start(url, sound) {
    this.stop();
    this.live = sound.live;
    // As far from the live edge as the sound is, less the lead. (A startLoad(position) once the playlist's
    // dates are known does the same, but it aborts the init segment under way, and hls.js may then hang.)
    const start = sound.live
      ? { liveSyncDuration: Math.max(sound.latencyS - LEAD_S, 1), liveSyncDurationCount: undefined }
      : { startPosition: sound.position / 1000 + LEAD_S };
    const renewed = sound.live ? {} : { xhrSetup: (xhr, address) => this.#lease(xhr, address) };
    const hls = new Hls({ ...COMMON, ...start, ...renewed, abrEwmaDefaultEstimate: this.#estimate ?? 4_000_000 });
    this.#hls = hls;
    hls.on(Hls.Events.LEVEL_LOADED, (_, { stats }) => this.on.pulled(stats.loading.start));
    hls.on(Hls.Events.ERROR, (_, error) => this.#fail(hls, error));
    hls.loadSource(url);
    hls.attachMedia(this.element);
  }

  /** Hides at once, then destroys the player and drops what it had buffered. */
  stop() {
    this.#show(false);
    const hls = this.#hls;
    if (!hls) return;
    this.#estimate = hls.bandwidthEstimate || this.#estimate;
    this.#hls = null;
    this.element.pause();
    hls.destroy();
    this.element.removeAttribute("src");
    this.element.load();
  }

  /** Called every 100 ms: keeps the picture on the sound's date, showing it when the two first meet. */
  follow(sound) {
    const { element } = this;
    const at = positionOf(this.#hls, element, this.live);
    const target = sound.position;
    if (at === null || target === null || element.readyState < 2 || element.seeking) return;
    const ahead = (at - target) / 1000;
    if (!sound.flowing) {
      element.pause();
      return;
    }
    if (!this.shown) {
      if (ahead < -SEEK_BEYOND_S || ahead > 2 * LEAD_S) element.currentTime += LEAD_S - ahead;
      else if (ahead <= REACHED_S) this.#show(true);
      return;
    }
    if (element.paused) element.play().catch(() => {});
    if (Math.abs(ahead) > SEEK_BEYOND_S) {
      element.currentTime -= ahead;
      element.playbackRate = 1;
    } else {
      element.playbackRate = Math.abs(ahead) < SETTLED_S ? 1 : Math.min(1.1, Math.max(0.9, 1 - ahead));
    }
  }

  /** On demand the playlist, and the lease in it, is pulled once: each segment takes the newest lease. */
  #lease(xhr, address) {
    const url = new URL(address, location.href);
    const lease = this.on.lease();
    if (!lease || !url.searchParams.has("lease")) return;
    url.searchParams.set("lease", lease);
    xhr.open("GET", url, true);
  }

  #show(shown) {
    this.element.hidden = !shown;
    if (shown) this.element.play().catch(() => {});
    if (shown === this.shown) return;
    this.shown = shown;
    this.on.shown(shown);
  }

  #fail(hls, error) {
    if (hls !== this.#hls) return;
    const status = error.response?.code ?? 0;
    if (status >= 400 && status < 500) {
      this.stop();
      this.on.refused();
    } else if (error.fatal) {
      this.stop();
    }
  }
}
