"use strict";
// The configuration's file: looking at it, and writing another text in its place.
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
  problems([]);
}

// The numbers of the lines, those with problems marked, and whether there is something to save.
let marked = new Map(), numbered = "";
function edited() {
  by("save").disabled = !isChanged();
  by("state").textContent = isChanged() ? word("changed") : "";
  const count = by("text").value.split("\n").length, now = `${count} ${[...marked]}`;
  if (now === numbered) return;
  numbered = now;
  by("lines").replaceChildren(...Array.from({ length: count }, (_, at) => element("span", `${at + 1}\n`, marked.get(at + 1))));
}

function problems(list) {
  marked = new Map(list.map((problem) => [problem.line, problem.severity === "error" ? "bad" : "fair"]));
  by("problems").replaceChildren(...list.map((problem) => {
    const item = element("li"), words = `${problem.line}:${problem.column} ${problem.message}${problem.help ? ` (${problem.help})` : ""}`;
    const button = element("button", words, problem.severity === "error" ? "bad" : "fair");
    button.type = "button";
    button.addEventListener("click", () => select(problem));
    item.append(button);
    return item;
  }));
  edited();
}

// Shows the place of a problem.
function select(problem) {
  const text = by("text"), rows = text.value.split("\n");
  const at = (line, column) => rows.slice(0, line - 1).reduce((sum, row) => sum + row.length + 1, 0) + column - 1;
  text.focus();
  text.setSelectionRange(at(problem.line, problem.column), at(problem.end_line, problem.end_column));
  text.scrollTop = (text.scrollHeight / rows.length) * (problem.line - 1) - text.clientHeight / 2;
}

async function save() {
  if (!isChanged()) return;
  by("save").disabled = true;
  const put = () => data("/api/config", {
    method: "PUT", headers: { "content-type": "application/json5", "if-match": mark || "*" }, body: by("text").value.replaceAll("\n", lineEnd),
  });
  try {
    const saved = await put().catch(async (error) => {
      if (error.status !== 412) throw error;
      if (!confirm(word("stale"))) throw new Error(word("not_saved"));
      mark = (await ask("/api/config?format=json5")).headers.get("etag");
      return put();
    });
    await readText();
    problems(saved.warnings || []);
    const restart = saved.restart || [];
    notice(restart.length ? word("restart") + restart.join(", ") : word("saved"), restart.length ? "fair" : "good");
  } catch (error) {
    const found = error.problems || [];
    problems(found);
    notice(found.length ? word("mistakes") + found.length : error.message, "bad");
    if (error.locked) lock(error);
  }
}

VIEWS.configuration = {
  async show() {
    if (!isChanged()) await readText();
  },
};

by("save").addEventListener("click", save);
by("reload").addEventListener("click", told(async () => {
  if (isChanged() && !confirm(word("unsaved"))) return;
  await readText();
  notice();
}));
by("text").addEventListener("input", edited);
by("text").addEventListener("scroll", () => (by("lines").scrollTop = by("text").scrollTop));
by("text").addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    save();
  }
});
addEventListener("beforeunload", (event) => isChanged() && event.preventDefault());
