/** The server's API: JSON in and out, problem documents become `Problem`s, nothing waits for ever. */

/** A refusal or a failure with its code; `status` 0 means that the server was not reached. */
export class Problem extends Error {
  constructor(status, code, detail) {
    super(`${code}: ${detail}`);
    this.status = status;
    this.code = code;
    this.detail = detail;
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

async function problemOf(response) {
  const text = await response.text().catch(() => "");
  try {
    const document = JSON.parse(text);
    const code = document.code ?? String(document.type ?? "").split("/").pop();
    return new Problem(response.status, code || "error", document.detail ?? document.title ?? "");
  } catch {
    return new Problem(response.status, "error", response.statusText);
  }
}

/** Calls `path`; `body` is sent as JSON unless it is a Blob. Throws `Problem`. */
export async function call(path, { method = "GET", body, credential, timeoutMs = 8000, keepalive = false } = {}) {
  const headers = { Accept: "application/json" };
  if (credential) headers.Authorization = `Bearer ${credential}`;
  const raw = body instanceof Blob;
  if (body !== undefined && !raw) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      keepalive,
      body: body === undefined || raw ? body : JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    throw new Problem(0, "unreachable", path);
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch {
    throw new Problem(0, "answer-broken-off", path);
  }
}
