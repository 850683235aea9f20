/* Signing in where one is: the pages of the door, one after the other, in a dialog, until somebody is in. Without this file the door is a
   page of its own. */

const words = document.getElementById("typing")?.dataset ?? {};
const dialog = document.getElementById("sign-in");
const inside = dialog?.querySelector("[data-door]");
let door = "";

const show = (html, address) => {
  door = address;
  const main = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  main?.querySelectorAll("a").forEach((link) => (link.target = "_blank"));
  inside.replaceChildren(...(main?.childNodes ?? []));
  inside.querySelector("input:not([type=hidden])")?.focus();
  if (inside.querySelector("[data-passkey]")) import(words.passkeys).then(() => document.dispatchEvent(new CustomEvent("door")));
};

const knock = async (address, options = {}) => {
  try {
    const answer = await fetch(address, { ...options, headers: { Accept: "text/html" } });
    if (new URL(answer.url).pathname !== words.here) return show(await answer.text(), answer.url);
    dialog.close();
    document.dispatchEvent(new CustomEvent("signed-in"));
  } catch {
    inside.prepend(Object.assign(document.createElement("p"), { className: "field-error", textContent: words.offline }));
  }
};

document.addEventListener("sign-in", () => {
  dialog.showModal();
  knock(`${words.login}?next=${encodeURIComponent(words.here)}`);
});
document.addEventListener("signed-in", () => dialog?.close());
dialog?.querySelector("[data-close]").addEventListener("click", () => dialog.close());
dialog?.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return; // a passkey is being asked for
  event.preventDefault();
  const body = new FormData(event.target);
  if (event.submitter?.name) body.append(event.submitter.name, event.submitter.value);
  knock(new URL(event.target.getAttribute("action") ?? door, door), { method: "POST", body });
});
