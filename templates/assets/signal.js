// Tells the browser which passkeys the member has here, and by what name; it stops offering the others (Signal API).
const told = document.querySelector("[data-passkey-accepted]");
if (told && window.PublicKeyCredential) {
  const { rpId, userId, name, credentialIds } = JSON.parse(told.dataset.passkeyAccepted);
  const accepted = { rpId, userId, allAcceptedCredentialIds: credentialIds };
  signal("signalAllAcceptedCredentials", accepted);
  signal("signalCurrentUserDetails", { rpId, userId, name, displayName: name });
}

// Courtesies; where they fail, nothing is lost. Password managers put functions of their own into the browser's place.
async function signal(word, about) {
  try { await PublicKeyCredential[word]?.(about); } catch { /* it goes on offering them */ }
}
