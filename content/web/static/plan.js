/** A channel's plan, and what editors do to it: pure functions, times of day in seconds, dates as `YYYY-MM-DD`. */

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
export const DAY_S = 86_400;
const HOUR_S = 3600;
const DAY_MS = 86_400_000;

const two = (number) => String(number).padStart(2, "0");

/** Seconds of `HH:MM` or `HH:MM:SS`. */
export function secondsOf(text) {
  const [hours, minutes, seconds = 0] = text.split(":").map(Number);
  return (hours * 60 + minutes) * 60 + seconds;
}

/** `HH:MM`, with seconds where there are some. */
export function clockOf(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (seconds % 60) parts.push(seconds % 60);
  return parts.map(two).join(":");
}

/** The time of day of what was typed, such as `8:30` or `20h15`; null if it is none. */
export function timeTyped(text) {
  const found = /^(\d{1,2})(?:[:h.](\d{2})?(?::(\d{2}))?)?$/.exec(text.trim());
  if (!found) return null;
  const [hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  return hours < 24 && minutes < 60 && seconds < 60 ? clockOf((hours * 60 + minutes) * 60 + seconds) : null;
}

/** As {@link timeTyped}, of an end: midnight is the day's own, `24:00`. */
export function endTyped(text) {
  if (/^24(?:[:h.](?:00)?(?::00)?)?$/.test(text.trim())) return clockOf(DAY_S);
  const time = timeTyped(text);
  return time === clockOf(0) ? clockOf(DAY_S) : time;
}

export function addDays(date, days) {
  return new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export function weekdayOf(date) {
  return WEEKDAYS[(new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7];
}

/** The seven dates of the week that `date` is in, from Monday on. */
export function weekOf(date) {
  const first = addDays(date, -WEEKDAYS.indexOf(weekdayOf(date)));
  return WEEKDAYS.map((_, days) => addDays(first, days));
}

const formats = new Map();

/** A formatter of local dates (`YYYY-MM-DD`) or times (`HH:MM:SS`); making one costs more than using it. */
function format(timeZone, language, style) {
  const key = `${timeZone} ${language}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language, { timeZone, ...style }));
  return formats.get(key);
}

/** The local date of `ms` in `timeZone`. */
export const dateIn = (timeZone, ms) => format(timeZone, "en-CA", { dateStyle: "short" }).format(ms);

/** The local time of day of `ms` in `timeZone`, `HH:MM:SS`. */
export const clockIn = (timeZone, ms) => format(timeZone, "en-GB", { timeStyle: "medium" }).format(ms);

/** Where a part of a plan (`week.mon`, `days.2026-12-24`, `loop`) stands among others: weekdays as they follow, then dates. */
export function orderOf(part) {
  const day = WEEKDAYS.indexOf(part.replace("week.", ""));
  return day >= 0 ? day : part.startsWith("days.") ? Number(part.replace(/\D/g, "")) : -1;
}

export const isDate = (key) => key.includes("-");

/** What holds on `date`: the key of its blocks (a weekday, or the date itself where it has its own), and the blocks. */
export function dayOf(plan, date) {
  const key = date in plan.days ? date : weekdayOf(date);
  return { key, blocks: blocksOf(plan, key), own: isDate(key) };
}

export function blocksOf(plan, key) {
  return (isDate(key) ? plan.days[key] : plan.week[key]) ?? [];
}

/** The plan with other blocks on a weekday or date; blocks are kept in order of time. */
export function withBlocks(plan, key, blocks) {
  const sorted = blocks.toSorted((a, b) => secondsOf(a.at) - secondsOf(b.at));
  const part = isDate(key) ? "days" : "week";
  return { ...plan, [part]: { ...plan[part], [key]: sorted } };
}

/** The plan in which `date` has blocks of its own, at first those of its weekday. */
export function withOwnDay(plan, date) {
  return withBlocks(plan, date, blocksOf(plan, weekdayOf(date)));
}

/** The plan in which `date` is as its weekday is. */
export function withoutOwnDay(plan, date) {
  const { [date]: _, ...days } = plan.days;
  return { ...plan, days };
}

/** The plan without blocks that have nothing to play yet. */
export function withoutEmptyBlocks(plan) {
  const kept = (days) => Object.fromEntries(Object.entries(days).map(([key, blocks]) => [key, blocks.filter(({ entries }) => entries.length)]));
  return { ...plan, week: kept(plan.week), days: kept(plan.days) };
}

/** The plan with a block put, changed (`next`) or, without it, removed; `next` may go to another day. */
export function withBlock(plan, key, block, next = null, toKey = key) {
  const rest = withBlocks(plan, key, blocksOf(plan, key).filter((one) => one !== block));
  return next ? withBlocks(rest, toKey, [...blocksOf(rest, toKey), next]) : rest;
}

/** The block from `at` on, its end as far from it as before. */
export function moved(block, at) {
  const length = block.until ? secondsOf(block.until) - secondsOf(block.at) : 0;
  const start = Math.max(0, Math.min(DAY_S - Math.max(length, 60), at));
  return { ...block, at: clockOf(start), until: block.until ? clockOf(start + length) : null };
}

/** The block over by `until`, a minute long at least. */
export function resized(block, until) {
  return { ...block, until: clockOf(Math.max(secondsOf(block.at) + 60, Math.min(DAY_S, until))) };
}

/** Seconds that the entries take once. `lengthOf` gives an entry's. */
export function contentLength(block, lengthOf) {
  return block.entries.reduce((sum, entry) => sum + lengthOf(entry), 0);
}

/** From when to when a block is drawn, in seconds of its day. */
export function spanOf(blocks, index, lengthOf) {
  const block = blocks[index];
  const from = secondsOf(block.at);
  const next = index + 1 < blocks.length ? secondsOf(blocks[index + 1].at) : DAY_S;
  const own = from + contentLength(block, lengthOf);
  const end = block.until ? secondsOf(block.until) : block.repeat ? next : own;
  return { from, to: Math.max(from + 60, Math.min(DAY_S, end)) };
}

/**
 * The plan as it was before `changes` of its history, the newest first; null where one of them tells only the names
 * of what it changed.
 */
export function planBefore(plan, changes) {
  if (changes.some(({ detail }) => detail.parts)) return null;
  return changes.reduce((later, { detail }) => Object.entries(detail).reduce(withPartBefore, later), plan);
}

/** The plan with one part as a change found it: `loop`, `week.mon`, `days.2026-12-24`; other details name no part. */
function withPartBefore(plan, [part, change]) {
  const [, group, key] = /^(week|days)\.(.+)$/.exec(part) ?? [];
  if (!group) return part in plan ? { ...plan, [part]: change[0] } : plan;
  const { [key]: _, ...rest } = plan[group];
  return { ...plan, [group]: change[0] ? { ...rest, [key]: change[0] } : rest };
}

/** The start of the hour nearest to `wanted` (a later one first) in which no block plays; `wanted` itself where none is free. */
export function freeHour(blocks, lengthOf, wanted) {
  const spans = blocks.map((_, index) => spanOf(blocks, index, lengthOf));
  const free = (at) => spans.every(({ from, to }) => at + HOUR_S <= from || to <= at);
  const hours = Array.from({ length: 24 }, (_, hour) => hour * HOUR_S).filter(free);
  return hours.reduce((best, at) => (Math.abs(at - wanted) <= Math.abs(best - wanted) ? at : best), hours[0] ?? wanted);
}

/** What a field of a finding or refusal names: `{key, index, entry, time}` of a block, `{loop}` or `{rule}`; null for nothing. */
export function placeOf(field) {
  const block = /^(?:week|days)\.([\w-]+)\[(\d+)\](?:\.entries\[(\d+)\]|\.(at|until))?/.exec(field);
  if (block) {
    const [key, index, entry, time] = block.slice(1);
    return { key, index: Number(index), entry: entry === undefined ? null : Number(entry), time: time ?? null };
  }
  const loop = /^loop\[(\d+)\]/.exec(field);
  if (loop) return { loop: Number(loop[1]) };
  return /^(fill|breaks|territories|timezone)/.test(field) ? { rule: field } : null;
}
