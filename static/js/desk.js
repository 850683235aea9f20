/* The desk, quicker. Everything here works without this file; it proposes titles, adds rows, says what is still needed and listens to keys.
   Keeping what is typed is typing.js. */

const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

const post = (address, body) => fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token(), Accept: "application/json" } });

/* The draft was kept: which piece of evidence each row has become, and beside each field what it still needs. */
const saved = (form, { rows, problems }) => {
  for (const [prefix, uid] of Object.entries(rows)) {
    const field = form.elements[`${prefix}-uid`];
    if (field && uid) field.value = uid;
  }
  for (const place of form.querySelectorAll("[data-needed]")) {
    const texts = problems.filter(({ field }) => field === place.dataset.needed).map(({ text }) => text);
    place.replaceChildren(...texts.map((text) => Object.assign(document.createElement("div"), { textContent: text })));
    if (!texts.length) place.closest(".field-wrong")?.classList.remove("field-wrong");
  }
};

// Title and day of an address that was just pasted.
const propose = async (form, row) => {
  const prefix = row.dataset.evidence;
  const address = form.elements[`${prefix}-address`];
  const looked = row.querySelector("[data-looked]");
  if (!address.value || form.elements[`${prefix}-title`].value) return;
  const body = new FormData();
  body.set("address", address.value);
  try {
    const found = await (await post(form.dataset.look, body)).json();
    looked.textContent = found.text ?? "";
    for (const name of ["title", "publisher", "language", "published_on"]) {
      const field = form.elements[`${prefix}-${name}`];
      if (field && !field.value && found[name]) field.value = found[name];
    }
    form.dispatchEvent(new Event("input"));
  } catch {
    looked.textContent = "";
  }
};

const addRow = (form, focus) => {
  const total = form.elements["e-TOTAL_FORMS"];
  const copy = document.createElement("div");
  copy.innerHTML = form.querySelector("[data-row-template]").innerHTML.replaceAll("__prefix__", total.value);
  const row = copy.firstElementChild;
  form.querySelector("[data-rows]").append(row);
  total.value = Number(total.value) + 1;
  if (focus) row.querySelector("input[type=url]").focus();
};

const setUp = (form) => {
  form.addEventListener("saved", (event) => saved(form, event.detail));
  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-evidence]");
    if (row && event.target.name.endsWith("-address")) propose(form, row);
  });
  form.querySelector("[data-look-button]").hidden = true;
  const add = form.querySelector("[data-add]");
  add.hidden = false;
  add.addEventListener("click", (event) => addRow(form, event.isTrusted));
  const needs = () => {
    for (const row of form.querySelectorAll("[data-needs]")) row.toggleAttribute("data-chosen", row.dataset.needs === form.elements.status.value);
  };
  form.elements.status.addEventListener("change", needs);
  needs();
};

const setUpAll = () => document.querySelectorAll("form[data-autosave]").forEach(setUp);
setUpAll();
document.addEventListener("shown", setUpAll);

// Keys: only where nobody is typing.
const rows = [...document.querySelectorAll("[data-row]")];
let current = -1;
const go = (step) => {
  if (!rows.length) return;
  rows[current]?.removeAttribute("data-current");
  current = Math.min(rows.length - 1, Math.max(0, current + step));
  rows[current].setAttribute("data-current", "");
  rows[current].scrollIntoView({ block: "nearest" });
  rows[current].querySelector("[data-open]").focus();
};
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const acts = {
    j: () => go(1),
    k: () => go(-1),
    x: () => rows[current]?.querySelector("[data-pick]")?.click(),
    "/": () => document.querySelector("[data-search]")?.focus(),
    "?": () => document.querySelector("[data-keys]")?.toggleAttribute("open"),
  };
  const act = acts[event.key.toLowerCase()];
  if (act) {
    event.preventDefault();
    act();
  }
});
