// Pages that wait for a mail; they work without this, too.

// 「再送信」 counts down until it is served.
for (const button of document.querySelectorAll("[data-countdown]")) {
  const off = button.textContent;
  const until = Date.now() + Number(button.dataset.countdown) * 1000;
  const left = () => Math.ceil((until - Date.now()) / 1000);
  const say = () => {
    if (left() > 0) {
      button.setAttribute("aria-disabled", "true");
      button.textContent = button.dataset.counting.replace("%", left());
      return;
    }
    clearInterval(ticking);
    button.removeAttribute("aria-disabled");
    button.textContent = off;
    const told = document.getElementById("resend-told");
    if (told) told.textContent = button.dataset.ready;
  };
  const ticking = setInterval(say, 1000);
  button.addEventListener("click", (event) => { if (left() > 0) event.preventDefault(); });
  if (left() > 0) say(); else clearInterval(ticking);
}

// Once the mailed link is pressed on any device, this page moves on. It asks only while it is looked at, for an hour.
if (document.querySelector("[data-waits]")) {
  const began = Date.now();
  let asking = false;
  const ask = async () => {
    if (asking || document.hidden || document.querySelector("form[data-sent]")) return;
    if (Date.now() - began > 3600000) { clearInterval(asked); return; }
    asking = true;
    try {
      const answer = await fetch(location.pathname, { redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") { clearInterval(asked); location.replace(location.pathname); }
    } catch { /* no network for a moment: the next time will tell */ }
    asking = false;
  };
  const asked = setInterval(ask, 3000);
  document.addEventListener("visibilitychange", ask);
}
