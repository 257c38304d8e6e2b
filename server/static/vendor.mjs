/** `npm run vendor`: puts the browser builds of the libraries that the pages load into server/static/vendor/. */
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "..", "node_modules");
const vendor = join(here, "vendor");

const files = {
  "hls.js/dist/hls.min.mjs": "hls.mjs",
  "leaflet/dist/leaflet.js": "leaflet.js",
  "leaflet/dist/leaflet.css": "leaflet.css",
  "leaflet/dist/images": "images",
  "tus-js-client/dist/tus.min.js": "tus.js",
};

await rm(vendor, { recursive: true, force: true });
await mkdir(vendor, { recursive: true });
for (const [from, to] of Object.entries(files)) {
  await cp(join(modules, from), join(vendor, to), { recursive: true });
  if (!/\.m?js$/.test(to)) continue;
  // Their source maps are not shipped: without this line developer tools ask for them and log 404s.
  const text = await readFile(join(vendor, to), "utf8");
  await writeFile(join(vendor, to), text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"));
}
