"use strict";
// How the service and its providers are doing, and where requests go.
const health = (provider) => {
  const { open, open_seconds: seconds, failures } = provider.health;
  if (open) return badge(`${word("breaker")}${seconds ? `, ${span(seconds)}` : ""}`, "bad");
  return failures ? badge(`${number(failures)} ${word("failures")}`, "fair") : badge(word("well"), "good");
};

function keysOf(keys) {
  const refused = keys.filter((key) => key.refused).length, resting = keys.filter((key) => !key.refused && key.resting.length).length;
  const made = element("span", keys.length);
  if (refused) made.append(" ", badge(`${refused} ${word("keys_refused")}`, "bad"));
  if (resting) made.append(" ", badge(`${resting} ${word("keys_resting")}`, "fair"));
  return made;
}

// Those of few models tell them; of many the first, and the others when that is wanted.
function modelsOf(names) {
  const FEW = 3;
  if (names.length <= FEW) return element("span", names.join(", "));
  const made = element("details"), first = names.slice(0, FEW - 1).join(", ");
  made.append(element("summary", `${first} +${names.length - FEW + 1}`), element("span", names.slice(FEW - 1).join(", ")));
  return made;
}

async function standing() {
  const state = await data("/health"), config = state.config || {};
  const up = state.started_at ? ` · ${word("ago")} ${span(Math.max(0, (Date.now() - Date.parse(state.started_at)) / 1000))}` : "";
  life(true, word("running") + up);
  const mistake = config.error?.message || config.error;
  const told = mistake ? element("p", word("error") + mistake, "callout bad") : config.path ? null : element("p", word("simulation"), "callout fair");
  by("standing").replaceChildren(...(told ? [told] : []));
  return state;
}

// Sections that stay open, and the reader's place, survive what is read anew.
function providers(listed, config) {
  const open = new Set([...by("providers").querySelectorAll("tr:has(details[open])")].map((row) => row.dataset.name));
  const rows = listed.map((provider) => {
    const row = element("tr"), models = modelsOf(provider.models.map((model) => model.name));
    row.dataset.name = provider.name;
    if (open.has(provider.name)) models.open = true;
    row.append(...cells([under(provider.name, provider.url), provider.spec, health(provider), keysOf(provider.keys), models]));
    return row;
  });
  const known = new Set(listed.map((provider) => provider.name));
  const all = config?.Providers || config?.providers || [];
  const others = (Array.isArray(all) ? all : []).filter((provider) => provider.enabled === false && !known.has(provider.name))
    .map((provider) => [under(provider.name, provider.api_base_url), "", badge(word("switched_off"), "faint"), "", modelsOf(provider.models || [])]);
  table(by("providers"), ["name", "spec", "health", "keys", "models"].map(word), [...rows, ...others], { empty: word("no_providers") });
}

function routes(config) {
  const router = Object.entries(config?.Router || {}).filter(([, to]) => typeof to === "string" && to.includes(","));
  const fallback = config?.fallback || {};
  const rules = (config?.rules || []).filter((rule) => rule.when).map((rule) => [under(rule.name || word("rule"), rule.when), rule.to, (rule.fallback || []).join(", ")]);
  const rows = router.map(([scenario, to]) => [scenario, to, (fallback[scenario] || fallback.default || []).filter((other) => other !== to).join(", ")]);
  table(by("routes"), ["scenario", "goes_to", "then"].map(word), [...rules, ...rows], { empty: word("no_routes") });
}

VIEWS.overview = {
  fresh: 5000,
  async show() {
    const state = await standing();
    // First and alone: whoever has no key is refused once.
    const { providers: listed } = await data("/api/providers");
    // Where there is no configuration or no record, the rest is told all the same.
    const [presets, config, usage] = await Promise.all(["/api/presets", "/api/config", "/api/usage?since=1d&by=day"].map((path) =>
      data(path).catch((error) => {
        if (error.status) return null;
        throw error;
      })));
    const sum = (name) => (usage || []).reduce((sum, row) => sum + (row[name] || 0), 0);
    const failed = sum("failed"), records = badge(word(state.records), state.records === "failing" ? "bad" : "good");
    pairs(by("tiles"), [
      [word("last_day"), number(sum("requests")) + (failed ? ` (${number(failed)} ${word("failed_of")})` : "")],
      [word("tokens_day"), `${compact.format(sum("input"))} / ${compact.format(sum("output"))}`],
      [word("cost_day"), dollars(sum("cost"))],
      [word("records_state"), state.records === "off" ? badge(word("off"), "faint") : records],
      [word("version"), state.version],
      [word("loaded"), state.config?.loaded_at ? moment(state.config.loaded_at) : ""],
      [word("file"), state.config?.path, "path"],
    ]);
    providers(listed, config);
    routes(config);
    table(by("presets"), [word("name"), word("path"), word("description")], (presets?.presets || []).map((preset) => [
      under(preset.name, preset.version), `/preset/${preset.id}`, preset.description,
    ]), { empty: word("no_presets") });
  },
};
