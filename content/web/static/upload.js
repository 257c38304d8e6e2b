/** A form with a file: the file goes ahead by tus (resumable) while the rest is filled in; then the form is sent. */

import { formBody } from "./fields.js";
import { inWords, markFields, Refused, send, t, tell } from "./words.js";

const tus = window.tus;
const form = document.querySelector("[data-upload]");
const find = (name) => form.querySelector(`[data-${name}]`);
const [picker, drop, transfer] = [find("file"), find("drop"), find("transfer")];
const [bar, status, pause, pending, problem] =
  [find("progress"), find("status"), find("pause"), find("pending"), find("problem")];
const mega = (bytes) => (bytes / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });

let upload = null;
let uploadId = "";
let running = false;
let wanted = false;
let begun = { at: 0, sent: 0 };
let percent = 0;
/** What was wrong with the file that was chosen last. */
let fault = "";

function showPause() {
  pause.textContent = running ? t("Pause") : t("Resume");
  pause.hidden = Boolean(uploadId);
}

function progress(sent, total) {
  if (!begun.at) begun = { at: performance.now(), sent };
  percent = Math.floor((sent / total) * 100);
  bar.value = (sent / total) * 1000;
  const elapsed = performance.now() - begun.at;
  const speed = (sent - begun.sent) / elapsed;
  const shown = { percent, sent: mega(sent), total: mega(total) };
  if (elapsed > 2000 && speed > 0) {
    const seconds = Math.ceil((total - sent) / speed / 1000);
    shown.left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    status.textContent = t("%(percent)s %% · %(sent)s of %(total)s MB · %(left)s left", shown);
  } else {
    status.textContent = t("%(percent)s %% · %(sent)s of %(total)s MB", shown);
  }
}

function failed(error) {
  running = false;
  wanted = false;
  pending.textContent = "";
  showPause();
  const answer = error.originalResponse;
  if (!answer || answer.getStatus() === 0 || answer.getStatus() >= 500) {
    status.textContent = t("The connection was lost at %(percent)s %%. Press Resume to go on from there.", { percent });
    return;
  }
  let refusal = {};
  try {
    refusal = JSON.parse(answer.getBody());
  } catch {
    // not a problem document: told in general words
  }
  reject(inWords(refusal));
}

function stop() {
  upload?.abort();
  upload = null;
  uploadId = "";
  running = false;
}

/** Back to no file at all. */
function abandon() {
  stop();
  transfer.hidden = true;
  picker.value = "";
}

function arrived() {
  running = false;
  uploadId = new URL(upload.url, location.href).pathname.split("/").pop();
  bar.value = 1000;
  status.textContent = t("The file has arrived.");
  showPause();
  if (wanted) submit();
}

/** Leaves the file, and tells why until another is chosen. */
function reject(why) {
  abandon();
  fault = why;
  find("error=file").textContent = why;
}

async function take(file) {
  stop();
  fault = "";
  markFields(form);
  tell(problem, "");
  begun = { at: 0, sent: 0 };
  percent = 0;
  bar.value = 0;
  find("name").textContent = file.name;
  status.textContent = "";
  transfer.hidden = false;
  const title = form.elements.title;
  if (!title.value) title.value = file.name.replace(/\.[^.]*$/, "").replace(/[_-]+/g, " ").slice(0, title.maxLength);
  const mine = new tus.Upload(file, {
    endpoint: "/v1/uploads",
    metadata: { filename: file.name },
    retryDelays: [0, 1000, 3000, 5000, 10000],
    removeFingerprintOnSuccess: true,
    onProgress: progress,
    onSuccess: arrived,
    onError: (error) => mine === upload && failed(error),
  });
  upload = mine;
  const [earlier] = await mine.findPreviousUploads();
  if (mine !== upload) return;
  if (earlier) mine.resumeFromPreviousUpload(earlier);
  running = true;
  showPause();
  mine.start();
}

async function submit() {
  const body = formBody(form);
  const button = form.querySelector("button:not([type])");
  button.disabled = true;
  pending.textContent = t("The file is being checked…");
  try {
    await send("POST", form.dataset.upload, { ...body, upload_id: uploadId });
    location.assign(form.dataset.done);
    return;
  } catch (error) {
    refused(error);
  }
  wanted = false;
  button.disabled = false;
  pending.textContent = "";
}

function refused(error) {
  const code = error instanceof Refused ? (error.problem.code ?? "") : "";
  if (code.startsWith("media-") || code.startsWith("upload-")) {
    reject(error.message);
    picker.focus();
  } else if (!markFields(form, error.problem?.fields)) {
    tell(problem, error.message);
  }
}

/** Messages for what can be seen without asking the service. */
function missing() {
  const fields = {};
  for (const control of form.querySelectorAll("[required]")) {
    if (!control.value.trim()) fields[control.name] = "This is needed.";
  }
  if (!upload) fields.file = fault || "Choose a file first.";
  return fields;
}

const chosen = () => picker.files[0] && take(picker.files[0]);
picker.addEventListener("change", chosen);
chosen(); // before this script had come
pause.addEventListener("click", () => {
  if (running) {
    upload.abort();
    status.textContent = t("Paused at %(percent)s %%.", { percent });
  } else {
    begun = { at: 0, sent: 0 };
    upload.start();
  }
  running = !running;
  showPause();
});
for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("drop-over");
  });
}
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("drop-over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (!event.dataTransfer.files.length) return;
  picker.files = event.dataTransfer.files;
  take(picker.files[0]);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  tell(problem, "");
  if (markFields(form, missing())) return;
  if (uploadId) {
    submit();
    return;
  }
  wanted = true;
  pending.textContent = t("It will be added as soon as the file has arrived.");
});
window.addEventListener("beforeunload", (event) => running && event.preventDefault());
