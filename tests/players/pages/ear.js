// Put into the dash before its own scripts: when it is told what, when the picture goes and comes, and what is heard.
(() => {
  const ear = { log: [], beeps: [], silences: [] };
  globalThis.ear = ear;
  const note = (what, at = performance.now()) => ear.log.push([at, what]);

  let permitted = null;
  const Pushed = EventSource;
  globalThis.EventSource = class extends Pushed {
    constructor(...given) {
      super(...given);
      // Before the page hears of it.
      this.addEventListener("state", ({ data }) => {
        const now = JSON.parse(data).video.permitted;
        if (now !== permitted) note(now ? "unlocked" : "locked");
        permitted = now;
      });
    }
  };

  addEventListener("DOMContentLoaded", () => {
    const video = document.getElementById("video");
    const inSight = () => video.getClientRects().length > 0;
    let shown = false;
    // Gone once a frame of the screen has been painted without it; there when one of its own was shown.
    const look = () => {
      if (shown && !inSight()) {
        shown = false;
        requestAnimationFrame(() => note("gone"));
      }
      requestAnimationFrame(look);
    };
    const frame = () => {
      if (!shown && inSight()) {
        shown = true;
        note("shown");
      }
      video.requestVideoFrameCallback(frame);
    };
    look();
    video.requestVideoFrameCallback(frame);
  });

  /** Listens to the sound from now on; times are those of the sound device, which `ear.now()` tells. */
  ear.listen = async () => {
    const context = new AudioContext({ sampleRate: 48_000 });
    const tap = await (await fetch("/test-players/tap.js")).text();
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([tap], { type: "text/javascript" })));
    const source = context.createMediaElementSource(document.getElementById("audio"));
    source.connect(context.destination);
    for (const name of ["beeps", "silences"]) {
      const node = new AudioWorkletNode(context, name, { numberOfOutputs: 0 });
      source.connect(node);
      node.port.onmessage = ({ data }) => ear[name].push(data);
    }
    ear.now = () => context.currentTime;
  };
})();
