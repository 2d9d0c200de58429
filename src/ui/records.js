"use strict";
// What was asked and what became of it; and what it took, in all.
const OUTCOMES = { completed: "good", failed: "bad", cancelled: "fair" };
const MOST = 200;
// The records whose details are shown, by their times and durations.
const opened = new Set();
let records = [];

function rowsOf(record) {
  const id = `${record.time} ${record.duration_ms}`, row = element("tr"), more = element("tr", null, "more");
  const button = element("button", null, "fold"), details = element("td"), list = element("dl", null, "pairs");
  button.append(moment(record.time));
  button.setAttribute("aria-label", `${word("details")} ${record.time}`);
  const unfold = () => {
    more.hidden = !opened.has(id);
    button.setAttribute("aria-expanded", String(!more.hidden));
    if (!more.hidden && !list.childElementCount) pairs(list, Object.entries(record).map(([name, value]) => [name.replaceAll("_", " "), value]));
  };
  button.addEventListener("click", () => {
    opened.delete(id) || opened.add(id);
    unfold();
  });
  unfold();
  const outcome = under("", record.error || record.finish);
  outcome.prepend(badge(record.status && record.outcome === "failed" ? `${record.outcome} ${record.status}` : record.outcome, OUTCOMES[record.outcome] || "faint"));
  const tokens = isNone(record.input) && isNone(record.output) ? "" : `${number(record.input) || "–"} / ${number(record.output) || "–"}${record.estimated ? " ~" : ""}`;
  row.append(...cells([
    button, outcome, under(record.requested || record.kind, record.scenario === record.rule || !record.rule ? record.scenario : `${record.scenario} · ${record.rule}`),
    under(record.model, [record.provider, record.attempts > 1 ? `${record.attempts}×` : ""].filter(Boolean).join(" "), record.tried),
    tokens, dollars(record.cost), under(millis(record.duration_ms), millis(record.first_byte_ms)), under(record.client, record.key),
  ], (at) => ([4, 5, 6].includes(at) ? "number" : "")));
  details.colSpan = 8;
  details.append(list);
  more.append(details);
  return [row, more];
}

function listed() {
  const only = by("requests-only").value.toLowerCase();
  const found = records.filter((record) => !only || Object.values(record).join(" ").toLowerCase().includes(only));
  table(by("requests"), ["time", "outcome", "request", "served", "tokens", "cost", "took", "caller"].map(word), found.flatMap(rowsOf), { numbers: [4, 5, 6] });
}

VIEWS.requests = {
  fresh: 5000,
  async show() {
    const kind = by("requests-kind").value;
    records = await data(`/api/requests?limit=${MOST}&since=${by("requests-since").value}${kind ? `&kind=${kind}` : ""}`);
    // Whoever stands in the table stays there; it is read anew when they leave it.
    if (!by("requests").contains(document.activeElement)) listed();
  },
};

VIEWS.usage = {
  fresh: 15000,
  async show() {
    const rows = await data(`/api/usage?since=${by("usage-since").value}&by=${by("usage-by").value}`);
    const sum = (name) => rows.reduce((sum, row) => sum + (row[name] || 0), 0);
    const all = sum("input") + sum("output");
    const share = (row) => {
      const made = Object.assign(element("progress"), { max: all || 1, value: row.input + row.output });
      made.setAttribute("aria-label", word("share"));
      return made;
    };
    const line = (name, row, last) => [name, number(row.requests), number(row.failed), number(row.input), number(row.cache_read), number(row.output),
      under(dollars(row.cost), row.unpriced ? `${number(row.unpriced)} ${word("unpriced")}` : ""), last];
    const names = ["requests", "failed", "input", "cache_read", "output", "cost", "unpriced"];
    const total = element("tr", null, "total"), numbers = [1, 2, 3, 4, 5, 6];
    total.append(...cells(line(word("total"), Object.fromEntries(names.map((name) => [name, sum(name)])), ""), (at) => (numbers.includes(at) ? "number" : "")));
    const heads = [word(by("usage-by").value), ...["number", "failed", "input", "cached", "output", "cost", "share"].map(word)];
    table(by("usage"), heads, rows.length ? [...rows.map((row) => line(row.name || "–", row, share(row))), total] : [], { numbers });
  },
};

document.querySelectorAll(".spans").forEach((select) => options(select, [["1h", word("hour")], ["1d", word("day")], ["7d", word("week")], ["30d", word("month")]]));
by("requests-since").value = "1d";
by("usage-since").value = "30d";
options(by("requests-kind"), [["answer", word("answer")], ["count", word("count")], ["refusal", word("refusal")], ["", word("all")]]);
options(by("usage-by"), ["model", "key", "session", "project", "day"].map((name) => [name, word(name)]));
["requests-since", "requests-kind"].forEach((id) => by(id).addEventListener("change", told(VIEWS.requests.show)));
["usage-since", "usage-by"].forEach((id) => by(id).addEventListener("change", told(VIEWS.usage.show)));
by("requests-only").addEventListener("input", listed);
