/* Typing that cannot be lost. Each form with data-kept keeps on this device what was typed and not taken yet, says so, and is sent from its
   page: where the line is lost, the session over or the token too old, the page stays and goes on. Without this file forms are plain. */

const person = document.body.dataset.person;
const words = document.getElementById("typing")?.dataset ?? {};
const PREFIX = "typing:";
const MINE = `${PREFIX}${person}:`;
const WHO = "typing-who";
const KEPT_FOR = 30 * 86_400_000;
const SAVE_AFTER = 1500;
const TRY_AGAIN = 15_000;

// What this device keeps: by person, form and thing, for a month. Of others nothing is left once somebody else is here.
const device = {
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  write(key, entry) {
    try {
      if (entry) localStorage.setItem(key, JSON.stringify(entry));
      else localStorage.removeItem(key);
      return true;
    } catch {
      return false; // full, or not allowed
    }
  },
  keys() {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    } catch {
      return [];
    }
  },
};
const old = (key) => !((device.read(key)?.at ?? 0) > Date.now() - KEPT_FOR);
for (const key of device.keys()) if (!key.startsWith(MINE) || old(key)) device.write(key, null);
device.write(WHO, { person, at: Date.now() });

let token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
let leaving = false;
const kept = new Set();

const hour = (at) => new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
const same = (one, other) => one.length === other.length && one.every((value, place) => value === other[place]);

// Somebody else is here now: this page and what it holds are none of theirs.
const goneOver = () => {
  leaving = true;
  location.reload();
};

/* Who is signed in, and the token for the forms of this page: "in", "out" or "offline". */
const look = async () => {
  try {
    const answer = await fetch(words.here, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.status === 401) return "out";
    if (!answer.ok) return "failed";
    const said = await answer.json();
    if (String(said.person) !== person) {
      goneOver();
      return "out";
    }
    token = said.token;
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
    return "in";
  } catch {
    return "offline";
  }
};

const send = async (address, body, again = true) => {
  body.set("csrfmiddlewaretoken", token);
  try {
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json, text/html;q=0.9" } });
    if (answer.status === 401) return { kind: "out" };
    const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
    if (said?.code === "csrf") {
      const who = again ? await look() : "failed";
      return who === "in" ? send(address, body, false) : { kind: who };
    }
    if (answer.status >= 500 || answer.status === 429) return { kind: "failed" };
    return { kind: "answer", ok: answer.ok, said, html: said ? "" : await answer.text() };
  } catch {
    return { kind: "offline" };
  }
};

// Fields, by name: what stands in them, and what stood there when somebody looked.
const UNTYPED = /^(hidden|submit|button|reset|image|file|password)$/;
const groups = (form) => {
  const found = new Map();
  for (const control of form.elements) {
    if (!control.name || control.tagName === "FIELDSET" || control.tagName === "BUTTON" || UNTYPED.test(control.type)) continue;
    found.set(control.name, [...(found.get(control.name) ?? []), control]);
  }
  return found;
};
const ticked = (control) => control.type === "checkbox" || control.type === "radio";
const valueOf = (controls) => controls.flatMap((control) => (ticked(control) ? (control.checked ? [control.value] : []) : [control.value]));
const defaultOf = (controls) =>
  controls.flatMap((control) => {
    if (ticked(control)) return control.defaultChecked ? [control.value] : [];
    if (control.tagName !== "SELECT") return [control.defaultValue];
    return [([...control.options].find((option) => option.defaultSelected) ?? control.options[0])?.value ?? ""];
  });
const setTo = (controls, values) => {
  for (const control of controls) {
    if (ticked(control)) control.checked = values.includes(control.value);
    else control.value = values[0] ?? "";
  }
};
const initialOf = (form, name) => form.querySelector(`input[type=hidden][name="initial-${CSS.escape(name)}"]`);

class Kept {
  constructor(form, before) {
    Object.assign(this, { form, key: MINE + form.dataset.kept, seen: before?.seen ?? new Map(), ours: before?.ours ?? new Set() });
    form.autocomplete = "off"; // what the browser would put back is older than what is kept here
    this.line = form.querySelector("[data-saved]") ?? this.lineBelow();
    for (const [name, controls] of groups(form)) if (!this.seen.has(name)) this.seen.set(name, defaultOf(controls));
    if (before) this.keep();
    else this.restore();
    if (this.isTyped()) this.say("kept", words.kept);
    form.addEventListener("input", (event) => this.typing(event));
    form.addEventListener("change", (event) => this.typing(event));
    form.addEventListener("submit", (event) => this.submit(event));
  }

  lineBelow() {
    const line = Object.assign(document.createElement("p"), { className: "quiet", role: "status" });
    this.form.append(line);
    return line;
  }

  seenOf(name, controls) {
    const initial = initialOf(this.form, name);
    if (!initial) return this.seen.get(name) ?? defaultOf(controls);
    const [control] = controls;
    if (control.type === "checkbox") return initial.value === "True" ? [control.value] : [];
    const offered = control.tagName !== "SELECT" || [...control.options].some((option) => option.value === initial.value);
    return offered ? [initial.value] : defaultOf(controls);
  }

