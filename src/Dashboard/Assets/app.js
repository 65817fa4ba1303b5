// What pages do besides: all of them work without it. It asks for news, and knows some keys.
"use strict";

const live = document.getElementById("live");
const refresh = Number(document.body.dataset.refresh);

// Nobody's selection, typing or opened details are disturbed, and a page nobody looks at asks for nothing.
function isBusy() {
  const at = document.activeElement;
  return document.hidden
    || !getSelection().isCollapsed
    || (at && (at.matches("input:not([type=checkbox]), textarea, select")))
    || document.querySelector("input[name=ids]:checked") !== null;
}

async function update(isAsked) {
  if (!isAsked && isBusy()) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(15000) });
    if (!answer.ok) throw new Error("the dashboard answered " + answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!isAsked && isBusy()) return;
    for (const part of document.querySelectorAll("[data-live]")) {
      const news = page.getElementById(part.id);
      if (news && news.innerHTML !== part.innerHTML) replace(part, news);
    }
    const time = page.querySelector("footer time");
    if (time) document.querySelector("footer time").replaceWith(time);
    tell("");
  } catch (e) {
    tell("Not up to date: " + e.message);
  }
}

// What was opened stays open, and what had the focus keeps it.
function replace(part, news) {
  const open = new Map([...part.querySelectorAll("details")].map((d) => [d.querySelector("summary").textContent, d.open]));
  const focused = part.contains(document.activeElement) ? [...part.querySelectorAll("a, button, input, summary, [tabindex]")].indexOf(document.activeElement) : -1;
  part.replaceChildren(...news.childNodes);
  for (const d of part.querySelectorAll("details")) {
    const was = open.get(d.querySelector("summary").textContent);
    if (was !== undefined) d.open = was;
  }
  if (focused >= 0) part.querySelectorAll("a, button, input, summary, [tabindex]")[focused]?.focus();
}

function tell(text) {
  document.body.classList.toggle("stale", text !== "");
  live.textContent = text || (refresh > 0 ? "live" : "");
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
    update(true);
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
