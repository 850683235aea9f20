/* The timeline, livelier. Without this file each mark leads to its page; with it: one Tab stop, arrows, a card, and moves tried out. */

const DAY = 86_400_000;
const MONTHS = { day: 1, month: 1, quarter: 3, year: 12 };
const region = document.querySelector(".tl");
if (region) start(region, document.querySelector(".tl-card"));

function start(region, card) {
  const lanes = region.querySelector(".tl-lanes");
  const links = [...region.querySelectorAll(".tl-link")];
  const marks = [...region.querySelectorAll(".tl-mark")];
  const rows = rowsOf(region);
  let chosen = "";
  let asked = 0;

  region.dataset.live = "";
  region.tabIndex = -1;
  for (const row of rows) for (const item of [row.name, ...row.marks]) item.tabIndex = -1;
  if (rows.length) rows[0].name.tabIndex = 0;
  showToday(region, lanes);

  const light = (code) => {
    const near = new Set([code]);
    for (const link of links) {
      const mine = Boolean(code) && (link.dataset.from === code || link.dataset.to === code);
      link.toggleAttribute("data-shown", mine);
      if (mine) near.add(link.dataset.from).add(link.dataset.to);
    }
    region.toggleAttribute("data-active", Boolean(code));
    for (const mark of marks) mark.toggleAttribute("data-near", near.has(mark.dataset.code));
    for (const row of region.querySelectorAll("[data-row]")) row.toggleAttribute("data-near", row.dataset.row === code);
  };

  const choose = async (code) => {
    chosen = code;
    const turn = ++asked;
    for (const mark of marks) mark.toggleAttribute("data-chosen", mark.dataset.code === code);
    light(code);
    const address = region.dataset.card.replace("CODE", encodeURIComponent(code));
    const query = new URLSearchParams(window.location.search);
    const kept = new URLSearchParams([...query].filter(([name]) => ["at", "as_of", "lang"].includes(name)));
    try {
      const answer = await fetch(`${address}?${kept}`);
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (turn !== asked) return;
      card.replaceChildren(closer(close), page.querySelector(".card-body"));
      card.hidden = false;
      card.scrollTop = 0;
    } catch {
      if (turn !== asked) return;
      card.replaceChildren(closer(close), Object.assign(document.createElement("p"), { className: "notice", textContent: card.dataset.lost }));
      card.hidden = false;
    }
  };

  const close = () => {
    const code = chosen;
    chosen = "";
    asked++;
    card.hidden = true;
    for (const mark of marks) mark.removeAttribute("data-chosen");
    light("");
    region.querySelector(`[data-code="${CSS.escape(code)}"]`)?.focus();
  };

  const go = (item) => {
    for (const other of region.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    item.tabIndex = 0;
    item.focus();
  };

  const codeOf = (target) => target.closest?.("[data-code]")?.dataset.code ?? "";
  region.addEventListener("focusin", (event) => light(codeOf(event.target) || chosen));
  region.addEventListener("pointerover", (event) => light(codeOf(event.target) || chosen));
  region.addEventListener("pointerleave", () => light(chosen));
  region.addEventListener("click", (event) => {
    const code = codeOf(event.target);
    if (!code || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    event.preventDefault();
    if (!dragged) choose(code);
    dragged = false;
  });

  region.addEventListener("keydown", (event) => {
    const item = event.target.closest("a");
    const here = rows.findIndex((row) => row.name === item || row.marks.includes(item));
    if (here < 0) return;
    const row = rows[here];
    const along = [row.name, ...row.marks];
    const place = along.indexOf(item);
    const shift = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.shiftKey && shift) {
      if (!tryMove(codeOf(item), shift)) return;
    } else if (event.key === "ArrowRight") go(along[Math.min(place + 1, along.length - 1)]);
    else if (event.key === "ArrowLeft") go(along[Math.max(place - 1, 0)]);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") go(besides(rows[here + (event.key === "ArrowDown" ? 1 : -1)] ?? row, item, place));
    else if (event.key === "Home") go(rows[0].name);
    else if (event.key === "End") go(rows.at(-1).name);
    else return;
    event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !card.hidden) close();
  });

  /* Trying a move out: by keys of the chosen one, or by dragging it. Saved at the desk, with a reason. */
  let tried = null;
  let dragged = false;
  let wait = 0;

  const movable = (code) => (code && code === chosen ? card.querySelector("[data-preview]") : null);

  const tryMove = (code, periods) => {
    const act = movable(code);
    if (!act?.dataset.due) return false;
    const from = tried?.code === code ? tried.due : new Date(`${act.dataset.due}T00:00:00Z`);
    setDue(code, act, step(from, act.dataset.precision, periods));
    return true;
  };

  const setDue = (code, act, due) => {
    tried = { code, due };
    const mark = marks.find((one) => one.dataset.code === code);
    const first = new Date(`${lanes.dataset.first}T00:00:00Z`);
    const was = new Date(`${act.dataset.due}T00:00:00Z`);
    if (mark) mark.style.transform = `translateX(${(((due - was) / DAY / Number(lanes.dataset.days)) * lanes.clientWidth).toFixed(1)}px)`;
    if (due >= first) {
      clearTimeout(wait);
      wait = setTimeout(() => preview(act, due), 150);
    }
  };

  const preview = async (act, due) => {
    const place = card.querySelector(".move-preview");
    const day = due.toISOString().slice(0, 10);
    const token = card.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
    const answer = await fetch(act.dataset.preview, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token, "Accept-Language": document.documentElement.lang },
      body: JSON.stringify({ due: { date: day, precision: act.dataset.precision || "day" } }),
    }).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({})) : {};
    if (tried?.due !== due) return;
    place.hidden = false;
    if (!answer?.ok) {
      place.textContent = said.detail ?? card.dataset.lost;
      return;
    }
    const lines = [
      ...said.pushes.map((push) => [push.milestone, `+${push.days}`, push.new ? place.dataset.wordsNew : place.dataset.wordsAlready]),
      ...said.due_before.map((clash) => [clash.milestone, `+${clash.days}`, place.dataset.wordsBefore]),
    ];
    const list = Object.assign(document.createElement("ul"), { className: "lines" });
    list.append(
      ...lines.map(([code, days, words]) => {
        const line = document.createElement("li");
        line.append(Object.assign(document.createElement("span"), { className: "code", textContent: code }), ` ${days} · ${words}`);
        return line;
      }),
    );
    const save = Object.assign(document.createElement("a"), { className: "button small", textContent: place.dataset.wordsSave });
    save.href = `${act.getAttribute("href")}?due=${encodeURIComponent(day)}&precision=${act.dataset.precision}`;
    place.replaceChildren(
      Object.assign(document.createElement("strong"), { textContent: `→ ${said.due.label}` }),
      lines.length ? list : Object.assign(document.createElement("p"), { textContent: place.dataset.wordsNone }),
      save,
    );
  };

  lanes.addEventListener("pointerdown", (event) => {
    const code = codeOf(event.target);
    const act = movable(code);
    if (!act?.dataset.due || event.button) return;
    event.preventDefault();
    lanes.setPointerCapture(event.pointerId);
    const was = new Date(`${act.dataset.due}T00:00:00Z`);
    const move = (moved) => {
      const days = ((moved.clientX - event.clientX) / lanes.clientWidth) * Number(lanes.dataset.days);
      if (Math.abs(moved.clientX - event.clientX) > 3) dragged = true;
      if (dragged) setDue(code, act, end(new Date(was.getTime() + Math.round(days) * DAY), act.dataset.precision));
    };
    const stop = () => {
      lanes.removeEventListener("pointermove", move);
      lanes.removeEventListener("pointerup", stop);
      lanes.removeEventListener("pointercancel", stop);
    };
    lanes.addEventListener("pointermove", move);
    lanes.addEventListener("pointerup", stop);
    lanes.addEventListener("pointercancel", stop);
  });
}

