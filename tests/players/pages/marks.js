// Looks and listens for the marks of tests/players/film.py: a white flash and a beep at each grid position.
const SIDE = 8;
const BLOCK = 96; // 2 ms at 48 kHz: six periods of the beep
const BEEP_HZ = 3000;

export class Marks {
  constructor(watch) {
    this.watch = watch;
    this.pictures = [];
    this.beeps = [];
    const canvas = new OffscreenCanvas(SIDE, SIDE);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const { video } = watch;
    const frame = (now, shown) => {
      pen.drawImage(video, 0, 0, SIDE, SIDE);
      const { data } = pen.getImageData(0, 0, SIDE, SIDE);
      let sum = 0;
      for (let at = 0; at < data.length; at += 4) sum += data[at] + data[at + 1] + data[at + 2];
      const date = watch.playingDate() + (shown.mediaTime - video.currentTime) * 1000;
      this.pictures.push([performance.timeOrigin + shown.expectedDisplayTime, date, Math.round(sum / SIDE / SIDE / 3)]);
      video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
  }

  /** Each beep's start, on the same clock as the pictures: when it leaves the sound device. */
  async listen(context, source) {
    const worklet = `registerProcessor("beeps", class extends AudioWorkletProcessor {
      constructor() { super(); this.block = []; this.loud = 0; this.quiet = 1000; }
      process([input]) {
        const heard = input[0] ?? new Float32Array(128);
        for (let n = 0; n < heard.length; n++) {
          this.block.push(heard[n]);
          if (this.block.length === ${BLOCK}) this.#judge((currentFrame + n + 1 - ${BLOCK}) / sampleRate);
        }
        return true;
      }
      #judge(at) {
        let re = 0, im = 0;
        this.block.forEach((x, n) => {
          const turn = 2 * Math.PI * ${BEEP_HZ} * n / sampleRate;
          re += x * Math.cos(turn); im -= x * Math.sin(turn);
        });
        const loud = Math.hypot(re, im) / ${BLOCK} > 0.02;
        if (loud && this.loud === 0) this.start = at;
        if (loud && ++this.loud === 20 && this.quiet > 100) { this.port.postMessage(this.start); this.quiet = 0; }
        if (!loud) { this.loud = 0; this.quiet++; }
        this.block.length = 0;
      }
    });`;
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([worklet], { type: "text/javascript" })));
    const node = new AudioWorkletNode(context, "beeps", { numberOfOutputs: 0 });
    source.connect(node);
    node.port.onmessage = ({ data }) => {
      const { contextTime, performanceTime } = context.getOutputTimestamp();
      this.beeps.push([performance.timeOrigin + performanceTime + (data - contextTime) * 1000, data]);
    };
  }

  report() {
    return { pictures: this.pictures, beeps: this.beeps };
  }
}
