/** A form that replaces what is said of one thing, and a panel beside it that removes the thing. */

import { formBody, showTimes } from "./fields.js";
import { markFields, send, tell } from "./words.js";

const form = document.querySelector("[data-edit]");
const removal = document.querySelector("[data-remove]");
showTimes(form);

/** Asks the service, then goes back; what it refuses is told in `place`. */
async function go(place, button, method, url, body) {
  const problem = place.querySelector("[data-problem]");
  tell(problem, "");
  markFields(place);
  button.disabled = true;
  try {
    await send(method, url, body);
    location.assign(place.dataset.done);
  } catch (error) {
    const known = method === "PUT" && markFields(place, error.problem?.fields);
    if (!known) tell(problem, error.message);
    if (error.problem?.code === "programme-scheduled") place.querySelector("[data-scheduled]").hidden = false;
    button.disabled = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  go(form, event.submitter, "PUT", form.dataset.edit, formBody(form));
});
const confirm = removal.querySelector("[data-confirm]");
removal.querySelector("[data-sure]").addEventListener("change", ({ target }) => (confirm.disabled = !target.checked));
confirm.addEventListener("click", () => {
  const offAir = removal.querySelector("[data-off-air]")?.checked;
  go(removal, confirm, "DELETE", removal.dataset.remove + (offAir ? "?off_air=true" : ""));
});
