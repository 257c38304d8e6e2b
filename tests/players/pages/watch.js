// What both pages of the harness measure: a clock that must not stand still, sound that must not stop.
// Beside that, by the page's query: `marks` looks for flashes and beeps, `seek` goes to the middle after the end.
import { Marks } from "./marks.js";

const STEP_MS = 50;
const STALL_MS = 250;
const wishes = new URLSearchParams(location.search);

export class Watch {
  constructor(video) {
    this.video = video;
    this.errors = [];
    this.lags = [];
    this.silences = [];
    this.offsets = [];
    this.waits = [];
    this.stills = [];
    this.ends = [];
    this.started = null;
    this.playingDate = () => null;
    this.marks = wishes.has("marks") ? new Marks(this) : null;
    video.addEventListener("waiting", () => this.waits.push([Date.now(), video.currentTime]));
    video.addEventListener("ended", () => this.#ended());
    video.addEventListener("error", () => this.errors.push(`media error ${video.error?.message}`));
    video.addEventListener("playing", () => this.#start(), { once: true });
    const frame = (now, shown) => {
      this.offsets.push([video.currentTime, shown.mediaTime - video.currentTime]);
      video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
  }

  #ended() {
    const { currentTime, duration } = this.video;
    const quality = this.video.getVideoPlaybackQuality();
    const frames = quality.totalVideoFrames;
    this.ends.push({ at: Date.now(), time: currentTime, duration, frames });
    if (!wishes.has("seek") || this.ends.length > 1) return;
    this.video.currentTime = duration / 2;
    this.video.play();
  }

  async #start() {
    const context = await this.#listen();
    // Against the sound device's clock, not the wall's: a busy machine's device runs slow, a player's stall does not.
    const now = () => ({ at: context.currentTime, time: this.video.currentTime });
    this.started = now();
    setInterval(() => {
      const { at, time } = now();
      const ran = (at - this.started.at) * 1000;
      this.lags.push([ran, ran - (time - this.started.time) * 1000]);
      this.#watchClock();
    }, STEP_MS);
  }

  /** Each time that the playing position stood still for longer than a stall's length, by the wall's clock. */
  #watchClock() {
    const now = Date.now();
    if (this.video.currentTime !== this.position) {
      if (this.stoodSince && now - this.stoodSince > STALL_MS) this.stills.push([this.stoodSince, now - this.stoodSince]);
      this.position = this.video.currentTime;
      this.stoodSince = now;
    }
  }

  async #listen() {
    const context = new AudioContext({ sampleRate: 48000 });
    const worklet = `registerProcessor("tap", class extends AudioWorkletProcessor {
      constructor() { super(); this.quiet = 0; }
      process([input]) {
        const heard = input[0];
        let power = 0;
        if (heard) for (const x of heard) power += x * x;
        if (!heard || power / heard.length < 1e-5) this.quiet += 128;
        else { if (this.quiet > 1440) this.port.postMessage(this.quiet / 48); this.quiet = 0; }
        return true;
      }
    });`;
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([worklet], { type: "text/javascript" })));
    const tap = new AudioWorkletNode(context, "tap");
    const source = context.createMediaElementSource(this.video);
    source.connect(tap).connect(context.destination);
    await this.marks?.listen(context, source);
    tap.port.onmessage = ({ data }) => this.silences.push([this.playingDate(), data]);
    this.tapped = context;
    return context;
  }

  report() {
    const quality = this.video.getVideoPlaybackQuality();
    return {
      errors: this.errors,
      lags: this.lags,
      silences: this.silences,
      waits: this.waits,
      stills: this.stills,
      ends: this.ends,
      marks: this.marks?.report(),
      offsets: this.offsets,
      played_s: this.started ? this.video.currentTime - this.started.time : 0,
      frames: quality.totalVideoFrames,
      dropped: quality.droppedVideoFrames,
      sound: this.tapped?.state,
      ...this.extra?.(),
    };
  }
}
