/**
 * Who may have a segment, judged without asking Roadcast (players/playback/lease.py has the rules).
 *
 * A picture comes from the cache only on a lease of the kind `two-element`: such a one is made only while the
 * picture is permitted, and ends 5 s later. Players of the kind `slate` hold fresh leases while they drive too,
 * and are given black instead: only Roadcast knows which, so it is always asked, and nothing of it is kept.
 */

import crypto from "crypto";

const EPOCH_MS = 1_767_225_600_000;
const SEGMENT_MS = 1_920;
const HELD_SEGMENTS = 64;
const AHEAD_SEGMENTS = 2;
const LEASE_MS = 5_000;
const SLATE_GRACE_MS = 60_000;
const CLOCK_MS = 500;

// A channel's. On demand keys are longer: those are the vehicle's own, and may be withdrawn at any time.
const SEGMENT = /^\/segments\/([\w-]+\/(v720|v540|v360|a128)\/\d{1,9}\/(\d{1,10}))\/([\w-]{12})\.m4s$/;
const CACHED = "@roadcast_cached";
const SOUND = "@roadcast_sound";
const ASKED = "@roadcast_asked";

/** What HMAC-SHA256 of a purpose and a text begins with, in base64url (kernel/signing.py). */
function signature(key, purpose, text, bytes) {
  const mac = crypto.createHmac("sha256", Buffer.from(key, "hex")).update(`${purpose}\0${text}`).digest();
  return mac.slice(0, bytes).toString("base64url");
}

function same(one, other) {
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i++) difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
}

function genuine(purpose, text, shown, bytes) {
  const keys = roadcast_keys.keys; // preloaded: it has none of an array's methods
  for (let i = 0; i < keys.length; i++) if (same(signature(keys[i], purpose, text, bytes), shown)) return true;
  return false;
}

/** The parts of a genuine token, or null. */
function read(purpose, token) {
  const dot = token.lastIndexOf(".");
  if (dot < 0 || token.length > 4096) return null;
  return genuine(purpose, token.slice(0, dot), token.slice(dot + 1), 16) ? token.slice(0, dot).split(":") : null;
}

/** Where a picture comes from, or the code of a refusal. */
function picture(token, now) {
  if (!token) return "lease-missing";
  const parts = read("video-lease", token);
  if (!parts || parts.length < 4) return "signature-invalid";
  const expires = Number(parts[parts.length - 1]);
  // A clock that is further behind Roadcast's would stretch leases: it refuses them.
  if (!(expires <= now + LEASE_MS + CLOCK_MS)) return "lease-not-yet-good";
  if (parts[parts.length - 2] === "two-element") return now < expires ? CACHED : "lease-expired";
  return now < expires + SLATE_GRACE_MS ? ASKED : "lease-expired";
}

/** Where sound comes from, or the code of a refusal. */
function sound(token, now) {
  const parts = token ? read("session-grant", token) : null;
  if (!parts || parts.length < 3) return "signature-invalid";
  return now < Number(parts[2]) ? SOUND : "grant-expired";
}

/** Whether a channel plays it now, did a moment ago, or is about to (players/playback/serve_segment.py). */
function onAir(k, now) {
  const after = k - Math.floor((now - EPOCH_MS) / SEGMENT_MS);
  return after >= -HELD_SEGMENTS && after <= AHEAD_SEGMENTS;
}

const SAYS = {
  "lease-missing": "A video segment needs a lease.",
  "lease-expired": "The lease is too old.",
  "lease-not-yet-good": "The lease is of a time to come: this machine's clock is behind.",
  "grant-expired": "The session has ended.",
  "position-not-on-air": "The channel is elsewhere by now.",
  "signature-invalid": "The signature does not match.",
};

/** The problem document that Roadcast would answer with (RFC 9457). */
function refuse(r, code) {
  r.headersOut["Content-Type"] = "application/problem+json";
  r.headersOut["Cache-Control"] = "no-store";
  const problem = { type: `/problems/${code}`, title: "Forbidden", status: 403, code, detail: SAYS[code] };
  r.return(403, JSON.stringify(problem));
}

/** Answers a request of a segment: refuses it, or sends it on to where the answer is. */
function segment(r) {
  const found = SEGMENT.exec(r.variables.request_uri.split("?")[0]);
  const reads = r.method === "GET" || r.method === "HEAD";
  if (!found || !reads) return r.internalRedirect(ASKED);
  if (!genuine("segment", found[1], found[4], 9)) return refuse(r, "signature-invalid");
  const now = Date.now();
  if (!onAir(Number(found[3]), now)) return refuse(r, "position-not-on-air");
  const token = typeof r.args.lease === "string" ? r.args.lease : "";
  const way = found[2] === "a128" ? sound(token, now) : picture(token, now);
  return way[0] === "@" ? r.internalRedirect(way) : refuse(r, way);
}

/** A picture may have waited for another's answer: what goes out is judged as it goes. */
function still(r) {
  if (r.status < 300 && picture(r.args.lease, Date.now()) !== CACHED) {
    throw new Error("the lease has run out meanwhile"); // ends the connection, with nothing sent
  }
}

export default { segment, still };
