"use strict";
// The page has no data of its own: all comes from the service's API with the key that is typed in, and is shown as text.
const VIEWS = ["overview", "configuration", "requests", "usage", "log", "explain"];
const KEY = "wireloom-key";
const by = (id) => document.getElementById(id);

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = String(text);
  if (className) made.className = className;
  return made;
}

function notice(text, className) {
  by("notice").textContent = text || "";
  by("notice").className = className || "";
  by("notice").hidden = !text;
}

// Asks the service. An answer that is none throws what is wrong with it, with the problems it tells.
async function ask(path, options = {}) {
  const key = sessionStorage.getItem(KEY);
  const headers = { ...(options.headers || {}), ...(key ? { authorization: `Bearer ${key}` } : {}) };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(word("unreachable"));
  }
  if (answer.ok) return answer;
  if (answer.status === 401) throw new Error(word(key ? "refused" : "needs_key"));
  const told = await answer.json().catch(() => ({}));
  const wrong = new Error(told.error?.message || (answer.status === 403 ? word("refused") : `HTTP ${answer.status}`));
  wrong.status = answer.status;
  wrong.problems = told.error?.problems || [];
  throw wrong;
}

function pairs(list, entries) {
  list.replaceChildren(...entries.filter(([, value]) => value !== undefined && value !== null && value !== "")
    .flatMap(([name, value, className]) => [element("dt", name), element("dd", value, className)]));
}

function table(place, rows, columns) {
  if (!rows.length) return place.replaceChildren(element("p", word("nothing"), "hint"));
  const names = columns || Object.keys(rows[0]).filter((name) => rows.some((row) => row[name] !== null && row[name] !== undefined));
  const made = element("table"), head = element("tr"), body = element("tbody");
  head.append(...names.map((name) => element("th", name.replaceAll("_", " "))));
  for (const row of rows) {
    const line = element("tr");
    line.append(...names.map((name) => {
      const value = row[name], number = typeof value === "number";
      const cell = element("td", number && !Number.isInteger(value) ? value.toFixed(4) : value, number ? "number" : "");
      if (value === "failed") cell.classList.add("bad");
      return cell;
    }));
    body.append(line);
  }
  made.append(element("thead"), body);
  made.tHead.append(head);
  place.replaceChildren(made);
}

const show = {
  async overview() {
    const health = await (await ask("/health")).json();
    const config = health.config || {};
    pairs(by("standing"), [[word("version"), health.version], [word("file"), config.path], [word("generation"), config.generation],
      [word("loaded"), config.loaded_at || config.loaded], [word("error"), config.error?.message || config.error, "bad"]]);
    const { providers } = await (await ask("/api/providers")).json();
    table(by("providers"), providers.map((provider) => {
      const { open, open_seconds: seconds, failures } = provider.health;
      const state = open ? `${word("left_alone")}${seconds ? ` (${seconds} ${word("seconds")})` : ""}` : failures ? `${failures} ✕` : word("well");
      return { name: provider.name, spec: provider.spec, url: provider.url, health: state, keys: provider.keys.length,
        models: provider.models.map((model) => model.name).join(", ") };
    }));
  },
  async configuration() {
    if (!isChanged()) await readText();
  },
  async requests() {
    const since = encodeURIComponent(by("requests-since").value || "1d");
    const rows = await (await ask(`/api/requests?limit=200&since=${since}`)).json();
    table(by("requests"), rows, rows.length ? undefined : []);
  },
  async usage() {
    const since = encodeURIComponent(by("usage-since").value || "30d");
    table(by("usage"), await (await ask(`/api/usage?since=${since}&by=${by("usage-by").value}`)).json());
  },
  async log(signal) {
    const answer = await ask("/api/logs/stream", { signal });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      lines.filter((line) => line.startsWith("data:")).forEach((line) => logged(line.slice(5).trim()));
    }
  },
  async explain() {},
};

const LINES = 2000;
let lines = [];
function logged(line) {
  lines = [...lines.slice(1 - LINES), line];
  const only = by("log-only").value.toLowerCase(), log = by("log");
  const follows = log.scrollTop + log.clientHeight >= log.scrollHeight - 40;
  log.textContent = lines.filter((line) => line.toLowerCase().includes(only)).join("\n");
  if (follows) log.scrollTop = log.scrollHeight;
}

