"use strict";
// The log: its last lines, where there is a file, and each line as it comes.
const LINES = 2000;
const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];
const COLORS = { WARN: "fair", ERROR: "bad" };
let lines = [], stream = null;

// A line of the log as it is read: when, how grave, what, and with which particulars.
function read(line) {
  try {
    const { timestamp, level, fields: { message, ...rest } = {}, target } = JSON.parse(line);
    const told = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`).join("  ");
    return { line, timestamp, level, message: message || target, told };
  } catch {
    return { line, level: "INFO", message: line, told: "" };
  }
}

function shownLine({ timestamp, level, message, told, line }) {
  const made = element("p"), at = timestamp ? moment(timestamp) : element("time");
  made.title = line;
  made.append(at, " ", element("b", level, COLORS[level] || ""), " ", message, " ", element("small", told));
  return made;
}

const isWanted = ({ line, level }) =>
  LEVELS.indexOf(level) >= by("log-level").selectedIndex && line.toLowerCase().includes(by("log-only").value.toLowerCase());

// Who reads the end follows it; who has scrolled back stays there.
function following(change) {
  const log = by("log"), follows = log.scrollTop + log.clientHeight >= log.scrollHeight - 40;
  change(log);
  if (follows) log.scrollTop = log.scrollHeight;
}

function filled() {
  const wanted = lines.filter(isWanted);
  following((log) => log.replaceChildren(...(wanted.length ? wanted.map(shownLine) : [element("p", word("waiting"), "hint")])));
}

function logged(line) {
  lines = [...lines.slice(1 - LINES), read(line)];
  if (!isWanted(lines.at(-1))) return;
  following((log) => {
    log.querySelector(".hint")?.remove();
    log.append(shownLine(lines.at(-1)));
    if (log.childElementCount > LINES) log.firstElementChild.remove();
  });
}

async function listen(signal) {
  const answer = await ask("/api/logs/stream", { signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    const pieces = (rest + value).split("\n");
    rest = pieces.pop();
    pieces.filter((line) => line.startsWith("data:")).forEach((line) => logged(line.slice(5).trim()));
  }
}

VIEWS.log = {
  // A service that begins anew ends the stream: it is listened to again.
  fresh: 3000,
  async show() {
    if (stream) return;
    const own = (stream = new AbortController());
    try {
      if (!lines.length) lines = (await data("/api/logs", { signal: own.signal })).slice(-LINES).map(read);
      filled();
      listen(own.signal).catch((error) => error.name !== "AbortError" && life(false, word("unanswered"))).finally(() => stream === own && (stream = null));
    } catch (error) {
      stream = null;
      throw error;
    }
  },
  sleep() {
    stream?.abort();
    stream = null;
  },
};

options(by("log-level"), LEVELS.map((level) => [level, level.toLowerCase()]));
by("log-level").addEventListener("change", filled);
by("log-only").addEventListener("input", filled);
by("log-clear").addEventListener("click", () => {
  lines = [];
  filled();
});
