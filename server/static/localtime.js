/** Shows every `<time datetime="…Z">` in the reader's own timezone; the server's text stays where it cannot. */

const language = document.documentElement.lang || undefined;
const formats = {
  time: { timeStyle: "short" },
  date: { dateStyle: "medium" },
  seconds: { dateStyle: "medium", timeStyle: "medium" },
  datetime: { dateStyle: "medium", timeStyle: "short" },
};

/** Rewrites the times under `root`; pages that add times later call it again. */
export function showLocalTimes(root = document) {
  for (const element of root.querySelectorAll("time[datetime]:not([data-plain])")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const style = formats[element.dataset.style] ?? formats.datetime;
    // `data-zone`: in that timezone, which the page names beside it.
    const timeZone = element.dataset.zone || undefined;
    element.textContent = new Intl.DateTimeFormat(language, { ...style, timeZone }).format(moment);
    element.title = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long", timeZone }).format(moment);
  }
}

showLocalTimes();
const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
// The zone's name, shown beside times or sent with those that the reader types.
for (const place of document.querySelectorAll("[data-reader-zone]")) {
  if (place instanceof HTMLInputElement) place.value = zone;
  else place.textContent = zone;
}
