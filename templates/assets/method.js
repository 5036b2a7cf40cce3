// Whether this device has what a method needs; the page says the same to everybody without this.
const line = document.querySelector("[data-can]");
const can = async () => {
  try { return await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable(); } catch { return false; }
};
if (line) {
  const yes = await can();
  line.textContent = yes ? line.dataset.can : line.dataset.cannot;
  line.classList.toggle("met", yes);
  line.hidden = false;
  // What to do before is done, or is said by the line; nothing is recommended that does not work here.
  const card = line.closest(".way-card");
  card.querySelector("[data-before]").remove();
  if (!yes) card.querySelector(".best")?.remove();
}
