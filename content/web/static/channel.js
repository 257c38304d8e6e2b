/** Channels: the form of a new one, whose short name is suggested from its name; name, offer and logo of those there are. */

import { formBody } from "./fields.js";
import { make, markFields, send, sendFile, tell } from "./words.js";

const LOGO_LIMIT_BYTES = 2 * 1024 * 1024;
const logoUrl = (id) => `/v1/channels/${encodeURIComponent(id)}/logo`;

/** Runs `act` for `form`; what is refused is told at its field, or else below. */
async function attempt(form, act) {
  const problem = form.querySelector("[data-problem]");
  const button = form.querySelector("button:not([type])");
  tell(problem, "");
  markFields(form);
  button.disabled = true;
  try {
    await act();
    return;
  } catch (error) {
    if (!markFields(form, error.problem?.fields)) tell(problem, error.message);
  }
  button.disabled = false;
}

const logoOf = (form) => form.querySelector("[data-logo]").files[0] ?? null;
const logoFault = (file) => (file?.size > LOGO_LIMIT_BYTES ? { logo: "A picture of at most 2 MB." } : {});

/** All that can be seen to be wrong with a new channel without asking the service. */
function faultsOf(form) {
  const { name, slug, timezone, territories } = formBody(form);
  const found = logoFault(logoOf(form));
  if (!name.trim()) found.name = "This is needed.";
  if (!slug.trim()) found.slug = "This is needed.";
  else if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug)) found.slug = "Small letters, digits and single hyphens only.";
  if (!isTimezone(timezone)) found.timezone = "Choose a timezone of the list, such as Europe/Paris.";
  if (!territories.every((code) => /^[A-Z]{2}$/.test(code))) found.territories = "Countries by their two letters, such as FR BE.";
  return found;
}

/** Whether the browser knows the zone, by any of its names. */
function isTimezone(name) {
  try {
    return Boolean(name && new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}

const creating = document.querySelector("[data-create-channel]");
const { name, slug } = creating.elements;
/** The channel, once it is there: only its logo can still be refused then. */
let created = null;
creating.addEventListener("submit", (event) => {
  event.preventDefault();
  if (markFields(creating, faultsOf(creating))) return;
  const logo = logoOf(creating);
  attempt(creating, async () => {
    created ??= await send("POST", "/v1/channels", formBody(creating));
    if (logo) await sendFile("PUT", logoUrl(created.channel_id), logo);
    location.assign(`/editor/schedule?channel=${encodeURIComponent(created.channel_id)}`);
  });
});
creating.querySelector("datalist").append(...Intl.supportedValuesOf("timeZone").map((value) => make("option", { value })));
name.addEventListener("input", suggestSlug);
if (name.value && !slug.value) suggestSlug(); // typed before this script was there

function suggestSlug() {
  const plain = name.value.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  slug.value = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40);
}

for (const form of document.querySelectorAll("[data-logo-of]")) {
  const url = logoUrl(form.dataset.logoOf);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const logo = logoOf(form);
    if (!markFields(form, logo ? logoFault(logo) : { logo: "Choose a file first." })) attempt(form, async () => (await sendFile("PUT", url, logo)) && location.reload());
  });
  form.querySelector("[data-drop-logo]")?.addEventListener("click", () => attempt(form, async () => (await send("DELETE", url)) && location.reload()));
}

for (const form of document.querySelectorAll("[data-channel]")) {
  const url = `/v1/channels/${encodeURIComponent(form.dataset.channel)}`;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = formBody(form);
    if (!markFields(form, body.name.trim() ? {} : { name: "This is needed." })) attempt(form, async () => (await send("PATCH", url, body)) && location.reload());
  });
  const remove = form.querySelector("[data-remove]");
  remove.addEventListener("click", () => {
    if (confirm(remove.dataset.question)) attempt(form, async () => (await send("DELETE", url)) && location.reload());
  });
}
