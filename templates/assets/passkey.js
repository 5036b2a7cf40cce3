// Passkeys: asks the server for options, the browser for an answer, and sends it in the page's own form.
const FRESH = 4 * 60 * 1000; // options live five minutes
const LATE = 5 * 60 * 1000;
const PATIENCE = 20 * 1000; // for the server
const SHOWN = "passkey-shown";
const TYPED = "passkey-typed";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const forms = all("form[data-passkey]");
let asking = false;

// Password managers put objects of their own into the browser's place: whatever is read from them may be missing, or throw.
const hint = (read) => { try { return read() ?? undefined; } catch { return undefined; } };

// By hand in both directions: older browsers and some password managers lack the browser's own conversions.
const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (given) => {
  if (typeof given === "string") return given;
  const bytes = ArrayBuffer.isView(given) ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength) : new Uint8Array(Object(given));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};
function read({ publicKey }) {
  publicKey.challenge = toBytes(publicKey.challenge);
  const named = [publicKey.user, ...(publicKey.excludeCredentials ?? []), ...(publicKey.allowCredentials ?? [])];
  for (const one of named) if (one) one.id = toBytes(one.id);
  return publicKey;
}
// What counts: which passkey it is, and what was signed. Everything else only helps to propose a name.
function write(credential) {
  const said = hint(() => credential.toJSON()) ?? {};
  const part = (name) => hint(() => toText(credential.response[name])) || hint(() => said.response[name]);
  const rawId = hint(() => toText(credential.rawId)) || hint(() => toText(credential.id)) || said.rawId;
  const response = { transports: hint(() => [...credential.response.getTransports()].map(String)) };
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    response[name] = part(name) || undefined;
  }
  response.authenticatorData ??= hint(() => toText(credential.response.getAuthenticatorData()));
  if (!rawId || !response.clientDataJSON || !(response.attestationObject || response.signature)) return { rawId };
  const authenticatorAttachment = hint(() => String(credential.authenticatorAttachment));
  const clientExtensionResults = {};
  const answer = { id: rawId, rawId, type: "public-key", authenticatorAttachment, response, clientExtensionResults };
  return { rawId, answer: JSON.stringify(answer) };
}

// One question after the other: the first answer brings the cookie that later questions belong to.
let asked = Promise.resolve();
const options = (form) => asked = asked.catch(() => {}).then(() => fetchOptions(form));
async function fetchOptions(form) {
  const signal = AbortSignal.timeout(PATIENCE);
  const answer = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams(), redirect: "manual", signal })
    .catch(() => { throw new Error("unreachable"); });
  // Too many questions at once, from this network or in all: a minute later there is room again.
  if (answer.status === 429 || answer.status === 503) throw new DOMException("", "BusyError");
  if (answer.status >= 500) throw new Error("unreachable");
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  if (answer.status !== 200 || !isJson) return null;
  // Browsers take a missing option for its default, and a null for the word "null".
  return read(JSON.parse(await answer.text(), (_, value) => value ?? undefined));
}

// From this page to the next one in this tab, once.
function keep(name, value) {
  try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* it does without */ }
}
function take(name) {
  try {
    const value = JSON.parse(sessionStorage.getItem(name));
    sessionStorage.removeItem(name);
    return value;
  } catch { return null; }
}

// The page of the form, anew, with a word for what went wrong.
function show(form, failed) {
  const page = new URL(form.dataset.page ?? location.pathname, location.href);
  if (failed) page.searchParams.set("failed", failed);
  const { passkey } = form.dataset;
  if (passkey === "create" && !new FormData(form).has("sign_out_everywhere")) page.searchParams.set("everywhere", "0");
  keep(TYPED, all("#username, #remember").map(({ id, value, checked }) => ({ id, value, checked })));
  location.assign(page);
}

