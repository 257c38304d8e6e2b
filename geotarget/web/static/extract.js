/** Follows the import of an extract, until there is something to read. */

const POLL_MS = 1000;
const box = document.querySelector("[data-extract]");

async function look() {
  try {
    const answer = document.hidden ? null : await fetch(`/v1/extracts/${encodeURIComponent(box.dataset.extract)}`);
    if (answer?.ok) {
      const one = await answer.json();
      if (!["waiting", "running"].includes(one.state)) {
        location.reload();
        return;
      }
      box.querySelector("progress").value = one.permille;
      const words = one.state === "running" ? box.dataset.running : box.dataset.waiting;
      const status = box.querySelector("[data-words]");
      if (status.textContent !== words) status.textContent = words; // said aloud only when it changes
    }
  } catch {
    // the service is away for a moment: the next look tells
  }
  setTimeout(look, POLL_MS);
}

if (box) setTimeout(look, POLL_MS);
