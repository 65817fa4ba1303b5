// What pages do besides: all of them work without it. It asks for news, and knows some keys.
"use strict";

const live = document.getElementById("live");
const refresh = Number(document.body.dataset.refresh);
const rowsOfPage = 50;
const focusable = "a, button, input, summary, [tabindex]";
let hasSearchedOn = false;

// Nobody's selection, typing or opened details are disturbed, and a page nobody looks at asks for nothing.
function isBusy() {
  const at = document.activeElement;
  return document.hidden
    || hasSearchedOn
    || !getSelection().isCollapsed
    || (at && (at.matches("input:not([type=checkbox]), textarea, select")))
    || document.querySelector("input[name=ids]:checked") !== null;
}

async function update(isAsked) {
  if (!isAsked && isBusy()) return;
  try {
    const page = await load(location.href);
    if (!isAsked && isBusy()) return;
    for (const part of document.querySelectorAll("[data-live]")) {
      const news = page.getElementById(part.id);
      // What is not there any more is not shown from before.
      if (!news) part.replaceChildren();
      else if (news.innerHTML !== part.innerHTML) replace(part, news);
    }
    document.querySelector("footer time").replaceWith(page.querySelector("footer time"));
    tell("");
    // A part that this page has no place for, as after an outage, comes with all of it.
    if ([...page.querySelectorAll("[data-live]")].some((part) => !document.getElementById(part.id))) location.reload();
  } catch (e) {
    tell("Not up to date: " + e.message);
  }
}

// A page of the dashboard, or nothing: where somebody has to sign in again, the answer is a page as well, and it has no news.
async function load(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(15000) });
  if (!answer.ok) throw new Error("the dashboard answered " + answer.status);
  if (answer.redirected && placeOf(answer.url) !== placeOf(address)) throw new Error("another page answers; reload, and sign in if need be");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("main#main") || !page.querySelector("footer time") || !page.getElementById("live"))
    throw new Error("it is not the dashboard that answers; reload, and sign in if need be");
  return page;
}

function placeOf(address) {
  const url = new URL(address, location.href);
  return url.origin + url.pathname;
}

// Each step of a search looks at a bounded number of messages. It goes on by itself while somebody looks at it, until the page is full,
// everything was looked at, or somebody has enough.
async function searchOn() {
  const pages = document.getElementById("pages");
  const rows = document.getElementById("rows");
  const next = () => pages?.querySelector("a[data-search-on]");
  const count = () => rows.querySelectorAll("tbody tr").length;
  if (!next() || count() >= rowsOfPage) return;
  hasSearchedOn = true;
  let isWanted = true;
  const stop = document.createElement("button");
  stop.type = "button";
  stop.className = "quiet";
  stop.textContent = "Stop searching";
  stop.addEventListener("click", () => {
    isWanted = false;
    end("stopped");
  });
  // Beside what each step replaces: a button that goes and comes again can be neither clicked nor keep the focus.
  pages.after(stop);
  live.textContent = "searching…";
  try {
    while (isWanted && next() && count() < rowsOfPage) {
      await seen();
      const page = await load(next().href);
      // What comes after the stop is left out, and the link still leads to it.
      if (!isWanted) return;
      add(page);
    }
    if (isWanted) end("searched");
  } catch (e) {
    if (!isWanted) return;
    stop.remove();
    tell("The search has stopped: " + e.message);
  }

  function end(how) {
    stop.remove();
    live.textContent = how + ", " + count() + " found; r begins anew";
  }

  function add(page) {
    const [newRows, newPages] = [page.getElementById("rows"), page.getElementById("pages")];
    if (!newRows || !newPages) throw new Error(page.querySelector("#rows .unknown")?.textContent.trim() ?? "there is no list any more");
    const body = rows.querySelector("tbody");
    if (body) body.append(...newRows.querySelectorAll("tbody tr"));
    else rows.replaceChildren(...newRows.childNodes);
    pages.replaceChildren(...newPages.childNodes);
    // Those that came are not ticked, so not all are.
    const all = document.querySelector("[data-all]");
    if (all) all.checked = false;
  }
}

// Until somebody looks.
function seen() {
  return new Promise((done) => {
    if (document.hidden) document.addEventListener("visibilitychange", () => done(), { once: true });
    else done();
  });
}

// What was opened stays open, and what had the focus keeps it, if it is still there.
function replace(part, news) {
  const open = new Map([...part.querySelectorAll("details")].map((d) => [d.querySelector("summary").textContent, d.open]));
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const [identity, text] = focused ? [identityOf(focused), focused.textContent] : [];
  part.replaceChildren(...news.childNodes);
  for (const d of part.querySelectorAll("details")) {
    const was = open.get(d.querySelector("summary").textContent);
    if (was !== undefined) d.open = was;
  }
  if (!focused) return;
  const same = [...part.querySelectorAll(focusable)].filter((e) => identityOf(e) === identity);
  (same.find((e) => e.textContent === text) ?? same[0])?.focus({ preventScroll: true });
}

// What an element would do, and to what: every operation has a 'Stop', and the focus must not go from one to the next. Of a link that is where
// it leads, whatever count it shows.
function identityOf(e) {
  const form = e.form && [e.form.getAttribute("action"), ...[...e.form.querySelectorAll("input[type=hidden]")].map((i) => i.name + "=" + i.value)];
  return JSON.stringify([e.tagName, e.getAttribute("href") ?? e.textContent, e.getAttribute("name"), e.getAttribute("value"), form]);
}

// It is read out when it changes, so it is written only then.
function tell(text) {
  document.body.classList.toggle("stale", text !== "");
  const said = text || (refresh > 0 ? "live" : "");
  if (live.textContent !== said) live.textContent = said;
}

if (refresh > 0) {
  tell("");
  setInterval(() => update(false), refresh);
  document.addEventListener("visibilitychange", () => update(false));
}

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches("input, textarea, select")) {
    if (e.key === "Escape") e.target.blur();
    return;
  }
  const search = document.querySelector("[data-search]");
  if (e.key === "/" && search) {
    e.preventDefault();
    search.focus();
  } else if (e.key === "r") {
    if (hasSearchedOn) location.reload();
    else update(true);
  } else if (e.key === "?") {
    const keys = document.querySelector(".keys");
    keys.hidden = !keys.hidden;
  }
});

for (const label of document.querySelectorAll(".all")) label.hidden = false;
document.addEventListener("change", (e) => {
  if (e.target.matches("[data-all]"))
    for (const box of document.querySelectorAll("input[name=ids]")) box.checked = e.target.checked;
});
document.addEventListener("click", (e) => {
  const button = e.target.closest("[data-confirm]");
  if (button && !confirm(button.dataset.confirm)) e.preventDefault();
});
searchOn();
