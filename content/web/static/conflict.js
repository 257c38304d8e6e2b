/** Somebody saved the same plan meanwhile: who and what, and what becomes of both. */

import { changesSince, drawChanges, partName } from "./audit.js";
import { find, nameOf, state, url } from "./desk.js";
import { merge, same, settled } from "./merge.js";
import { make, markField, send, t, tell } from "./words.js";

/**
 * @param rules the rules' form, which has words for what it asks.
 * @param names as `drawChanges` takes them, of the plan as it is now.
 * @param acts `take(answer)` takes what was read as what is so; `merged(plan, answer)` goes on with a plan made of both; `replaced()` saves
 *   what is here; `failed(error)`.
 */
export function conflictOf(rules, names, { take, merged, replaced, failed }) {
  const [panel, list] = [find("conflict"), find("clashes")];
  /** What they saved, and what the two make together. */
  let theirs = null;
  let both = null;

  async function show() {
    drawChanges(find("theirs"), await changesSince(url, state.version), names());
    theirs = await send("GET", url);
    both = null;
    draw();
    panel.hidden = false;
  }

  /** Puts together what is here now, and draws what clashes, unless that is drawn: then what was chosen stays. */
  function draw() {
    const drawn = both?.clashes;
    both = merge(state.saved, state.plan, theirs.plan);
    if (same(both.clashes, drawn)) return;
    list.replaceChildren(...both.clashes.map(clashRow));
    find("clash-words").hidden = !both.clashes.length;
  }

  function clashRow(clash, index) {
    const side = (name, words) => {
      const id = `clash-${index}-${name}`;
      const input = make("input", { type: "radio", name: `clash-${index}`, id, value: name, onchange: () => markField(row.querySelector("input"), "") });
      return make("span", { className: "choice" }, input, make("label", { htmlFor: id }, `${words}: ${told(clash, clash[name])}`));
    };
    const row = make("fieldset", { className: "field" }, make("legend", {}, whereIs(clash)), side("mine", t("Mine")), side("theirs", t("Theirs")));
    return make("li", {}, row);
  }

  function whereIs({ path: [part, name] }) {
    if (part === "fill" || part === "breaks") return rules.nameOf(`${part}.${name}`);
    const own = partName(part);
    return own ?? [names().nameOfKey(part), name].filter(Boolean).join(", ");
  }

  /** One side of a clash in words: a rule, a block, all blocks of a date, or the loop. */
  function told({ path: [part, name] }, value) {
    if (part === "fill" || part === "breaks") return rules.told(`${part}.${name}`, value);
    if (part === "territories" || part === "timezone") return rules.told(part, value);
    if (value === null) return t("removed");
    const entries = part === "loop" ? value : Array.isArray(value) ? value.flatMap((block) => block.entries) : value.entries;
    const words = entries.map(nameOf);
    const more = words.length > 3 ? t("and %(count)s more", { count: words.length - 3 }) : "";
    return [...words.slice(0, 3), more].filter(Boolean).join(", ") || t("Empty block");
  }

  find("merge").addEventListener("click", () => {
    draw(); // more may have been changed here since
    let { plan } = both;
    for (const [index, clash] of both.clashes.entries()) {
      const row = list.children[index];
      const chosen = row.querySelector("input:checked");
      if (!chosen) {
        markField(row.querySelector("input"), t("Choose whose it shall be."));
        row.querySelector("input").focus();
        return;
      }
      plan = settled(plan, clash, clash[chosen.value]);
    }
    merged(plan, theirs);
  });
  find("load").addEventListener("click", async () => {
    try {
      take(await send("GET", url));
    } catch (error) {
      failed(error);
    }
  });
  find("overwrite").addEventListener("click", async () => {
    try {
      state.version = (await send("GET", url)).version;
      await replaced();
    } catch (error) {
      failed(error);
    }
  });

  return { show, hide: () => (panel.hidden = true) };
}
