"use strict";
// Which view is open, and who looks at it.
let current = null, next = null;
const here = () => (VIEWS[location.hash.slice(1)] ? location.hash.slice(1) : "overview");

// Asks for a key.
function lock(error) {
  by("door").hidden = false;
  by("leave").hidden = true;
  document.querySelectorAll("section").forEach((section) => (section.hidden = true));
  notice(error.message, "bad");
  by("key").focus();
}

async function fill(view) {
  clearTimeout(next);
  try {
    await VIEWS[view].show();
    if (current === view && by("notice").dataset.passing) notice();
  } catch (error) {
    if (current !== view || error.name === "AbortError") return;
    if (error.locked) return lock(error);
    notice(error.message, "bad");
    // What comes back by itself is taken back by itself.
    if (error.unreachable) by("notice").dataset.passing = "yes";
  }
  if (current === view && VIEWS[view].fresh) next = setTimeout(() => again(view), VIEWS[view].fresh);
}

// A page that nobody sees asks for nothing.
const again = (view) => (document.hidden ? (next = setTimeout(() => again(view), VIEWS[view].fresh)) : fill(view));

function open(view) {
  if (current) VIEWS[current].sleep?.();
  current = view;
  by("door").hidden = true;
  by("leave").hidden = !sessionStorage.getItem(KEY);
  document.title = `${word(view)} · wireloom`;
  document.querySelectorAll("section").forEach((section) => (section.hidden = section.dataset.view !== view));
  document.querySelectorAll("nav a").forEach((link) => {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  });
  notice();
  return fill(view);
}

document.documentElement.lang = LANGUAGE;
document.querySelectorAll("[data-word]").forEach((place) => (place.textContent = word(place.dataset.word)));
document.querySelectorAll("[data-label]").forEach((place) => place.setAttribute("aria-label", word(place.dataset.label)));
by("views").append(...Object.keys(VIEWS).map((view) => Object.assign(element("a", word(view)), { href: `#${view}` })));
by("door").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, by("key").value.trim());
  by("key").value = "";
  open(here());
});
by("leave").addEventListener("click", () => {
  sessionStorage.removeItem(KEY);
  location.reload();
});
addEventListener("hashchange", () => open(here()));
if (here() !== "overview") standing().catch(() => {});
open(here());
