// A pause counts down; the page says until when without this, too.
const panel = document.querySelector("[data-pause]");
const shown = panel.querySelector("[role=timer]");
const until = Date.now() + Number(panel.dataset.pause) * 1000;
const say = () => {
  const left = Math.ceil((until - Date.now()) / 1000);
  shown.hidden = false;
  if (left > 0) {
    shown.textContent = panel.dataset.left.replace("%", `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
    return;
  }
  clearInterval(ticking);
  shown.setAttribute("role", "status");
  shown.textContent = panel.dataset.over;
  panel.classList.add("good");
};
const ticking = setInterval(say, 1000);
say();
