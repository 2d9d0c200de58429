"use strict";
// Where a request would go, and why.
async function explain() {
  let body;
  try {
    body = JSON.parse(by("request").value);
  } catch (error) {
    return notice(error.message, "bad");
  }
  by("explanation").hidden = true;
  const told = await data("/api/explain", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ body }) });
  notice();
  const [first, ...others] = told.candidates.map((one) => `${one.provider},${one.model}`);
  pairs(by("outcome"), [[word("goes_to"), first, "strong"], [word("then"), others.join(", ")], [word("scenario"), told.scenario], [word("rule"), told.rule],
    [word("face"), told.face], [word("input_tokens"), number(told.tokens)], [word("price"), dollars(told.candidates[0]?.price?.this_input)], [word("lost"), told.lost.join(", "), "fair"]]);
  by("checks").replaceChildren(...told.checks.map((check) => {
    const item = element("li", null, check.holds ? "holds" : "");
    item.append(element("b", `${check.holds ? "✓" : "–"} ${check.check}`), ` ${check.saw ?? ""}`);
    return item;
  }));
  by("sent").textContent = JSON.stringify(told.upstream, null, 2);
  by("explanation").hidden = false;
}

VIEWS.explain = { async show() {} };

by("ask").addEventListener("click", told(explain));
by("request").addEventListener("keydown", (event) => (event.ctrlKey || event.metaKey) && event.key === "Enter" && by("ask").click());
by("request").value = JSON.stringify({ model: "claude-sonnet-4-5", max_tokens: 100, messages: [{ role: "user", content: "Hello?" }] }, null, 2);
