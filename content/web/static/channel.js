/** The form of a new channel; its short name is suggested from its name. */

import { markFields, send, tell } from "./words.js";

const form = document.querySelector("[data-create-channel]");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = form.querySelector("[data-problem]");
  tell(problem, "");
  try {
    await send("POST", "/v1/channels", Object.fromEntries(new FormData(form)));
    location.reload();
  } catch (error) {
    if (!markFields(form, error.problem?.fields)) tell(problem, error.message);
  }
});
form.elements.name.addEventListener("input", suggestSlug);
if (form.elements.name.value) suggestSlug(); // typed before this script was there

function suggestSlug() {
  const plain = form.elements.name.value.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  form.elements.slug.value = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40);
}