let written = "", mark = null, lineEnd = "\n";
const isChanged = () => by("text").value !== written;
async function readText() {
  const answer = await ask("/api/config?format=json5");
  mark = answer.headers.get("etag");
  const text = await answer.text();
  // A browser's field has line ends of its own.
  lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  by("text").value = text;
  written = by("text").value;
  by("problems").replaceChildren();
}

function problems(list) {
  by("problems").replaceChildren(...list.map((problem) => {
    const item = element("li"), words = `${problem.line}:${problem.column} ${problem.message}${problem.help ? ` (${problem.help})` : ""}`;
    const button = element("button", words, problem.severity === "error" ? "bad" : "fair");
    button.addEventListener("click", () => {
      const text = by("text"), rows = text.value.split("\n");
      const at = (line, column) => rows.slice(0, line - 1).reduce((sum, row) => sum + row.length + 1, 0) + column - 1;
      text.focus();
      text.setSelectionRange(at(problem.line, problem.column), at(problem.end_line, problem.end_column));
    });
    item.append(button);
    return item;
  }));
}

async function save() {
  const headers = { "content-type": "application/json5", "if-match": mark || "*" };
  try {
    const answer = await ask("/api/config", { method: "PUT", headers, body: by("text").value.replaceAll("\n", lineEnd) });
    const saved = await answer.json();
    await readText();
    problems(saved.warnings || []);
    const restart = saved.restart || [];
    notice(restart.length ? word("restart") + restart.join(", ") : word("saved"), restart.length ? "fair" : "good");
  } catch (error) {
    problems(error.problems || []);
    notice(error.status === 412 ? word("stale") : error.message, "bad");
  }
}

async function explain() {
  let body;
  try {
    body = JSON.parse(by("request").value);
  } catch (error) {
    return notice(error.message, "bad");
  }
  notice("");
  const headers = { "content-type": "application/json" };
  const told = await (await ask("/api/explain", { method: "POST", headers, body: JSON.stringify({ body }) })).json();
  const [first, ...others] = told.candidates.map((one) => `${one.provider},${one.model}`);
  const checks = told.checks.map((check) => Object.values(check).filter((value) => typeof value !== "object").join(": "));
  pairs(by("explanation"), [[word("scenario"), told.scenario], [word("rule"), told.rule], [word("tokens"), told.tokens],
    [word("goes_to"), first], [word("then"), others.join(", ")], [word("lost"), told.lost.join(", "), "fair"], [word("checks"), checks.join("; ")]]);
  by("sent").textContent = JSON.stringify(told.upstream, null, 2);
  by("sent").hidden = false;
}

let leaving = null;
async function open(view) {
  leaving?.abort();
  const own = (leaving = new AbortController());
  document.querySelectorAll("section").forEach((section) => (section.hidden = section.dataset.view !== view));
  document.querySelectorAll("nav button").forEach((button) => {
    if (button.dataset.view === view) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  });
  notice("");
  try {
    await show[view](own.signal);
  } catch (error) {
    if (error.name !== "AbortError" && leaving === own) notice(error.message, "bad");
  }
}

const here = () => (VIEWS.includes(location.hash.slice(1)) ? location.hash.slice(1) : VIEWS[0]);
const told = (work) => () => work().catch((error) => notice(error.message, "bad"));

document.documentElement.lang = LANGUAGE;
document.querySelectorAll("[data-word]").forEach((place) => (place.textContent = word(place.dataset.word)));
document.querySelectorAll("[data-label]").forEach((place) => place.setAttribute("aria-label", word(place.dataset.label)));
by("views").append(...VIEWS.map((view) => {
  const button = element("button", word(view));
  button.dataset.view = view;
  button.addEventListener("click", () => (location.hash = view));
  return button;
}));
by("key").value = sessionStorage.getItem(KEY) || "";
by("door").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, by("key").value.trim());
  open(here());
});
by("save").addEventListener("click", save);
by("reload").addEventListener("click", told(async () => {
  if (!isChanged() || confirm(word("unsaved"))) await readText();
}));
by("requests-read").addEventListener("click", told(show.requests));
by("usage-read").addEventListener("click", told(show.usage));
by("log-clear").addEventListener("click", () => {
  lines = [];
  by("log").textContent = "";
});
by("ask").addEventListener("click", told(explain));
by("request").value = JSON.stringify({ model: "claude-sonnet-4-5", max_tokens: 100, messages: [{ role: "user", content: "Hello?" }] }, null, 2);
addEventListener("hashchange", () => open(here()));
addEventListener("beforeunload", (event) => isChanged() && event.preventDefault());
open(here());
