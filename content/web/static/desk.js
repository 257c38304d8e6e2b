/** What the parts of the schedule's page share: the channel, the page's own elements, and what is being edited. */

import * as plans from "./plan.js";
import { t } from "./words.js";

export const desk = JSON.parse(document.getElementById("desk").textContent);
export const root = document.querySelector("[data-desk]");
export const find = (name) => root.querySelector(`[data-${name}]`);
export const all = (name) => root.querySelectorAll(`[data-${name}]`);
export const url = `/v1/channels/${encodeURIComponent(desk.channel_id)}/plan`;
export const lang = document.documentElement.lang;
export const readerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const programmes = new Map(desk.programmes.map((programme) => [programme.programme_id, programme]));
export const titleOf = (id) => programmes.get(id)?.title ?? t("Unknown programme");
export const nameOf = (entry) => (entry.kind === "break" ? t("Break") : titleOf(entry.programme_id));
export const lengthOf = (entry) => ((entry.segments ?? programmes.get(entry.programme_id)?.segments ?? 0) * desk.segment_ms) / 1000;
export const lists = { programmes, segmentMs: desk.segment_ms, breakSegments: desk.break_segments, breakLimit: desk.break_limit, lengthOf };

export const state = {
  plan: null,
  /** The plan as it was read last, and its number. */
  saved: null,
  version: 0,
  unsaved: false,
  /** Whether the last try to save was refused, by the page or the service, and nothing was changed since. */
  refused: false,
  today: "",
  date: "",
  view: "week",
  tab: "week",
  /** The block that is open, and the key of its day. */
  open: null,
  /** What the service says of each date shown (its day view), and the plan that it says it of. */
  days: new Map(),
  told: null,
  answered: 0,
  /** When the plan as it is changed would be seen, and when that which was saved from here last is. */
  effect: null,
  onAir: null,
  airDate: "",
};

export const nowS = () => plans.secondsOf(plans.clockIn(state.plan.timezone, Date.now()));
/** The dates that are shown. */
export const dates = () => (state.view === "week" ? plans.weekOf(state.date) : [state.date]);
