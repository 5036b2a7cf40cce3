// Tells the browser which passkeys the member has here, and by what name; it stops offering the others (Signal API).
const told = document.querySelector("[data-passkey-accepted]");
if (told && window.PublicKeyCredential) {
  const { rpId, userId, name, credentialIds } = JSON.parse(told.dataset.passkeyAccepted);
  const accepted = { rpId, userId, allAcceptedCredentialIds: credentialIds };
  PublicKeyCredential.signalAllAcceptedCredentials?.(accepted)?.catch(() => {});
  PublicKeyCredential.signalCurrentUserDetails?.({ rpId, userId, name, displayName: name })?.catch(() => {});
}
