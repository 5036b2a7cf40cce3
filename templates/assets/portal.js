// Small comforts; every page works without them. No state, no requests.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// A summary of errors, or a pause, is read first.
document.querySelector(".summary, .pause")?.focus();

// Show and hide a password; hidden again when the form goes.
for (const button of all("[data-show]")) {
  const field = document.getElementById(button.dataset.show);
  const off = button.textContent;
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? button.dataset.on : off;
  };
  button.hidden = false;
  button.addEventListener("click", () => show(field.type === "password"));
  field.form?.addEventListener("submit", () => show(false));
}

// Rules of a new password tick off while typing, spelt as the server will spell it.
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cc}\ufff9-\ufffc]/gu; // as domain/typed.rs has it
const checks = {
  length: (text, [min, max]) => [...text].length >= min && [...text].length <= max,
  upper: (text) => /[A-Z]/.test(text),
  lower: (text) => /[a-z]/.test(text),
  letter: (text) => /[A-Za-z]/.test(text),
  digit: (text) => /[0-9]/.test(text),
  symbol: (text) => /[!-/:-@[-\x60{-~]/.test(text),
  ascii: (text) => /^[!-~]+$/.test(text),
  "not-login": (text, _, login) => text !== "" && text.toLowerCase() !== login,
  "without-login": (text, _, login) => text !== "" && !(login && text.toLowerCase().includes(login)),
};
for (const list of all("[data-rules]")) {
  const field = document.getElementById(list.dataset.rules);
  const login = (field.form?.querySelector("[data-login]")?.value ?? "").toLowerCase();
  const mark = (line, mark) => {
    line.classList.toggle("met", mark === "met");
    line.classList.toggle("broken", mark === "broken");
    line.querySelector(".unseen")?.remove();
    if (!mark) return;
    const said = document.createElement("span");
    said.className = "unseen";
    said.textContent = list.dataset[mark];
    line.append(said);
  };
  // A tick at once; a cross only once the field is left, and until it is mended.
  const tick = (event) => {
    const text = field.value.replace(UNSEEN, "").normalize("NFKC").replaceAll("\u00a5", "\\");
    for (const line of all("[data-check]", list)) {
      const value = (line.dataset.value ?? "").split(" ").map(Number);
      const met = checks[line.dataset.check]?.(text, value, login) ?? false;
      const crossed = text !== "" && (event.type === "change" || line.classList.contains("broken"));
      mark(line, met ? "met" : crossed ? "broken" : "");
    }
    for (const line of all(".broken:not([data-check])", list)) mark(line, "");
  };
  field.addEventListener("input", tick);
  field.addEventListener("change", tick);
}

// Copy a key.
for (const button of all("[data-copy]")) {
  if (!navigator.clipboard) continue;
  const off = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = off; }, 4000);
    } catch { /* the key stands beside the button */ }
  });
}

// An Enter that only ends a conversion does not send the form.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("input") && (event.isComposing || event.keyCode === 229)) {
    event.preventDefault();
  }
});

// One press sends once; coming back by the back button opens the form again.
for (const form of all('form[method="post"]')) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    for (const button of all("button:not([type=button])", form)) button.setAttribute("aria-disabled", "true");
    setTimeout(() => open(form), 10000);
  });
}
function open(form) {
  delete form.dataset.sent;
  for (const button of all("[aria-disabled]", form)) button.removeAttribute("aria-disabled");
}
addEventListener("pageshow", () => all("form[data-sent]").forEach(open));

// Menus at the upper corners close by Escape and by a press elsewhere.
const corners = all("details.menu, details.me, details.dots");
document.addEventListener("click", (event) => {
  for (const corner of corners) if (!corner.contains(event.target)) corner.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const corner of corners) {
    if (corner.open) { corner.open = false; corner.querySelector("summary").focus(); }
  }
});

// The QR code of a printed letter carries the user ID behind `#`, which no server sees (domain/route.rs). It is filled in
// and taken off the address; nothing is sent.
function fillCarried() {
  const carried = new URLSearchParams(location.hash.slice(1)).get("username");
  if (carried === null) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  const field = document.querySelector('[autocomplete~="webauthn"]');
  if (field) field.value = carried.slice(0, 64);
}
addEventListener("hashchange", fillCarried);
fillCarried();

// What is binding is printed, opened or not.
addEventListener("beforeprint", () => all(".binding").forEach((text) => { text.open = true; }));

// The answer to a form is fetched by its own address from now on: back and reload send nothing twice (D15).
const { address } = document.body.dataset;
if (address) history.replaceState(history.state, "", address);
