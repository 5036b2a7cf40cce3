// Before a session is over the page says so and offers to go on; what was typed stays (WCAG 2.2.1). Without this script
// nothing else changes.
const box = document.querySelector("[data-seconds]");
let began = Date.now();
let word = "";
let shown, before, ended;
let turn = Promise.resolve();
// A form that is sent too late comes along to the next login; a mere link would lose it. Only where something was typed.
const form = document.querySelector("form[data-keeps]");
let typed = document.body.hasAttribute("data-address") || location.search.includes("kept=1");
form?.addEventListener("input", () => { typed = true; });

// By the clock on the wall: a phone that slept does not count on.
const left = () => began + Number(box.dataset.seconds) * 1000 - Date.now();
const isSoon = () => left() <= Number(box.dataset.warning) * 1000;

// GET only asks, for another page may have gone on meanwhile; POST goes on. Whoever was logged out is led to the sign-in
// page, by which this knows.
async function ask(method) {
  const answer = await fetch(box.dataset.rest, { method, redirect: "manual", signal: AbortSignal.timeout(5000) });
  ended = answer.type === "opaqueredirect";
  if (!ended && answer.status !== 200) throw new Error("unreachable");
  const rest = ended ? { seconds: 0, may_go_on: false } : await answer.json();
  began = Date.now();
  box.dataset.seconds = rest.seconds;
  box.dataset.mayGoOn = rest.may_go_on;
}

function say(next) {
  if (next === word) return;
  const held = shown?.contains(document.activeElement);
  shown?.remove();
  shown = null;
  word = next;
  if (word) {
    if (!held) before = document.activeElement;
    const [copy] = box.querySelector(`[data-word="${word}"]`).content.cloneNode(true).children;
    box.append(shown = copy);
    const kept = shown.querySelector(".kept");
    if (kept && form && typed) {
      kept.hidden = false;
      shown.querySelector("a").addEventListener("click", (event) => {
        event.preventDefault();
        turn = turn.then(takeAlong);
      });
    }
    shown.querySelector("button")?.addEventListener("click", () => { turn = turn.then(goOn); });
    // What is being typed into is not covered.
    if (before && before !== document.body) before.scrollIntoView({ block: "nearest" });
  }
  if (held) {
    const former = before?.isConnected && before !== document.body ? before : document.getElementById("main");
    (shown?.querySelector("a, button") ?? former).focus();
  }
}

const isOver = () => left() <= 0;
const tell = () => say(!isSoon() ? "" : isOver() ? (ended ? "ended" : "over") : box.dataset.mayGoOn === "true" ? "soon" : "last");

// By a button of the box: whoever is not reached is told, and presses again.
async function reach(method) {
  const failed = shown?.querySelector(".wrong");
  if (!failed) return false;
  failed.hidden = true;
  try {
    await ask(method);
    return true;
  } catch {
    failed.hidden = false;
    return false;
  }
}

// Sent only where the session ran out for sure: else what was typed would be done.
async function takeAlong() {
  if (!await reach("GET")) return;
  if (isOver() && !ended) form.requestSubmit();
  else tell();
}

// Whether a session that does not go on ran out or was ended, only GET says.
async function goOn() {
  if (!await reach("POST") || ended && !await reach("GET")) return;
  tell();
}

// Asks once when time is short, once when it is over, and whenever the page is looked at again.
async function look(again) {
  if (!isSoon() && !word) return;
  if (word && !again && (word === "over" || word === "ended" || !isOver())) return;
  try { await ask("GET"); } catch { /* no network for a moment: the page's own clock tells */ }
  tell();
}
const lookIn = (again) => { turn = turn.then(() => look(again)); };
addEventListener("pageshow", () => lookIn(true));
document.addEventListener("visibilitychange", () => { if (!document.hidden) lookIn(true); });
setInterval(() => lookIn(false), 5000);
box.addEventListener("focusin", ({ relatedTarget }) => {
  if (relatedTarget && !box.contains(relatedTarget)) before = relatedTarget;
});
