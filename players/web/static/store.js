/** Small JSON values that outlive the page; a screen whose storage is full or forbidden still plays. */

const PREFIX = "roadcast.";

/** The value kept under `key`, or `otherwise`. */
export function recall(key, otherwise = null) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Keeps `value` under `key`; null forgets it. */
export function keep(key, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Nothing to do: what cannot be kept is asked for again.
  }
}
