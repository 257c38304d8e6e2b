/** What holds for all days: fillers and bumpers, where breaks may stand, timezone and countries. */

import { make, markField, t } from "./words.js";

/**
 * @param form the rules' form.
 * @param programmes `[{programme_id, title, kind}]`.
 * @param changed called with a function from a plan to the changed one.
 */
export function rulesForm(form, programmes, changed) {
  const place = form.querySelector("[data-fillers]");
  const zones = Intl.supportedValuesOf("timeZone");
  form.querySelector("datalist").replaceChildren(...zones.map((value) => make("option", { value })));
  form.querySelector("[data-no-fillers]").hidden = programmes.length > 0;

  /** Those meant for it first. */
  const meantFor = (kind) => programmes.toSorted((a, b) => (b.kind === kind) - (a.kind === kind));

  let drawn = null;

  function draw(plan) {
    if (plan.fill !== drawn) drawFill(plan);
    for (const input of form.querySelectorAll("input[data-rule]")) {
      if (input.type !== "checkbox" && (input === document.activeElement || input.ariaInvalid === "true")) continue;
      const value = read(plan, input.dataset.rule);
      if (input.type === "checkbox") input.checked = value;
      else input.value = Array.isArray(value) ? value.join(" ") : "minutes" in input.dataset ? value / 60 : value;
    }
  }

  function drawFill(plan) {
    drawn = plan.fill;
    const focused = form.contains(document.activeElement) ? document.activeElement.id : "";
    const { fillers } = plan.fill;
    const known = new Set(programmes.map(({ programme_id }) => programme_id));
    const gone = fillers.filter((id) => !known.has(id)).map((programme_id) => ({ programme_id, title: t("Unknown programme") }));
    place.replaceChildren(...[...gone, ...meantFor("filler")].map(({ programme_id, title }, index) => drawFiller(programme_id, title, fillers.includes(programme_id), index)));
    for (const end of ["opener", "closer"]) drawBumpers(form.querySelector(`[data-rule="fill.${end}"]`), plan.fill[end]);
    if (focused) document.getElementById(focused)?.focus();
  }

  function drawFiller(id, title, checked, index) {
    const input = make("input", { type: "checkbox", id: `filler-${index}`, checked, "data-filler": id });
    const label = make("label", { htmlFor: `filler-${index}` }, title);
    return make("div", { className: "field field-inline" }, input, label);
  }

  function drawBumpers(select, chosen) {
    const options = meantFor("bumper").map(({ programme_id, title }) => make("option", { value: programme_id }, title));
    if (chosen && !programmes.some(({ programme_id }) => programme_id === chosen)) options.push(make("option", { value: chosen }, t("Unknown programme")));
    select.replaceChildren(make("option", { value: "" }, t("None")), ...options);
    select.value = chosen;
  }

  const read = (plan, rule) => rule.split(".").reduce((object, name) => object[name], plan);

  function written(plan, rule, value) {
    const [outer, inner] = rule.split(".");
    return { ...plan, [outer]: inner ? { ...plan[outer], [inner]: value } : value };
  }

  /** The value that an input stands for, or undefined with what is wrong told. */
  function valueOf(input) {
    const rule = input.dataset.rule;
    if (input.type === "checkbox") return input.checked;
    if (rule === "territories") {
      const codes = input.value.toUpperCase().split(/[\s,;]+/).filter(Boolean);
      return codes.every((code) => /^[A-Z]{2}$/.test(code)) ? codes : undefined;
    }
    if (rule === "timezone") return zones.includes(input.value) || input.value === "UTC" ? input.value : undefined;
    if (input.type !== "number") return input.value;
    if (input.value === "" || !input.checkValidity()) return undefined;
    return Math.round(Number(input.value) * ("minutes" in input.dataset ? 60 : 1));
  }

  const wrong = {
    territories: () => t("Countries by their two letters, such as FR BE."),
    timezone: () => t("Choose a timezone of the list, such as Europe/Paris."),
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", ({ target }) => {
    if (target.dataset.filler) {
      const fillers = [...form.querySelectorAll("[data-filler]")].filter((box) => box.checked).map((box) => box.dataset.filler);
      changed((plan) => written(plan, "fill.fillers", fillers));
      return;
    }
    const { rule } = target.dataset;
    if (!rule) return;
    const value = valueOf(target);
    const told = wrong[rule] ?? (() => t("A number between %(least)s and %(most)s.", { least: target.min, most: target.max }));
    markField(target, value === undefined ? told() : "");
    if (value !== undefined) changed((plan) => written(plan, rule, value));
  });

  /** The control of the rule that a finding or refusal names. */
  const control = (rule) => form.querySelector(`[data-rule="${rule}"]`) ?? form.querySelector(`[data-rule^="${rule.split(".")[0]}"]`);

  /** What the form calls a rule. */
  const nameOf = (rule) => (rule === "fill.fillers" ? form.querySelector(".fillers legend") : control(rule).labels[0]).textContent;

  /** A rule's value as the form shows it. */
  function told(rule, value) {
    if (typeof value === "boolean") return t(value ? "Yes" : "No");
    const titleOf = (id) => programmes.find(({ programme_id }) => programme_id === id)?.title ?? t("Unknown programme");
    const words = rule === "fill.fillers" ? value.map(titleOf).join(", ") : rule.startsWith("fill.") ? value && titleOf(value) : Array.isArray(value) ? value.join(" ") : value;
    return String("minutes" in control(rule).dataset ? value / 60 : words) || t("None");
  }

  return { draw, control, nameOf, told, point: (rule) => control(rule)?.focus() };
}
