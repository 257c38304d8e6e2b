/** Small manners for every form: one submission at a time, errors found by eye and by screen reader, confirmations. */

for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    // After this turn of the loop: a disabled button would not be sent with the form, and a script that
    // submits in its own way has had its say.
    setTimeout(() => event.defaultPrevented || event.submitter?.setAttribute("disabled", ""), 0);
  });
}

for (const field of document.querySelectorAll(".field, fieldset:has(> .error)")) {
  // Of several it is where something is typed, not where something is ticked.
  const control = field.querySelector("input:not([type=checkbox]), select, textarea") ?? field.querySelector("input");
  if (!control) continue;
  const described = [];
  for (const [index, note] of [...field.querySelectorAll(".hint, .error")].entries()) {
    if (!note.textContent.trim()) continue;
    note.id ||= `${control.id || control.name}-note-${index}`;
    described.push(note.id);
  }
  if (described.length) control.setAttribute("aria-describedby", described.join(" "));
  if (field.querySelector(".error")?.textContent.trim()) control.setAttribute("aria-invalid", "true");
}

document.querySelector('[aria-invalid="true"]')?.focus();

// A page restored from the back-forward cache must not keep its buttons disabled.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("button[disabled]")) button.removeAttribute("disabled");
});
