/** Two changes of one plan put together: pure functions over what was read (base), what is here (mine) and what was saved since (theirs). */

import { blocksOf, isDate, withBlocks, withoutOwnDay } from "./plan.js";

/** Whether two values say the same, in whatever order their fields stand. */
export const same = (a, b) => written(a) === written(b);
const written = (value) => JSON.stringify(value ?? null, (_, one) => (one && typeof one === "object" && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one));

/** Of three the one that is meant; undefined where both sides changed it, to different things. */
function one(base, mine, theirs) {
  if (same(mine, base)) return { value: theirs };
  return same(theirs, base) || same(mine, theirs) ? { value: mine } : undefined;
}

/** What a list has instead of `base.slice(from, until)`. */
function hunk(base, next) {
  let from = 0;
  while (from < base.length && from < next.length && same(base[from], next[from])) from += 1;
  let kept = 0;
  while (kept < base.length - from && kept < next.length - from && same(base.at(-1 - kept), next.at(-1 - kept))) kept += 1;
  return { from, until: base.length - kept, put: next.slice(from, next.length - kept) };
}

/** A list that both changed at different places; undefined where the places meet. */
function list(base, mine, theirs) {
  const whole = one(base, mine, theirs);
  if (whole) return whole;
  const [first, second] = [hunk(base, mine), hunk(base, theirs)].sort((a, b) => a.from - b.from || a.until - b.until);
  if (first.until > second.from || first.from === second.from) return undefined;
  return { value: [...base.slice(0, first.from), ...first.put, ...base.slice(first.until, second.from), ...second.put, ...base.slice(second.until)] };
}

/** A block that both changed: its programmes as a list, all else as it is. */
function block(base, mine, theirs) {
  const whole = one(base, mine, theirs);
  if (whole || !base || !mine || !theirs) return whole;
  const merged = {};
  for (const name of Object.keys({ ...theirs, ...mine })) {
    const found = (name === "entries" ? list : one)(base[name], mine[name], theirs[name]);
    if (!found) return undefined;
    merged[name] = found.value;
  }
  return { value: merged };
}

/**
 * `{plan, clashes}`: theirs with what was changed here. Where both changed the same, the plan has theirs, and a clash tells of it:
 * `{path, mine, theirs}` with `path` `["loop"]`, `["breaks", "length_s"]`, `["mon", "06:00"]` (a block) or `["2026-12-24"]` (all of a date);
 * a block or date that was taken away is null.
 */
export function merge(base, mine, theirs) {
  const clashes = [];
  const keep = (found, path, own, other) => {
    if (found) return found.value;
    clashes.push({ path, mine: own ?? null, theirs: other ?? null });
    return other;
  };
  let plan = { ...theirs };
  for (const name of ["timezone", "territories"]) plan[name] = keep(one(base[name], mine[name], theirs[name]), [name], mine[name], theirs[name]);
  plan.loop = keep(list(base.loop, mine.loop, theirs.loop), ["loop"], mine.loop, theirs.loop);
  for (const group of ["fill", "breaks"]) {
    plan[group] = { ...theirs[group] };
    for (const name of Object.keys({ ...theirs[group], ...mine[group] })) {
      const [was, own, other] = [base, mine, theirs].map((all) => all[group][name]);
      plan[group][name] = keep(one(was, own, other), [group, name], own, other);
    }
  }
  const keys = new Set([base, mine, theirs].flatMap(({ week, days }) => [...Object.keys(week), ...Object.keys(days)]));
  for (const key of keys) plan = day(plan, key, [base, mine, theirs], keep);
  return { plan, clashes };
}

function day(plan, key, all, keep) {
  const [was, own, other] = all.map((each) => (isDate(key) ? each.days[key] : (each.week[key] ?? [])));
  const whole = one(was, own, other);
  if (whole || !own || !other) return withDay(plan, key, keep(whole, [key], own, other));
  const times = new Set([was ?? [], own, other].flat().map(({ at }) => at));
  const blocks = [...times].map((time) => {
    const [before, here, there] = [was ?? [], own, other].map((each) => each.find(({ at }) => at === time));
    return keep(block(before, here, there), [key, time], here, there);
  });
  return withBlocks(plan, key, blocks.filter(Boolean));
}

const withDay = (plan, key, blocks) => (blocks ? withBlocks(plan, key, blocks) : withoutOwnDay(plan, key));

/** The plan in which a clash is settled by `value`: its `mine` or `theirs`. */
export function settled(plan, { path: [part, name] }, value) {
  if (["timezone", "territories", "loop"].includes(part)) return { ...plan, [part]: value };
  if (part in { fill: 0, breaks: 0 }) return { ...plan, [part]: { ...plan[part], [name]: value } };
  if (name === undefined) return withDay(plan, part, value);
  const rest = blocksOf(plan, part).filter(({ at }) => at !== name);
  return withBlocks(plan, part, value ? [...rest, value] : rest);
}
