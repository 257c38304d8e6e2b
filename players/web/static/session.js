/** A playback session and its push channel: opened, kept, and opened again when the server has lost it. */

import { call } from "./api.js";

const RETRY_MS = [500, 1000, 2000, 4000, 8000];
/**
 * A stream whose connection has died in a tunnel says nothing at all, not even that it is over. The server is heard each
 * two seconds while it permits pictures, and each ten seconds otherwise; so whatever is silent for longer is dead.
 */
const PATIENCE_MS = { connecting: 10_000, permitted: 5000, withheld: 25_000 };
const LOOK_MS = 500;
const GONE = new Set([401, 403, 404, 410]);

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Calls `on.opened(session)`, `on.state`, `on.break`, `on.card`, `on.link(up)`, `on.elsewhere()` when the channel
 * that was chosen is not to be had, and, when the credential itself is refused, `on.refused(problem)`.
 */
export class Session {
  #source = null;
  #attempt = 0;
  #generation = 0;

  /** `channelId` is the one to begin with; null for the default. */
  constructor(credential, on, channelId = null) {
    this.credential = credential;
    this.channelId = channelId;
    this.on = on;
    this.current = null;
  }

  /** Opens a session, trying until the server answers. A second call replaces the first. */
  async open() {
    const generation = ++this.#generation;
    this.#source?.close();
    this.current = null;
    this.on.link(false);
    for (let attempt = 0; generation === this.#generation; attempt += 1) {
      try {
        const session = await call("/v1/sessions", { method: "POST", body: { channel_id: this.channelId }, credential: this.credential });
        if (generation !== this.#generation) return;
        if (session.offered === false && this.channelId !== null) {
          this.#elsewhere();
          continue;
        }
        this.current = session;
        this.on.opened(session);
        this.#listen();
        return;
      } catch (problem) {
        if (problem.status === 404 && this.channelId !== null) {
          this.#elsewhere();
          continue;
        }
        if (!problem.passing) {
          this.on.refused(problem);
          return;
        }
        await wait(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]);
      }
    }
  }

  /** The channel is no more, or not offered where the car is now: the first that is plays instead. */
  #elsewhere() {
    this.channelId = null;
    this.on.elsewhere();
  }

  /** Asks for the state instead of waiting for it. */
  async ask() {
    const session = this.current;
    if (!session) return;
    try {
      const report = await call(session.urls.report, { timeoutMs: 3000 });
      if (session !== this.current) return;
      if (report.state) this.on.state(report.state);
      for (const plan of report.breaks ?? []) this.on.break(plan);
    } catch (problem) {
      if (session === this.current && GONE.has(problem.status)) this.open();
    }
  }

  /** The address of `file` of a partner's item, or of what has a `path` of its own, in this session. */
  itemUrl(item, file) {
    const { session_id: sid, grant } = this.current;
    const path = item.path ?? `/play/item/${encodeURIComponent(item.item_id)}`;
    return `${path}/${sid}/${file}?grant=${encodeURIComponent(grant)}`;
  }

  #listen() {
    const session = this.current;
    const source = new EventSource(session.urls.events);
    this.#source = source;
    let patience = PATIENCE_MS.connecting;
    let heardAt = performance.now();
    const heard = (next = patience) => {
      patience = next;
      heardAt = performance.now();
    };
    const watch = setInterval(() => {
      if (source !== this.#source) clearInterval(watch);
      else if (performance.now() - heardAt > patience) end();
    }, LOOK_MS);
    const end = () => {
      clearInterval(watch);
      source.close();
      this.on.link(false);
      if (source === this.#source) this.#relisten(session);
    };
    const read = (name, take) =>
      source.addEventListener(name, (event) => {
        const told = JSON.parse(event.data);
        heard(name === "state" ? PATIENCE_MS[told.video.permitted ? "permitted" : "withheld"] : patience);
        take(told);
      });
    for (const name of ["state", "break", "card"]) read(name, (told) => this.on[name](told));
    read("ping", () => {});
    source.onopen = () => {
      this.#attempt = 0;
      heard();
      this.on.link(true);
    };
    source.onerror = () => {
      this.on.link(false);
      heard(PATIENCE_MS.connecting);
      // A refused stream is closed for good: find out whether the session still lives, then listen again.
      if (source.readyState === EventSource.CLOSED) end();
    };
  }

  async #relisten(session) {
    await wait(RETRY_MS[Math.min(this.#attempt++, RETRY_MS.length - 1)]);
    if (session !== this.current) return;
    await this.ask();
    if (session === this.current) this.#listen();
  }
}
