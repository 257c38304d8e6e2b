/** The page's texts in the driver's language, as the server rendered them. */

export const words = JSON.parse(document.getElementById("words").textContent);
const language = document.documentElement.lang || "en";

/** The text `key` with its `{placeholders}` filled. */
export function word(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** The few words for a coded reason: what it asks to be done, else what `rule` says if it has words of its own. */
export function reasonWords(reason, rule) {
  const { reasons } = words;
  return (reason?.startsWith("needs-") && reasons[reason]) || (rule && reasons[rule]) || reasons[reason] || reasons[""];
}

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

const hundredths = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });

/** A number as the language writes it: as exact as it is, or always to tenths. */
export const number = (value) => hundredths.format(value);
export const tenths = (value) => tenth.format(value);

const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });

/** The day that a moment (ISO 8601) is of, here. */
export const dayOf = (moment) => day.format(new Date(moment));

/** The time of day of `ms`. */
export const timeOfDay = (ms) => clock.format(new Date(ms));

const STEP_M = 50;
const NEARER_THAN_M = STEP_M / 2;

/** `850 m`, `1.2 km`, `14 km`: only as exact as a driver can use. */
export function distance(metres) {
  if (metres < 1000) return word("metres", { n: whole.format(Math.round(metres / STEP_M) * STEP_M) });
  return word("kilometres", { n: (metres < 10_000 ? tenth : whole).format(metres / 1000) });
}

/** How far it is to a place; no number where the car stands at it, and nothing where that is not known. */
export function howFar(metres) {
  if (metres === null) return "";
  return metres < NEARER_THAN_M ? word("here") : distance(metres);
}
