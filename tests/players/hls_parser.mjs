// Reads playlists with hls-parser in strict mode: node hls_parser.mjs FILE... ; tells of each in JSON.
import { readFileSync } from "node:fs";
import HLS from "hls-parser";

HLS.setOptions({ strictMode: true, silent: false });
const told = process.argv.slice(2).map((file) => {
  try {
    const playlist = HLS.parse(readFileSync(file, "utf8"));
    const offered = playlist.isMasterPlaylist
      ? playlist.variants.map(({ codecs, resolution }) => ({ codecs, video: Boolean(resolution) }))
      : playlist.segments.length;
    return { file, error: null, multivariant: playlist.isMasterPlaylist, offered };
  } catch (error) {
    return { file, error: String(error) };
  }
});
console.log(JSON.stringify(told));
