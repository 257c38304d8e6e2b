// A player of others: node vast_client.mjs URL SPEED. Reads VAST from URL with @dailymotion/vast-client, plays each
// ad's time through at SPEED, fires every tracker, and tells what it read and what it was answered in JSON.
import { createRequire } from "node:module";

const { VASTClient, VASTTracker } = createRequire(import.meta.url)("@dailymotion/vast-client");
const [url, speed] = [process.argv[2], Number(process.argv[3])];
const STEP_MS = 100;

const client = new VASTClient();
const response = await client.get(url, { withCredentials: true });

// Where there is a window, trackers are fetched as pictures.
const fired = [];
globalThis.window = globalThis;
globalThis.Image = class {
  set src(address) {
    fired.push(
      fetch(address).then((answer) => ({
        url: address,
        status: answer.status,
        outcome: answer.headers.get("Roadcast-Outcome"),
      })),
    );
  }
};

const settled = [];
async function answered() {
  settled.push(...(await Promise.all(fired.splice(0))));
}

const ads = [];
for (const ad of response.ads) {
  const creative = ad.creatives.find((one) => one.type === "linear");
  ads.push({
    id: ad.id,
    sequence: ad.sequence,
    adType: ad.adType,
    adServingId: ad.adServingId,
    title: ad.title,
    advertiser: ad.advertiser?.value ?? ad.advertiser,
    expires: ad.expires,
    impressions: ad.impressionURLTemplates.length,
    errors: ad.errorURLTemplates.length,
    duration: creative.duration,
    universalAdIds: creative.universalAdIds,
    events: Object.keys(creative.trackingEvents),
    clicks: creative.videoClickTrackingURLTemplates.length,
    media: creative.mediaFiles.map(({ fileURL, mimeType, deliveryType, width, height }) => ({
      fileURL,
      mimeType,
      deliveryType,
      width,
      height,
    })),
  });
  const beside = ad.creatives.filter((one) => one.type === "companion").flatMap((one) => one.variations);
  ads.at(-1).companions = beside.map(({ width, height, altText, staticResources }) => ({
    width: Number(width),
    height: Number(height),
    altText,
    stills: staticResources.map(({ url, creativeType }) => [creativeType, url]),
  }));
  if (!speed) continue;
  const tracker = new VASTTracker(client, ad, creative);
  tracker.setDuration(creative.duration);
  tracker.trackImpression();
  await answered();
  const began = performance.now();
  for (let at = 0; at < creative.duration; at = ((performance.now() - began) / 1000) * speed) {
    tracker.setProgress(at);
    await new Promise((done) => setTimeout(done, STEP_MS));
  }
  tracker.complete();
  tracker.setMuted(true);
  tracker.click();
  tracker.skip();
  tracker.error({ ERRORCODE: "405" });
  await answered();
}
console.log(JSON.stringify({ version: response.version, ads, fired: settled }));
process.exit(0);