  /* What somebody has typed and nobody has taken, by name; of a row of evidence with the piece that it is about. */
  typed() {
    const found = {};
    for (const [name, controls] of groups(this.form)) {
      const [seen, typed] = [this.seenOf(name, controls), valueOf(controls)];
      if (!same(seen, typed)) found[name] = { seen, typed, row: this.pieceOf(name) };
    }
    return found;
  }

  isTyped() {
    return Object.keys(this.typed()).length > 0;
  }

  pieceOf(name) {
    const prefix = /^(.+-\d+)-/.exec(name)?.[1];
    return prefix && this.form.elements[`${prefix}-uid`]?.value;
  }

  /* Two tabs share an entry: each writes and clears its own fields of it. */
  keep() {
    const entry = device.read(this.key) ?? { fields: {} };
    const typed = this.typed();
    for (const name of this.ours) delete entry.fields[name];
    Object.assign(entry.fields, typed);
    this.ours = new Set(Object.keys(typed));
    const title = document.querySelector("h1")?.textContent.trim().replace(/\s+/g, " ");
    const about = { at: Date.now(), page: location.pathname + location.search, title };
    return device.write(this.key, Object.keys(entry.fields).length ? { ...entry, ...about } : null);
  }

  taken() {
    const entry = device.read(this.key);
    for (const name of this.ours) delete entry?.fields[name];
    this.ours.clear();
    device.write(this.key, entry && Object.keys(entry.fields).length ? entry : null);
  }

  /* What was typed here before and never taken stands in its fields again, beside what was seen then: the server compares. */
  restore() {
    const entry = device.read(this.key);
    if (!entry) return;
    const rows = new Map();
    let back = false;
    for (const [name, { seen, typed, row }] of Object.entries(entry.fields)) {
      const place = row === undefined ? name : this.placeOf(name, row, rows, entry.fields);
      const controls = groups(this.form).get(place);
      if (!controls) continue; // its field is gone: it stays kept
      this.ours.add(name);
      if (same(valueOf(controls), typed)) continue; // it was taken after all
      const initial = initialOf(this.form, place);
      if (initial) initial.value = controls[0].type === "checkbox" ? (seen.length ? "True" : "False") : seen[0];
      setTo(controls, typed);
      for (let fold = controls[0].closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      back = true;
    }
    this.keep();
    if (back) this.sayBack(entry.at);
  }

  /* The row of the same piece; for a piece that nobody has taken yet the row of the same address, an empty one, or one more. */
  placeOf(name, uid, rows, fields) {
    const [, prefix, field] = /^(.+-\d+)-(.+)$/.exec(name);
    const value = (one, which) => this.form.elements[`${one}-${which}`]?.value ?? "";
    if (!rows.has(prefix)) {
      const all = () => [...this.form.querySelectorAll("[data-evidence]")].map((one) => one.dataset.evidence);
      const address = fields[`${prefix}-address`]?.typed[0];
      const free = (one) => !value(one, "uid") && !value(one, "address") && ![...rows.values()].includes(one);
      const of = (test) => all().find(test);
      let row = of((one) => (uid ? value(one, "uid") === uid : address && value(one, "address") === address)) ?? of(free);
      if (!row) {
        this.form.querySelector("[data-add]")?.click();
        row = of(free);
      }
      rows.set(prefix, row);
    }
    return `${rows.get(prefix)}-${field}`;
  }

  sayBack(at) {
    const notice = Object.assign(document.createElement("div"), { className: "notice notice-back", role: "status" });
    const away = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: words.away });
    const text = Object.assign(document.createElement("p"), { textContent: `${words.back.replace("{time}", hour(at))} ` });
    text.append(away);
    notice.append(text);
    this.form.prepend(notice);
    away.addEventListener("click", () => {
      device.write(this.key, null);
      leaving = true;
      location.reload();
    });
  }

  say(state, text) {
    this.state = state;
    this.line.dataset.state = state;
    this.line.textContent = text;
    if (state !== "out") return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: words.enter });
    button.addEventListener("click", () => document.dispatchEvent(new CustomEvent("sign-in"))); // door.js
    this.line.append(" ", button);
  }

  trouble(kind) {
    const where = this.keep() ? words.safe : words.nowhere;
    this.say(kind, `${words[kind]} ${where}`);
    clearTimeout(this.timer);
    if (kind !== "out" && this.form.dataset.autosave) this.timer = setTimeout(() => this.save(), TRY_AGAIN);
  }

  typing(event) {
    const wrong = event.target.closest(".field-wrong");
    wrong?.querySelectorAll(".field-error").forEach((error) => error.remove());
    wrong?.classList.remove("field-wrong");
    const written = this.keep();
    clearTimeout(this.timer);
    if (this.form.dataset.autosave) this.timer = setTimeout(() => this.save(), SAVE_AFTER);
    if (!this.isTyped()) this.say("", "");
    else if (!["out", "offline"].includes(this.state)) this.say("kept", written ? words.kept : words.nowhere);
  }

  /* To the server's draft, where the form has one. One at a time: an answer tells the next what was seen. */
  save() {
    clearTimeout(this.timer);
    if (leaving || this.sending) return null;
    if (this.saving) {
      this.again = true;
      return this.saving;
    }
    this.saving = this.saveNow().finally(() => {
      this.saving = null;
      if (this.again) this.timer = setTimeout(() => this.save(), 0);
      this.again = false;
    });
    return this.saving;
  }

  async saveNow() {
    const body = new FormData(this.form);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    const { kind, said } = await send(this.form.dataset.autosave, body);
    if (!this.form.isConnected) return;
    if (kind !== "answer") this.trouble(kind);
    else if (!said?.saved) this.say("kept", `${said?.text ?? words.failed} ${this.keep() ? words.safe : words.nowhere}`);
    else {
      this.form.dispatchEvent(new CustomEvent("saved", { detail: said }));
      for (const initial of this.form.querySelectorAll("input[type=hidden][name^=initial-]")) {
        const typed = this.form.elements[initial.name.replace("initial-", "")];
        if (typed?.type === "checkbox") initial.value = body.has(typed.name) ? "True" : "False";
        else if (typed) initial.value = body.get(typed.name) ?? initial.value;
      }
      this.keep();
      this.say("saved", `${said.text} ${hour(Date.now())}`);
    }
  }

  async submit(event) {
    if (event.defaultPrevented) return;
    event.preventDefault();
    if (this.sending || leaving) return; // a double click
    this.sending = true;
    clearTimeout(this.timer);
    this.say("sending", words.sending);
    await this.saving; // else it would look like somebody else's
    const body = new FormData(this.form);
    if (event.submitter?.name) body.append(event.submitter.name, event.submitter.value);
    this.keep();
    const { kind, ok, said, html } = await send(this.form.getAttribute("action") ?? location.href, body);
    this.sending = false;
    if (said?.to) {
      this.taken();
      leaving = true;
      location.assign(said.to);
    } else if (kind !== "answer") this.trouble(kind);
    else if (!this.show(html, ok)) this.trouble("failed");
  }

  /* The same form with what is to be said about it; what was typed is still nowhere else. */
  show(html, ok) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const main = page.querySelector("main");
    const again = main?.querySelector(`form[data-kept="${CSS.escape(this.form.dataset.kept)}"]`);
    if (!main || (!again && !ok)) return false;
    if (!again) this.taken();
    document.querySelector("main").replaceWith(main);
    document.title = page.title;
    token = main.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? token;
    const before = new Map([...kept].map((one) => [one.form.dataset.kept, one]));
    kept.clear();
    setUp(before);
    document.dispatchEvent(new CustomEvent("shown"));
    window.scrollTo(0, 0);
    (main.querySelector(".field-wrong :is(input, select, textarea):not([type=hidden])") ?? main).focus();
    return true;
  }
}

