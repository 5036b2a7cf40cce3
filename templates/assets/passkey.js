// Passkeys: asks the server for options, the browser for an answer, and sends it in the page's own form.
const FRESH = 4 * 60 * 1000; // options live five minutes
const KEPT = "passkey-shown";
const forms = [...document.querySelectorAll("form[data-passkey]")];
const capable = Boolean(window.PublicKeyCredential && navigator.credentials);

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// By hand in both directions: older browsers and some password managers lack the browser's own conversions.
function read({ publicKey }) {
  const list = (credentials) => credentials?.map((one) => ({ ...one, id: toBytes(one.id) }));
  const options = { ...publicKey, challenge: toBytes(publicKey.challenge) };
  if (options.user) options.user = { ...options.user, id: toBytes(options.user.id) };
  if (options.excludeCredentials) options.excludeCredentials = list(options.excludeCredentials);
  if (options.allowCredentials) options.allowCredentials = list(options.allowCredentials);
  return options;
}
function write(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: toText(response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[part]) answer[part] = toText(response[part]);
  }
  if (response.getTransports) answer.transports = response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    response: answer,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function options(form) {
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
    body: "",
    redirect: "manual",
  });
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  return answer.status === 200 && isJson ? read(await answer.json()) : null;
}

// The page that holds the form, asked for anew; with a word for what went wrong.
function show(form, failed) {
  const page = new URL(form.dataset.page ?? location.pathname, location.href);
  if (failed) page.searchParams.set("failed", failed);
  location.assign(page);
}

function send(form, credential, rpId) {
  if (form.dataset.passkey === "get") {
    keep({ rpId: rpId ?? location.hostname, credentialId: credential.id });
  }
  form.elements.credential.value = write(credential);
  for (const field of form.querySelectorAll("[data-mirrors]")) {
    field.disabled = !document.getElementById(field.dataset.mirrors)?.checked;
  }
  if (form.requestSubmit) form.requestSubmit(); else form.submit();
}

// A press on the button.
let asking = false;
async function ask(form) {
  if (asking) return;
  asking = true;
  busy(form);
  stopOffering();
  try {
    const publicKey = await options(form).catch(() => null);
    if (!publicKey) { show(form); return; }
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
    send(form, credential, publicKey.rpId);
  } catch (error) {
    if (["NotAllowedError", "AbortError", "TimeoutError"].includes(error.name)) show(form, "cancelled");
    else if (error.name === "InvalidStateError") show(form, "already-here");
    else show(form, "unsupported");
  }
}
function busy(form) {
  const button = form.querySelector("button[data-busy]");
  button.dataset.label = button.textContent;
  button.textContent = button.dataset.busy;
  button.setAttribute("aria-disabled", "true");
}
function rest(form) {
  form.elements.credential.value = "";
  const button = form.querySelector("button[data-label]");
  if (!button) return;
  button.textContent = button.dataset.label;
  button.removeAttribute("aria-disabled");
  delete button.dataset.label;
}

// The browser's own offer at the field of the user ID. When it fails, nothing is said.
let offer = null;
let offeredAt = 0;
async function startOffering(form) {
  stopOffering();
  const mine = new AbortController();
  offer = mine;
  offeredAt = Date.now();
  try {
    const publicKey = await options(form);
    if (!publicKey || mine.signal.aborted) return;
    const credential = await navigator.credentials.get({ publicKey, mediation: "conditional", signal: mine.signal });
    if (!asking && !mine.signal.aborted) send(form, credential, publicKey.rpId);
  } catch { /* the button and the password are there */ }
}
function stopOffering() {
  offer?.abort();
  offer = null;
}
async function offerFrom(form) {
  if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  const again = () => {
    if (!asking && !form.dataset.sent && document.visibilityState === "visible" && Date.now() - offeredAt >= FRESH) startOffering(form);
  };
  startOffering(form);
  setInterval(again, FRESH);
  document.addEventListener("visibilitychange", again);
}

// A passkey the portal did not know is named to the browser, which stops offering it.
function keep(shown) {
  try { sessionStorage.setItem(KEPT, JSON.stringify(shown)); } catch { /* without storage nothing is told */ }
}
function tell() {
  try {
    const shown = JSON.parse(sessionStorage.getItem(KEPT));
    sessionStorage.removeItem(KEPT);
    if (shown && document.querySelector("[data-passkey-unknown]")) {
      PublicKeyCredential.signalUnknownCredential?.(shown)?.catch(() => {});
    }
  } catch { /* nothing to tell */ }
}

// The address to open elsewhere: this page as the browser knows it, without what went wrong.
for (const place of document.querySelectorAll("[data-passkey-address]")) {
  const address = location.origin + new URL(place.textContent).pathname;
  place.textContent = address;
  for (const button of document.querySelectorAll("[data-passkey-unsupported] [data-copy]")) button.dataset.copy = address;
}

if (capable) {
  tell();
  // Before the form's own handlers: without an answer nothing is sent, with one the form goes its usual way.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.passkey || form.elements.credential.value) return;
    event.preventDefault();
    ask(form);
  }, true);
  addEventListener("pageshow", () => { asking = false; forms.forEach(rest); });
  for (const form of forms) if ("conditional" in form.dataset) offerFrom(form);
} else {
  for (const block of document.querySelectorAll("[data-passkey-form]")) block.hidden = true;
  for (const block of document.querySelectorAll("[data-passkey-unsupported]")) block.hidden = false;
}
