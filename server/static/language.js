/** Another language asks for the page anew: where that would lose what was typed, the reader is asked first. */

const chooser = document.querySelector(".lang-switch");
let typed = "typed" in (chooser?.dataset ?? {});

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    typed ||= Boolean(target.closest?.("main form:not([method=get])"));
  });
}

chooser?.addEventListener("submit", (event) => {
  if (typed && !window.confirm(chooser.dataset.question)) event.preventDefault();
});