// Sends the answer with the form. A passkey that was made, and cannot be handed over, is given back.
function send(form, credential, { rp, rpId = rp?.id }) {
  const { rawId, answer } = write(credential);
  const shown = { rpId, credentialId: rawId };
  if (!answer) {
    if (rawId && form.dataset.passkey === "create") signal("signalUnknownCredential", shown);
    throw new TypeError();
  }
  keep(SHOWN, shown);
  form.elements.credential.value = answer;
  for (const field of all("[data-mirrors]", form)) {
    field.disabled = !document.getElementById(field.dataset.mirrors)?.checked;
  }
  if (form.requestSubmit) form.requestSubmit(); else form.submit();
}

// What ended a sheet. The rest (no screen lock, say, or nothing at all) is told in general.
const WORDS = new Map([
  ["NotAllowedError", "cancelled"], ["AbortError", "cancelled"], ["TimeoutError", "cancelled"],
  ["InvalidStateError", "already-here"], ["NotSupportedError", "unsupported"],
  ["BusyError", "busy"],
]);

// A sheet that never ends is ended: after five minutes its answer would be too late.
const inTime = (answer) => Promise.race([answer, new Promise((_, reject) => {
  setTimeout(() => reject(new DOMException("", "TimeoutError")), LATE);
})]);

// A press on the button.
async function ask(form) {
  if (asking) return;
  asking = true;
  const button = form.querySelector("[data-busy]");
  button.dataset.label = button.textContent;
  button.textContent = button.dataset.busy;
  button.setAttribute("aria-disabled", "true");
  offer?.abort();
  let otherwise = "unreachable";
  try {
    const publicKey = await options(form);
    // Nothing is to be asked here: the page itself leads on to what is.
    if (!publicKey) { show(form); return; }
    otherwise = "not-accepted";
    send(form, await inTime(navigator.credentials[form.dataset.passkey]({ publicKey })), publicKey);
  } catch (reason) {
    show(form, WORDS.get(hint(() => reason.name)) ?? otherwise);
  }
}
function reset(form) {
  form.elements.credential.value = "";
  const button = form.querySelector("[data-label]");
  if (!button) return;
  button.textContent = button.dataset.label;
  button.removeAttribute("aria-disabled");
  delete button.dataset.label;
}

// The browser's own offer at the field of the user ID. When it fails, nothing is said.
let offer;
let offeredAt = 0;
async function startOffer(form) {
  if (asking || form.dataset.sent || document.hidden || Date.now() - offeredAt < FRESH) return;
  offeredAt = Date.now();
  offer?.abort();
  offer = new AbortController();
  const { signal } = offer;
  try {
    const publicKey = await options(form);
    if (!publicKey || signal.aborted) return;
    const credential = await navigator.credentials.get({ publicKey, mediation: "conditional", signal });
    if (!signal.aborted) send(form, credential, publicKey);
  } catch { /* the button and the password are there */ }
}
async function offerFrom(form) {
  try {
    if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  } catch { return; }
  startOffer(form);
  setInterval(startOffer, FRESH, form);
  document.addEventListener("visibilitychange", () => startOffer(form));
}

// Courtesies to the browser; where they fail, nothing is lost.
async function signal(name, about) {
  try { await PublicKeyCredential[name]?.(about); } catch { /* it goes on offering the passkey */ }
}

// A passkey the portal does not know, or did not take, is named to the browser, which then stops offering it.
function signalUnknown() {
  const shown = take(SHOWN);
  if (!shown || !document.querySelector("[data-passkey-unknown]")) return;
  signal("signalUnknownCredential", shown);
}

if (window.PublicKeyCredential && navigator.credentials) {
  signalUnknown();
  for (const { id, ...was } of take(TYPED) ?? []) Object.assign(document.getElementById(id) ?? {}, was);
  // First of all handlers: without an answer nothing is sent, with one the form goes its usual way.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.passkey || form.elements.credential.value) return;
    event.preventDefault();
    ask(form);
  }, true);
  addEventListener("pageshow", ({ persisted }) => {
    if (asking && !persisted) return;
    asking = false;
    forms.forEach(reset);
  });
  for (const form of forms) if ("conditional" in form.dataset) offerFrom(form);
} else {
  for (const block of all("[data-passkey-form]")) block.hidden = true;
  for (const block of all("[data-passkey-unsupported]")) block.hidden = false;
}
