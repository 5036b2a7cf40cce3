// A pause counts down; the page says until when without this, too.
const panel = document.querySelector("[data-pause]");
const shown = panel.querySelector("[role=timer]");
const told = panel.querySelector("[role=alert]");
const until = Date.now() + Number(panel.dataset.pause) * 1000;
const say = () => {
  const left = Math.ceil((until - Date.now()) / 1000);
  shown.hidden = left <= 0;
  if (left > 0) {
    shown.textContent = panel.dataset.left.replace("%", `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
    return;
  }
  // Nothing on the page asks to wait any more.
  clearInterval(ticking);
  for (const rest of [...panel.children, ...told.children]) rest.hidden = rest !== told && rest.id !== "pause-title";
  told.querySelector("h2").textContent = panel.dataset.over;
  panel.classList.add("good");
  document.title = document.title.replace(panel.dataset.prefix, "");
};
const ticking = setInterval(say, 1000);
say();