const setUp = (before = new Map()) => {
  for (const form of document.querySelectorAll("form[data-kept]")) kept.add(new Kept(form, before.get(form.dataset.kept)));
};

/* After a trouble: forms go on where they were. */
const backAgain = async () => {
  const troubled = [...kept].filter((one) => ["out", "offline", "failed"].includes(one.state));
  if (!troubled.length || (await look()) !== "in") return;
  for (const one of troubled) {
    one.say("kept", words.again);
    if (one.form.dataset.autosave) one.save();
  }
};

setUp();
document.addEventListener("signed-in", backAgain);
window.addEventListener("online", backAgain);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && backAgain());
window.addEventListener("storage", (event) => {
  if (event.key !== WHO || !event.newValue) return;
  if (JSON.parse(event.newValue).person !== person) goneOver();
  else backAgain();
});
window.addEventListener("beforeunload", (event) => {
  if (!leaving && [...kept].some((one) => one.isTyped())) event.preventDefault();
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  leaving = false;
  document.querySelectorAll("form[data-going]").forEach((form) => delete form.dataset.going);
});

// Forms without typing are sent once; signing out takes along what was typed, if whoever signs out says so.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if ("going" in form.dataset) return event.preventDefault();
  if ("signOut" in form.dataset) {
    const left = device.keys();
    if (left.length && !window.confirm(form.dataset.signOut)) return event.preventDefault();
    left.forEach((key) => device.write(key, null));
    leaving = true;
  }
  form.dataset.going = "";
});

// The queue names what was typed and not sent.
const list = document.querySelector("[data-unsent]");
for (const key of list ? device.keys() : []) {
  const entry = device.read(key);
  if (!entry?.page) continue;
  const item = document.createElement("p");
  item.append(Object.assign(document.createElement("a"), { href: entry.page, textContent: entry.title }), ` · ${hour(entry.at)}`);
  list.append(item);
  list.hidden = false;
}
