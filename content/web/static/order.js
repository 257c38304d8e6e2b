/** Arranging a loop of programmes and breaks. Breaks keep their places when a programme moves, so none ever meet. */

const isBreak = (entry) => entry.kind === "break";

/** Whether two breaks follow each other, the loop's end and start included. */
function breaksMeet(entries) {
  return entries.length > 1 && entries.some((entry, i) => isBreak(entry) && isBreak(entries[(i + 1) % entries.length]));
}

function placed(entries, from, to) {
  const rest = entries.toSpliced(from, 1);
  return rest.toSpliced(to, 0, entries[from]);
}

/** The programmes in a new order, each break where it stood. */
function refilled(entries, programmes) {
  const queue = [...programmes];
  return entries.map((entry) => (isBreak(entry) ? entry : queue.shift()));
}

const result = (entries, moved) => ({ entries, index: entries.indexOf(moved) });

/**
 * The entry at `index` one step up (`by` -1) or down (1): a programme changes places with the next one, a break goes to
 * the next place where it meets no other. `{entries, index}` with where it is now, or null if there is no such place.
 */
export function stepped(entries, index, by) {
  const entry = entries[index];
  if (isBreak(entry)) {
    for (let to = index + by; to >= 0 && to < entries.length; to += by) {
      const tried = placed(entries, index, to);
      if (!breaksMeet(tried)) return result(tried, entry);
    }
    return null;
  }
  const programmes = entries.filter((one) => !isBreak(one));
  const from = programmes.indexOf(entry);
  if (from + by < 0 || from + by >= programmes.length) return null;
  return result(refilled(entries, placed(programmes, from, from + by)), entry);
}

/** The entry at `index` dropped before the one at `gap` (the length: at the end); null where a break would meet another. */
export function dropped(entries, index, gap) {
  const entry = entries[index];
  if (isBreak(entry)) {
    const tried = placed(entries, index, gap > index ? gap - 1 : gap);
    return breaksMeet(tried) ? null : result(tried, entry);
  }
  const programmes = entries.filter((one) => !isBreak(one));
  const before = entries.slice(0, gap).filter((one) => !isBreak(one) && one !== entry).length;
  return result(refilled(entries, placed(programmes, programmes.indexOf(entry), before)), entry);
}

/** A break as late as it meets no other: as above, null if there is no place left. */
export function withBreak(entries, added) {
  for (let at = entries.length; at > 0; at -= 1) {
    const tried = entries.toSpliced(at, 0, added);
    if (!breaksMeet(tried)) return result(tried, added);
  }
  return entries.length ? null : result([added], added);
}
