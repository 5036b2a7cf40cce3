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
}
