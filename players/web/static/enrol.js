/** How a page becomes a head unit: an enrolment code, once, for a credential that is kept. */

import { call } from "./api.js";
import { keep, recall } from "./store.js";

/** The code in the page's fragment, taken out of the address so that it is not left on the screen. */
export function takeCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code) history.replaceState(null, "", location.pathname + location.search);
  return code;
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
