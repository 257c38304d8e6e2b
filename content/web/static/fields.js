/** What a form says, as the service takes it. `data-as` names what a value becomes; `a.b` puts it into an object. */

const words = (text) => text.split(/[\s,;]+/).filter(Boolean);

const forms = {
  number: (input) => (input.value === "" ? null : Number(input.value)),
  count: (input) => Number(input.value),
  flag: (input) => input.checked,
  time: (input) => (input.value === "" ? null : new Date(input.value).getTime()),
  codes: (input) => words(input.value.toUpperCase()),
};

/** The form's values by name; inputs of names (`data-as=names`) gather in one list, each with its `data-role`. */
export function formBody(form) {
  const body = {};
  for (const input of form.elements) {
    if (!input.name || (input.type === "checkbox" && !input.dataset.as && !input.checked)) continue;
    const path = input.name.split(".");
    const last = path.pop();
    const inner = path.reduce((object, name) => (object[name] ??= {}), body);
    if (input.dataset.as === "names") {
      const names = input.value.split(",").map((name) => name.trim()).filter(Boolean);
      (inner[last] ??= []).push(...names.map((name) => ({ role: input.dataset.role, name })));
    } else inner[last] = (forms[input.dataset.as] ?? (({ value }) => value))(input);
  }
  return body;
}

/** Gives inputs of times (`data-ms`) their value in the reader's own time. */
export function showTimes(form) {
  for (const input of form.querySelectorAll("[data-ms]")) {
    if (!input.dataset.ms) continue;
    const moment = new Date(Number(input.dataset.ms));
    const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
    input.value = local.toISOString().slice(0, 16);
  }
}
