/* The desk, quicker. Everything here works without this file; it saves drafts, proposes titles and listens to keys. */
"use strict";

(() => {
  const SAVE_AFTER = 1500;
  const form = document.querySelector("form[data-autosave]");
  const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

  const post = (address, body) =>
    fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token, Accept: "application/json" }, credentials: "same-origin" });

  if (form) {
    const saved = form.querySelector("[data-saved]");
    const problems = document.querySelector("[data-problems]");
    let timer = 0;
    let running = false;
    let again = false;
    let leaving = false;
    let finished = null;

    const text = () => {
      const data = new FormData(form);
      for (const name of [...data.keys()]) if (data.get(name) instanceof File) data.delete(name);
      return data;
    };

    const show = (answer) => {
      saved.textContent = answer.text ?? "";
      if (!answer.saved) return;
      for (const [prefix, uid] of Object.entries(answer.rows)) {
        const field = form.elements[`${prefix}-uid`];
        if (field && uid) field.value = uid;
      }
      for (const field of form.querySelectorAll("input[type=hidden][name^=initial-]")) {
        const typed = form.elements[field.name.replace("initial-", "")];
        if (typed && typed.type !== "checkbox") field.value = sent.get(typed.name) ?? field.value;
        if (typed && typed.type === "checkbox") field.value = sent.has(typed.name) ? "True" : "False";
      }
      problems.hidden = answer.problems.length === 0;
      problems.querySelector("ul").replaceChildren(
        ...answer.problems.map((problem) => Object.assign(document.createElement("li"), { textContent: problem.text })),
      );
    };

    let sent = new FormData();
    const save = async () => {
      if (leaving) return;
      if (running) {
        again = true;
        return;
      }
      running = true;
      sent = text();
      try {
        const answer = await post(form.dataset.autosave, sent);
        show(await answer.json());
      } catch {
        saved.textContent = "";
      }
      running = false;
      if (finished) {
        const then = finished;
        finished = null;
        then();
      } else if (again) {
        again = false;
        save();
      }
    };

    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(save, SAVE_AFTER);
    });
    form.addEventListener("submit", (event) => {
      clearTimeout(timer);
      if (!running) {
        leaving = true;
        return;
      }
      // Let the save that is under way come home first: else it would look like somebody else's.
      event.preventDefault();
      again = false;
      finished = () => form.requestSubmit(event.submitter);
    });

    // Title and day of an address that was just pasted.
    const propose = async (row) => {
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
    form.addEventListener("change", (event) => {
      const row = event.target.closest("[data-evidence]");
      if (row && event.target.name.endsWith("-address")) propose(row);
    });
    form.querySelector("[data-look-button]").hidden = true;

    const add = form.querySelector("[data-add]");
    add.hidden = false;
    add.addEventListener("click", () => {
      const total = form.elements["e-TOTAL_FORMS"];
      const template = form.querySelector("[data-row-template]");
      const copy = document.createElement("div");
      copy.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
      const row = copy.firstElementChild;
      form.querySelector("[data-rows]").append(row);
      total.value = Number(total.value) + 1;
      row.querySelector("input[type=url]").focus();
    });

    const needs = () => {
      for (const row of form.querySelectorAll("[data-needs]")) row.toggleAttribute("data-chosen", row.dataset.needs === form.elements.status.value);
    };
    form.elements.status.addEventListener("change", needs);
    needs();
  }

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
})();
