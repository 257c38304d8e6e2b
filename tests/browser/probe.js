// Put into the dash before its own scripts: what a driver sees and hears, ten times a second.
(() => {
  const STEP_MS = 100;
  const SAMPLE_RATE_HZ = 48_000;
  // Looks back further than any two looks lie apart, even on a busy machine.
  const LOOK_BACK = 32_768;
  const BLOCK = SAMPLE_RATE_HZ / 200;
  const SILENT_POWER = 1e-5; // -50 dBFS
  const probe = { samples: [], frames: [], tap: null };
  globalThis.probe = probe;
  const wave = new Float32Array(LOOK_BACK);

  const inSight = (element) => element.getClientRects().length > 0;
  const text = (id) => document.getElementById(id).textContent;

  // The longest silence in what went to the loudspeaker lately.
  function quietMs() {
    if (!probe.tap) return null;
    probe.tap.getFloatTimeDomainData(wave);
    let [run, longest] = [0, 0];
    for (let start = 0; start + BLOCK <= LOOK_BACK; start += BLOCK) {
      let power = 0;
      for (let i = start; i < start + BLOCK; i += 1) power += wave[i] * wave[i];
      run = power / BLOCK < SILENT_POWER ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    return (longest * BLOCK * 1000) / SAMPLE_RATE_HZ;
  }

  function look(audio, video) {
    const promotion = document.getElementById("promotion");
    probe.samples.push({
      at_ms: Date.now(),
      sound_s: audio.currentTime,
      sounding: !audio.paused && audio.readyState >= 3 && audio.volume > 0 && !audio.muted,
      quiet_ms: quietMs(),
      picture: inSight(video),
      playing: inSight(video) && !video.paused && video.readyState >= 2,
      withheld: inSight(document.getElementById("withheld")) ? text("withheld").trim() : "",
      promotion: inSight(promotion)
        ? { advertiser: text("card-advertiser"), headline: text("card-headline"), place: text("card-place-name") }
        : null,
    });
  }

  probe.listen = () => {
    const context = new AudioContext({ sampleRate: SAMPLE_RATE_HZ });
    probe.tap = new AnalyserNode(context, { fftSize: LOOK_BACK });
    context.createMediaElementSource(document.getElementById("audio")).connect(probe.tap).connect(context.destination);
  };

  addEventListener("DOMContentLoaded", () => {
    const [audio, video] = ["audio", "video"].map((id) => document.getElementById(id));
    const frame = () => {
      probe.frames.push(Date.now());
      video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
    setInterval(() => look(audio, video), STEP_MS);
  });
})();
