// What both pages of the harness measure: a clock that must not stand still, sound that must not stop.
const STEP_MS = 50;

export class Watch {
  constructor(video) {
    this.video = video;
    this.errors = [];
    this.lags = [];
    this.silences = [];
    this.offsets = [];
    this.started = null;
    this.playingDate = () => null;
    video.addEventListener("error", () => this.errors.push(`media error ${video.error?.message}`));
    video.addEventListener("playing", () => this.#start(), { once: true });
    const frame = (now, shown) => {
      this.offsets.push([video.currentTime, shown.mediaTime - video.currentTime]);
      video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
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
    }, STEP_MS);
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
    context.createMediaElementSource(this.video).connect(tap).connect(context.destination);
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
      offsets: this.offsets,
      played_s: this.started ? this.video.currentTime - this.started.time : 0,
      frames: quality.totalVideoFrames,
      dropped: quality.droppedVideoFrames,
      sound: this.tapped?.state,
      ...this.extra?.(),
    };
  }
}
