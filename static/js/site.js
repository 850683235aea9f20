/* The frame, quicker. Everything here works without this file; it closes what was opened, and proposes while one types. */

const drops = () => document.querySelectorAll("details.drop[open]");

document.addEventListener("click", (event) => {
  for (const drop of drops()) if (!drop.contains(event.target)) drop.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const drop of drops()) {
      drop.open = false;
      drop.querySelector("summary").focus();
    }
  }
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const field = document.querySelector("main input[type=search]") ?? document.querySelector(".find input[type=search]");
    if (!field) return;
    event.preventDefault();
    if (field.offsetParent) field.focus();
    else window.location.assign(field.form.action);
  }
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    const field = document.querySelector(".find input[type=search]");
    if (!field?.offsetParent) return;
    event.preventDefault();
    field.select();
  }
});

const WAIT = 120;
const PAGES = ".sections a, .desk-bar a, .account .panel a";

/* Pages whose name holds the words, and what one may do about a milestone that was found. */
const places = (words) =>
  [...new Map([...document.querySelectorAll(PAGES)].map((link) => [link.href, link.textContent.trim()]))]
    .filter(([, title]) => title.toLowerCase().includes(words))
    .slice(0, 5)
    .map(([url, title]) => ({ url, title, code: "" }));

const acts = (field, found) =>
  !field.dataset.record
    ? []
    : found
        .filter((row) => row.url.includes("/milestones/"))
        .slice(0, 3)
        .map((row) => ({ url: field.dataset.record.replace("CODE", row.code), code: row.code, title: field.dataset.recordWord }));

const suggest = (field) => {
  const list = Object.assign(document.createElement("div"), { className: "find-results panel", id: "find-results", role: "listbox", hidden: true });
  list.setAttribute("aria-label", field.getAttribute("aria-label"));
  field.form.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" }))
    field.setAttribute(name, value);
  let chosen = -1;
  let timer = 0;
  let asked = "";

  const choose = (place) => {
    const rows = [...list.children];
    chosen = rows.length ? (place + rows.length) % rows.length : -1;
    rows.forEach((row, number) => row.setAttribute("aria-selected", String(number === chosen)));
    if (chosen >= 0) field.setAttribute("aria-activedescendant", rows[chosen].id);
    else field.removeAttribute("aria-activedescendant");
  };

  const show = (rows) => {
    list.replaceChildren(
      ...rows.map((row, number) => {
        const link = Object.assign(document.createElement("a"), { href: row.url, id: `find-${number}`, role: "option", tabIndex: -1 });
        link.append(Object.assign(document.createElement("span"), { className: "code", textContent: row.code }), row.title);
        return link;
      }),
    );
    list.hidden = rows.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
  };

  const ask = async () => {
    const query = new URLSearchParams(new FormData(field.form));
    asked = query.toString();
    if (!field.value.trim()) return show([]);
    try {
      const answer = await fetch(`${field.dataset.suggest}?${query}`, { headers: { Accept: "application/json" } });
      const found = answer.ok ? (await answer.json()).results : [];
      if (new URLSearchParams(new FormData(field.form)).toString() === asked)
        show([...found, ...acts(field, found), ...places(field.value.trim().toLowerCase())]);
    } catch {
      show([]);
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? -1 : chosen - 1);
    else if (event.key === "Escape") show([]);
    else if (event.key === "Enter" && chosen >= 0) list.children[chosen].click();
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", () => setTimeout(() => !list.contains(document.activeElement) && show([]), WAIT));
  list.addEventListener("mousedown", (event) => event.preventDefault());
};

document.querySelectorAll("input[data-suggest]").forEach(suggest);

// What words mean opens under the pointer and the focus, too.
for (const button of document.querySelectorAll(".define")) {
  const box = button.popoverTargetElement;
  let timer = 0;
  const soon = (open) => {
    clearTimeout(timer);
    timer = setTimeout(() => (open ? box.showPopover({ source: button }) : box.hidePopover()), 200);
  };
  for (const part of [button, box]) {
    part.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && soon(true));
    part.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && soon(false));
    part.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && relatedTarget !== button && !box.contains(relatedTarget) && soon(false));
  }
  button.addEventListener("focus", () => button.matches(":focus-visible") && soon(true));
}

// The browser's calendar beside a field of a day; what it gives is written in the order of the page.
const inOrder = (iso) =>
  document.documentElement.lang === "en"
    ? new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" })
    : iso.split("-").reverse().join(".");

const calendar = (field) => {
  const words = field.dataset.day;
  delete field.dataset.day;
  const picker = Object.assign(document.createElement("input"), { type: "date", max: field.dataset.max ?? "", tabIndex: -1 });
  const button = Object.assign(document.createElement("button"), { type: "button", className: "day-button" });
  const box = Object.assign(document.createElement("span"), { className: "day-field" });
  picker.setAttribute("aria-hidden", "true");
  button.setAttribute("aria-label", words);
  button.innerHTML = '<svg class="icon" aria-hidden="true" viewBox="0 0 24 24"><path d="M4 6h16v14H4zM4 10h16M8 3v4m8-4v4"/></svg>';
  field.before(box);
  box.append(field, picker, button);
  button.addEventListener("click", () => picker.showPicker());
  picker.addEventListener("change", () => {
    field.value = picker.value && inOrder(picker.value);
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
    field.focus();
  });
};

const calendars = () => document.querySelectorAll("input[data-day]").forEach(calendar);
calendars();
document.addEventListener("shown", calendars); // typing.js
document.addEventListener("focusin", ({ target }) => {
  if (!target.dataset?.day) return; // of a row that was added
  calendar(target);
  target.focus();
});

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("[data-copy-text]").textContent.trim().replace(/\s+/g, " "));
    button.textContent = button.dataset.done;
  });
}
