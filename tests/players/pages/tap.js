// What the ride hears of the dash, sample for sample: where each beep of film.py starts, and each silence with its length.
const BLOCK = 96; // 2 ms at 48 kHz: six periods of the beep
const BEEP_HZ = 3000;
const SILENT_POWER = 1e-5; // -50 dBFS
const SHORTEST = 1440; // 30 ms

registerProcessor("beeps", class extends AudioWorkletProcessor {
  constructor() { super(); this.block = []; this.loud = 0; this.quiet = 1000; }
  process([input]) {
    const heard = input[0] ?? new Float32Array(128);
    for (let n = 0; n < heard.length; n++) {
      this.block.push(heard[n]);
      if (this.block.length === BLOCK) this.#judge((currentFrame + n + 1 - BLOCK) / sampleRate);
    }
    return true;
  }
  #judge(at) {
    let re = 0, im = 0;
    this.block.forEach((x, n) => {
      const turn = 2 * Math.PI * BEEP_HZ * n / sampleRate;
      re += x * Math.cos(turn); im -= x * Math.sin(turn);
    });
    const loud = Math.hypot(re, im) / BLOCK > 0.02;
    if (loud && this.loud === 0) this.start = at;
    if (loud && ++this.loud === 20 && this.quiet > 100) { this.port.postMessage(this.start); this.quiet = 0; }
    if (!loud) { this.loud = 0; this.quiet++; }
    this.block.length = 0;
  }
});

registerProcessor("silences", class extends AudioWorkletProcessor {
  constructor() { super(); this.quiet = 0; }
  process([input]) {
    const heard = input[0];
    let power = 0;
    if (heard) for (const x of heard) power += x * x;
    if (!heard || power / heard.length < SILENT_POWER) this.quiet += 128;
    else {
      if (this.quiet > SHORTEST) this.port.postMessage({ at: currentFrame / sampleRate, ms: this.quiet / 48 });
      this.quiet = 0;
    }
    return true;
  }
});