/** Each row of names with the marks that stand in it, from left to right. */
function rowsOf(region) {
  const groups = new Map([...region.querySelectorAll(".tl-group")].map((group) => [group.dataset.group, [...group.querySelectorAll(".tl-mark")]]));
  const left = (mark) => mark.getBoundingClientRect().left;
  let inside = [];
  return [...region.querySelectorAll(".tl-name")].map((row) => {
    const name = row.querySelector("a");
    if (row.dataset.group !== undefined) {
      inside = groups.get(row.dataset.group) ?? [];
      const open = name.getAttribute("aria-expanded") === "true";
      return { name, marks: open ? [] : [...inside].sort((one, other) => left(one) - left(other)) };
    }
    return { name, marks: inside.filter((mark) => mark.dataset.code === row.dataset.row) };
  });
}

/** Where the eye goes from one row to the next: from a name to the name, from a mark to the nearest mark. */
function besides(row, item, place) {
  if (!place || !row.marks.length) return row.name;
  const middle = (mark) => mark.getBoundingClientRect().left;
  return row.marks.reduce((best, mark) => (Math.abs(middle(mark) - middle(item)) < Math.abs(middle(best) - middle(item)) ? mark : best));
}

function showToday(region, lanes) {
  const today = region.querySelector(".tl-lanes .tl-today");
  if (region.scrollWidth <= region.clientWidth || !today) return;
  region.scrollLeft = (parseFloat(today.getAttribute("x1")) / 100) * lanes.clientWidth - region.clientWidth / 3;
}

/** The last day of the period that is so many periods away; a plain day goes by months. */
function step(from, precision, periods) {
  const months = (MONTHS[precision] ?? 1) * periods;
  const there = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1));
  return end(there, precision === "day" ? "month" : precision);
}

function end(day, precision) {
  if (precision === "day") return day;
  const months = MONTHS[precision] ?? 1;
  return new Date(Date.UTC(day.getUTCFullYear(), (Math.floor(day.getUTCMonth() / months) + 1) * months, 0));
}

function closer(close) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "tl-close", textContent: "×" });
  button.setAttribute("aria-label", document.querySelector(".tl-card").dataset.close);
  button.addEventListener("click", close);
  return button;
}
