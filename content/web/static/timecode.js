/** Frames, timecodes and points of a cue sheet: pure, at the house's 25 frames a second. */

export const FPS = 25;
/** Frames of a segment: parts between cues, and before the first and after the last, last one at least. */
const LEAST = 48;

const two = (number) => String(number).padStart(2, "0");

/** `01:02:03:04` of a frame. */
export function timecode(frame) {
  const seconds = Math.floor(frame / FPS);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, frame % FPS].map(two).join(":");
}

/** The frame of a typed number, `hh:mm:ss:ff` or `hh:mm:ss`; null if it is none. */
export function frameTyped(text) {
  const plain = text.trim();
  if (/^\d{1,7}$/.test(plain)) return Number(plain);
  const found = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[:;](\d{1,2}))?$/.exec(plain);
  if (!found) return null;
  const [hours, minutes, seconds, frames] = found.slice(1).map((part) => Number(part ?? 0));
  if (minutes > 59 || seconds > 59 || frames >= FPS) return null;
  return ((hours * 60 + minutes) * 60 + seconds) * FPS + frames;
}

/** Why `frame` cannot join `cues` of a source of `frames` frames: a code of the service's, or "" if it can. */
export function obstacle(frame, cues, frames) {
  if (frame < LEAST || frame > frames - LEAST) return "cue-outside";
  return cues.some((cue) => Math.abs(cue - frame) < LEAST) ? "cues-too-close" : "";
}

/**
 * What the list shows, in order: `{frame, cue, candidate, rejected}`. A candidate that was moved is where it was found,
 * and the cue where it is now.
 */
export function pointsOf(cues, candidates, rejected) {
  const found = new Map(candidates.map((candidate) => [candidate.frame, candidate]));
  const frames = [...new Set([...cues, ...found.keys()])].sort((a, b) => a - b);
  return frames.map((frame) => ({
    frame,
    cue: cues.includes(frame),
    candidate: found.get(frame) ?? null,
    rejected: !cues.includes(frame) && rejected.has(frame),
  }));
}
