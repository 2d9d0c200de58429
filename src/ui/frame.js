"use strict";
// What all views share. The page has no data of its own: all comes from the service's API with the key that is typed in,
// and is shown as text.
const KEY = "wireloom-key";
const by = (id) => document.getElementById(id);
// The views by their names, in their order: `show` fills one when it is opened, and again where `fresh` is set; `sleep`
// ends what it has going on.
const VIEWS = {};

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
  delete by("notice").dataset.passing;
}

// Work that tells what goes wrong with it.
const told = (work) => () => work().catch((error) => (error.locked ? lock(error) : notice(error.message, "bad")));

// Whether the service answers, which the head of the page tells.
function life(is, told) {
  if (by("life").textContent === told) return;
  by("life").className = is ? "good" : "bad";
  by("life").textContent = told;
}

// Asks the service. An answer that is none throws what is wrong with it, with the problems it tells.
async function ask(path, options = {}) {
  const key = sessionStorage.getItem(KEY);
  const headers = { ...(options.headers || {}), ...(key ? { authorization: `Bearer ${key}` } : {}) };
  const wrong = (message, known) => Object.assign(new Error(message), known);
  let answer;
  try {
    answer = await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    life(false, word("unanswered"));
    throw wrong(word("unreachable"), { unreachable: true });
  }
  if (by("life").className === "bad") life(true, word("running"));
  if (answer.ok) return answer;
  if (answer.status === 401) throw wrong(key ? word("wrong_key") : "", { locked: true });
  const told = await answer.json().catch(() => ({}));
  const message = answer.status === 403 ? word("refused") : told.error?.message || `HTTP ${answer.status}`;
  throw wrong(message, { status: answer.status, problems: told.error?.problems || [] });
}
const data = async (path, options) => (await ask(path, options)).json();

const plain = new Intl.NumberFormat(LANGUAGE);
const compact = new Intl.NumberFormat(LANGUAGE, { notation: "compact", maximumFractionDigits: 1 });
const isNone = (value) => value === undefined || value === null || value === "";
const number = (value) => (isNone(value) ? "" : plain.format(value));
const dollars = (value) => (isNone(value) ? "" : `$${value.toLocaleString(LANGUAGE, value && value < 1 ? { maximumSignificantDigits: 3 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`);
const span = (seconds) => (seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : seconds < 129600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`);
const millis = (value) => (isNone(value) ? "" : value < 1000 ? `${value} ms` : `${(value / 1000).toFixed(1)} s`);

// A moment as the reader's clock shows it; the whole of it as a title.
function moment(text) {
  const made = element("time"), at = new Date(text), today = at.toDateString() === new Date().toDateString();
  made.textContent = today ? at.toLocaleTimeString(LANGUAGE, { hour12: false }) : at.toLocaleString(LANGUAGE, { dateStyle: "short", timeStyle: "short", hour12: false });
  made.dateTime = made.title = text;
  return made;
}

function pairs(list, entries) {
  list.replaceChildren(...entries.filter(([, value]) => !isNone(value)).map(([name, value, className]) => {
    const pair = element("div"), told = element("dd", value instanceof Node ? null : value, className);
    if (value instanceof Node) told.append(value);
    pair.append(element("dt", name), told);
    return pair;
  }));
}

// A table of rows: what stands in them is text or elements; `numbers` says which columns are numbers.
function table(place, heads, rows, { numbers = [], empty = word("nothing") } = {}) {
  if (!rows.length) return place.replaceChildren(element("p", empty, "hint"));
  const made = element("table"), head = element("tr"), body = element("tbody");
  const kind = (at) => (numbers.includes(at) ? "number" : "");
  head.append(...heads.map((name, at) => Object.assign(element("th", name, kind(at)), { scope: "col" })));
  for (const row of rows) {
    const line = row instanceof Node ? row : element("tr");
    if (line !== row) line.append(...cells(row, kind));
    body.append(line);
  }
  made.append(element("thead"), body);
  made.tHead.append(head);
  place.replaceChildren(made);
}

const cells = (row, kind = () => "") => row.map((value, at) => {
  const cell = element("td", value instanceof Node ? null : value, kind(at));
  if (value instanceof Node) cell.append(value);
  return cell;
});

function options(select, entries) {
  select.replaceChildren(...entries.map(([value, text]) => Object.assign(element("option", text), { value })));
}

const badge = (text, className) => element("span", text, `badge ${className}`);
const under = (text, note, title) => {
  const made = element("div", text);
  if (note) made.append(Object.assign(element("small", note), { title: title || "" }));
  return made;
};
