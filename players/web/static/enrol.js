/** How a page becomes a head unit: an enrolment code, once, for a credential that is kept. */

import { call } from "./api.js";
import { keep, recall } from "./store.js";

/** What the page's fragment carries, taken out of the address so that no code is left on the screen. */
export function takeFragment() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.has("code")) history.replaceState(null, "", location.pathname + location.search);
  return given;
}

/** What was enrolled before under `name`: {head_unit_id, vehicle_id, credential, role, code}, or null. */
export const enrolled = (name) => recall(`unit.${name}`);

/** Forgets the credential, after the server has refused it. */
export const forget = (name) => keep(`unit.${name}`, null);

/** Enrols with `code` unless that very code was used here before. Throws `Problem`. */
export async function enrol(name, code) {
  const known = enrolled(name);
  if (known?.code === code) return known;
  const unit = await call("/v1/head-units", { method: "POST", body: { code } });
  keep(`unit.${name}`, { ...unit, code });
  return unit;
}
