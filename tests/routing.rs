//! Where requests go: the decisions in `tests/routing/*.json5`, one row each.
//!
//! A file has a `config`, perhaps files of a `home`, and rows in `cases`. A row has a `request` (or a `recorded` one, a path
//! below `tests/cases`), perhaps a `face`, `headers`, the `model` of the path, `tokens` (`counted` has them really counted;
//! without either they must not be asked for), a `size`, what was the `last` usage of the session, what a custom router has
//! `chosen`, the `time` as `[weekday, hour]`. It expects what it `goes` to as `scenario > provider,model`, and perhaps the
//! `rule`, words of the `why` of the check that decided, the list of what is tried `then`; or an `error`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;
use wireloom::{
    gateway::Gateway,
    model::Request,
    routing::{Decision, Moment, Routing, Undecided, View, session_of},
    specs::Face,
    tokens::{Encoding, Tokens, Weights},
};
use wireloom_schema::{config, document::Source};

/// How many decisions there are to show at least.
const LEAST: usize = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    config: Value,
    #[serde(default)]
    home: BTreeMap<String, Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    request: Option<Value>,
    #[serde(default)]
    recorded: Option<String>,
    #[serde(default)]
    face: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    tokens: Option<u64>,
    #[serde(default)]
    counted: bool,
    #[serde(default)]
    size: Option<usize>,
    #[serde(default)]
    last: Option<u64>,
    #[serde(default)]
    chosen: Option<String>,
    #[serde(default)]
    time: Option<(u32, u32)>,
    #[serde(default)]
    goes: Option<String>,
    #[serde(default)]
    rule: Option<String>,
    #[serde(default)]
    why: Option<String>,
    #[serde(default)]
    then: Option<Vec<String>>,
    #[serde(default)]
    error: Option<String>,
}

#[test]
fn requests_go_where_they_should() {
    let (mut count, mut wrong) = (0, Vec::new());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/routing");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let file: File =
            json5::from_str(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let home = tempfile::tempdir().unwrap();
        for (path, content) in &file.home {
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content.as_str().map_or_else(|| content.to_string(), str::to_owned)).unwrap();
        }
        let source = Arc::new(Source { path: name.clone(), text: file.config.to_string() });
        let (config, warnings) = config::read(&source, |_| None).unwrap_or_else(|told| panic!("{name}: {told:?}"));
        // Models that a provider does not list may be asked for all the same.
        let odd: Vec<_> = warnings.iter().filter(|warning| warning.code != "C110").collect();
        assert!(odd.is_empty(), "{name}: {odd:?}");
        let told: Vec<_> = wireloom::routing::check(&config).iter().map(|mistake| mistake.line()).collect();
        assert!(told.is_empty(), "{name}: {told:?}");
        let gateway = Gateway::new(&config).unwrap();
        let routing = Routing::new(&config, &gateway.targets).below(home.path().to_owned());
        for case in &file.cases {
            count += 1;
            if let Err(difference) = held(&routing, case) {
                wrong.push(format!("{name}: {}: {difference}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= LEAST, "only {count} decisions");
    println!("{count} decisions");
}

fn held(routing: &Routing, case: &Case) -> Result<(), String> {
    let (body, mut headers) = body(case);
    for (name, value) in &case.headers {
        headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    let name = case.face.as_deref().unwrap_or("anthropic");
    let face = *Face::ALL.iter().find(|face| face.facts().name == name).unwrap();
    let mut request = face.read_request(&body).map_err(|error| error.to_string())?;
    request.model = case.model.clone().map(Into::into).unwrap_or(request.model);
    let decided = decide(routing, case, face, &request, &headers, case.size.unwrap_or(body.len()));
    let decision = match (decided, &case.error) {
        (Ok(decision), None) => decision,
        (Err(undecided), Some(error)) if undecided.to_string().contains(error) => return Ok(()),
        (Err(undecided), _) => return Err(format!("{undecided:?}")),
        (Ok(decision), Some(_)) => return Err(format!("no error: {decision:?}")),
    };
    let first = decision.first().unwrap();
    let seen = format!("{} > {}", decision.scenario.name(), first.name());
    if case.goes.as_deref() != Some(&seen) {
        return Err(format!("it goes to {seen}: {:#?}", decision.trace.checks()));
    }
    if decision.rule.as_deref() != case.rule.as_deref() {
        return Err(format!("by the rule {:?}", decision.rule));
    }
    let why = &decision.trace.checks().last().unwrap().saw;
    if !why.contains(case.why.as_deref().unwrap_or_default()) {
        return Err(format!("because {why}"));
    }
    let then: Vec<String> = decision.destinations[1..].iter().map(|next| next.name()).collect();
    match &case.then {
        Some(wanted) if *wanted != then => Err(format!("then to {then:?}")),
        _ => Ok(()),
    }
}

/// The body and the headers that were recorded with it.
fn body(case: &Case) -> (String, HeaderMap) {
    let Some(path) = &case.recorded else { return (case.request.clone().unwrap().to_string(), HeaderMap::new()) };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(path);
    let text = fs::read_to_string(&path).unwrap();
    let recorded: Value = serde_json::from_str(&text).unwrap();
    let headers = recorded.get("headers").and_then(Value::as_object).into_iter().flatten();
    let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.as_str().unwrap().parse().unwrap()));
    (recorded.get("body").map_or(text, Value::to_string), headers.collect())
}

fn decide(
    routing: &Routing,
    case: &Case,
    face: Face,
    request: &Request<'_>,
    headers: &HeaderMap,
    size: usize,
) -> Result<Decision, Undecided> {
    let session = session_of(request, headers);
    let scope = session.as_deref().map_or_else(|| routing.general(), |session| routing.scope_of(session));
    let (weekday, hour) = case.time.unwrap_or_default();
    let view = View {
        request,
        face,
        headers,
        size,
        session: session.as_deref(),
        project: scope.project.as_deref(),
        last_input: case.last,
        chosen: case.chosen.as_deref(),
        now: Moment { hour, weekday },
        count: || {
            case.tokens.or_else(|| {
                case.counted
                    .then(|| Tokens::default().count_now(request, &Encoding::of_model("").into(), &Weights::USUAL))
            })
        },
    };
    routing.decide(&scope.routes, &view, true)
}
