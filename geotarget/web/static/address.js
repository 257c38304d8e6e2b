/** Looks an address up, when asked and not before, and puts where it is into the fields of the form. */

for (const box of document.querySelectorAll("[data-address]")) {
  const words = box.dataset;
  const field = box.querySelector("input");
  const button = box.querySelector("button");
  const list = box.querySelector("ul");
  const status = box.querySelector("[data-status]");
  const thanks = box.querySelector("[data-attribution]");
  const latitude = document.getElementById(words.latitude);
  const longitude = document.getElementById(words.longitude);
  box.hidden = false;
  let asking = null;

  const forget = (said) => {
    list.replaceChildren();
    list.hidden = thanks.hidden = true;
    status.textContent = said;
  };

  const take = ({ label, latitude: north, longitude: east }) => {
    latitude.value = north;
    longitude.value = east;
    // What else depends on them hears of it as if they were typed.
    for (const one of [latitude, longitude]) one.dispatchEvent(new Event("input", { bubbles: true }));
    field.value = label;
    forget(words.taken.replace("#", label));
    field.focus();
    field.setSelectionRange(0, 0);
    field.scrollLeft = 0; // the street, not the country, is what one sees of it
  };

  const show = ({ addresses, attribution }) => {
    forget(addresses.length ? (addresses.length === 1 ? words.one : words.many.replace("#", addresses.length)) : words.none);
    for (const address of addresses) {
      const choice = document.createElement("button");
      choice.type = "button";
      choice.className = "button button-quiet";
      choice.textContent = address.label;
      choice.addEventListener("click", () => take(address));
      const row = document.createElement("li");
      row.append(choice);
      list.append(row);
    }
    list.hidden = !addresses.length;
    thanks.hidden = !addresses.length;
    thanks.textContent = attribution;
  };

  const look = async () => {
    asking?.abort();
    const mine = (asking = new AbortController());
    forget(words.asking);
    try {
      const query = new URLSearchParams({ q: field.value, lang: words.lang });
      const answer = await fetch(`/v1/addresses?${query}`, { signal: mine.signal });
      const told = await answer.json();
      if (asking !== mine) return;
      if (answer.ok) show(told);
      else forget({ "address-too-short": words.short, "too-many-requests": words.often }[told.code] ?? words.failed);
    } catch {
      if (asking === mine) forget(words.failed);
    }
  };

  button.addEventListener("click", look);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault(); // the form itself is not sent
      look();
    } else if (event.key === "ArrowDown" && !list.hidden) {
      event.preventDefault();
      list.querySelector("button").focus();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      forget("");
    }
  });

  // Up and down within the list, and out of it; Tab goes through it as through anything.
  list.addEventListener("keydown", (event) => {
    const choices = [...list.querySelectorAll("button")];
    const at = choices.indexOf(document.activeElement);
    const next = { ArrowDown: choices[at + 1], ArrowUp: choices[at - 1] ?? field, Home: choices[0], End: choices.at(-1) }[event.key];
    if (event.key === "Escape") {
      forget("");
      field.focus();
    } else if (!next) return;
    else next.focus();
    event.preventDefault();
  });
}
