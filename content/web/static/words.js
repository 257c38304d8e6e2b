/** Words and requests that the editor's scripts share. */

const { texts, problems } = JSON.parse(document.getElementById("texts").textContent);

/** `text` in the reader's language, `%(name)s` filled in. */
export function t(text, values = {}) {
  return filled(texts[text] ?? text, values);
}

function filled(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "").replaceAll("%%", "%");
}

/** What a problem document means, in the reader's language where it is known. */
export function inWords(problem) {
  if (problem?.code in problems) return filled(problems[problem.code], problem.fields ?? {});
  if (problem?.detail) return [problem.detail, problem.fix].filter(Boolean).join(" ");
  return t("Something failed that should not have. Try again in a moment.");
}

/** A refusal of the service; `problem` is its problem document. */
export class Refused extends Error {
  constructor(problem) {
    super(inWords(problem));
    this.problem = problem;
  }
}

/** Sends JSON, returns JSON. Throws `Refused`, or an Error in words when nothing answers. */
export const send = (method, url, body) => asked(method, url, "application/json", body === undefined ? undefined : JSON.stringify(body));

/** Sends a file as it is; otherwise as `send`. */
export const sendFile = (method, url, file) => asked(method, url, file.type, file);

async function asked(method, url, type, body) {
  let response;
  try {
    response = await fetch(url, { method, headers: { "Content-Type": type, Accept: "application/json" }, body });
  } catch {
    throw new Error(t("The service cannot be reached. Check your connection."));
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer);
  return answer;
}

/** Shows `text` in `element`, or hides it. */
export function tell(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}

/** Puts `text` beside `control`, which it describes and marks as wrong; "" takes both away. */
export function markField(control, text) {
  const place = errorOf(control);
  if (text) {
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", place.id);
  } else {
    control.removeAttribute("aria-invalid");
    if (control.getAttribute("aria-describedby") === place.id) control.removeAttribute("aria-describedby");
  }
  if (place.textContent !== text) place.textContent = text;
}

/** Where what is wrong with `control` is told: an alert, there before it is filled so that readers hear it. */
function errorOf(control) {
  const field = control.closest(".field, .entry");
  const place = field.querySelector(".error") ?? field.appendChild(make("span", { className: "error", role: "alert" }));
  place.id ||= `error-${(errors += 1)}`;
  return place;
}
let errors = 0;

/** Puts each message beside its field; returns whether any field was marked, and goes to the first. */
export function markFields(form, fields = {}) {
  let first = null;
  for (const place of form.querySelectorAll("[data-error]")) {
    const text = fields[place.dataset.error];
    const control = place.closest(".field").querySelector("input, select, textarea");
    markField(control, text ? t(text) : "");
    if (text) {
      control.closest("details")?.setAttribute("open", "");
      first ??= control;
    }
  }
  // A group that has just been opened takes the focus once it is drawn.
  if (first) requestAnimationFrame(() => first.focus());
  return Boolean(first);
}

/** `2:03` or `1:02:03` of milliseconds. */
export function clockLength(ms) {
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  const hours = Math.floor(seconds / 3600);
  if (hours) parts.unshift(hours);
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

/** An element with properties (`data-…` and `aria-…` as attributes) and children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}
