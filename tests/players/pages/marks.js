// Looks and listens for the marks of tests/players/film.py: a white flash and a beep at each grid position.
const SIDE = 8;

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

  /** `context` has tap.js. Each beep's start, on the same clock as the pictures: when it leaves the sound device. */
  async listen(context, source) {
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
