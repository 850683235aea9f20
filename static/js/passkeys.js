/* Passkeys: asks the browser for what the form wants, puts the answer into it, and sends it. Buttons are shown where that can be. */

const setUp = (form) => {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON || "ready" in form.dataset) return;
  form.dataset.ready = "";
  const making = form.dataset.passkey === "create";
  const answer = form.querySelector("input[name$=passkey]");
  const button = form.querySelector("button");
  const refused = form.querySelector("[data-refused]");
  const options = JSON.parse(form.dataset.options);
  answer.value = ""; // of the try before, on a page that came back
  button.hidden = false;

  form.addEventListener("submit", async (event) => {
    if (answer.value) return;
    event.preventDefault();
    refused.hidden = true;
    try {
      const credential = making
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      answer.value = JSON.stringify(credential.toJSON());
      form.requestSubmit(button);
    } catch {
      refused.hidden = false;
    }
  });
};

for (const form of document.querySelectorAll("form[data-passkey]")) setUp(form);
document.addEventListener("door", () => document.querySelectorAll("form[data-passkey]").forEach(setUp)); // the dialog of door.js
