//! What no answer may hold, and who gets which: all that the OpenAPI document tells of, asked.

use serde_json::{Value, json};

use super::{
    CHAT,
    admin_openapi::UNASKED,
    chat_answer, question,
    support::{gateway::Gateway, upstream::Upstream},
};

/// Values that stand in a configuration wherever a secret may.
const SECRETS: [&str; 21] = [
    "zq-main",
    "zq-ci",
    "zq-provider",
    "zq-second",
    "zq-header",
    "zq-login",
    "zq-proxy",
    "zq-query",
    "zq-other-proxy",
    "zq-count",
    "zq-count-header",
    "zq-hook",
    "zq-hook-password",
    "zq-cloud",
    "zq-session",
    "zq-comment",
    "zq-default",
    "zq-variable",
    "zq-dot-env",
    "zq-credentials",
    "zq-option",
];

fn text(upstream: &Upstream) -> String {
    format!(
        "// zq-comment was a key once
{{
  APIKEY: 'zq-main',
  keys: [{{ name: 'ci', key: 'zq-ci' }}, {{ name: 'eye', key: 'eye', scopes: ['read'] }}, {{ name: 'talk', key: 'talk' }}],
  PROXY_URL: 'http://zq-login:zq-proxy@127.0.0.1:9/',
  NO_PROXY: '127.0.0.1',
  AWS_SECRET_ACCESS_KEY: 'zq-cloud', AWS_SESSION_TOKEN: 'zq-session',
  GOOGLE_APPLICATION_CREDENTIALS: '{{\"private_key\":\"zq-credentials\"}}',
  Providers: [
    {{ name: 'one', api_base_url: 'http://{0}/v1/chat/completions', api_key: 'zq-provider', api_keys: ['zq-second', '${{UNSET:-zq-default}}'],
      models: ['m'], headers: {{ 'x-secret': 'zq-header' }}, proxy: 'http://u:zq-other-proxy@127.0.0.1:9/', enabled: true,
      tokenizer: {{ default: {{ type: 'api', url: 'http://127.0.0.1:9/count', apiKey: 'zq-count', headers: {{ 'x-c': 'zq-count-header' }} }} }} }},
    {{ name: 'two', api_base_url: 'http://{0}/v1/chat/completions?token=zq-query', api_key: '$VARIABLE', models: ['n'],
      transformer: {{ use: [['customparams', {{ api_key: 'zq-option' }}]] }} }},
    {{ name: 'three', api_base_url: 'http://{0}/v1/chat/completions', api_key: '${{FROM_FILE}}', models: ['o'] }},
  ],
  plugins: [{{ name: 'token-speed', enabled: true, options: {{ outputHandlers: [{{ type: 'webhook', options: {{ url: 'http://127.0.0.1:9/',
    auth: {{ type: 'bearer', token: 'zq-hook' }}, headers: {{ 'x-h': 'zq-hook-password' }} }} }}] }} }}],
  Router: {{ default: 'two,n' }},
}}",
        upstream.address
    )
}

fn started() -> (Upstream, Gateway) {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::written(&text(&upstream), &[("VARIABLE", "zq-variable"), ("FROM_FILE", "zq-dot-env")]);
    (upstream, gateway)
}

/// All that the document tells of, with something in the places of names.
fn operations(gateway: &Gateway) -> Vec<(String, String, Value)> {
    let document = gateway.get("/api/openapi.json", &[("x-api-key", "eye")]);
    assert_eq!(document.status(), 200, "{}", document.everything());
    let document = document.json();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let path = path
                .replace("{id}", "two")
                .replace("{preset}", "none")
                .replace("{model}", "m")
                .replace("{name}", "groq");
            found.push((method.to_uppercase(), path, operation["security"].clone()));
        }
    }
    assert!(found.len() > 40, "{}", found.len());
    found
}

/// Defects 4 and 52, of each answer that there is.
#[test]
fn no_answer_holds_a_secret() {
    let (_upstream, gateway) = started();
    gateway.post(CHAT, &[("x-api-key", "talk")], question("any", false));
    let mut asked = 0;
    for (method, path, _) in operations(&gateway) {
        if method != "GET" || UNASKED.contains(&path.as_str()) {
            continue;
        }
        for query in ["", "?format=json5", "?effective=true", "?format=csv", "?format=jsonl"] {
            let answer = gateway.get(&(path.clone() + query), &[("x-api-key", "zq-main")]);
            assert!(answer.status() < 500, "{path}{query}: {}", answer.everything());
            for secret in SECRETS {
                assert!(!answer.everything().contains(secret), "{secret} at {path}{query}: {}", answer.everything());
            }
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
    let explain = json!({ "body": { "model": "one,m", "messages": [{ "role": "user", "content": "Hi" }] } });
    let explained = gateway.post("/api/explain", &[("x-api-key", "zq-main")], explain.to_string());
    assert_eq!(explained.status(), 200, "{}", explained.everything());
    for secret in SECRETS {
        assert!(!explained.everything().contains(secret), "{secret}: {}", explained.everything());
        assert!(!gateway.logged().contains(secret), "{secret} is in the log");
    }
}

/// Each operation asks for the scope that the document tells, and a key without it is turned away.
#[test]
fn keys_open_what_the_document_says() {
    let (_upstream, gateway) = started();
    for (method, path, security) in operations(&gateway) {
        if UNASKED.contains(&path.as_str()) {
            continue;
        }
        let status = |key: &str| gateway.connect().begin(&method, &path, &[("x-api-key", key)], b"{").status();
        let scopes: Vec<&str> = security
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|way| way.as_object().unwrap().values())
            .map(|scopes| scopes[0].as_str().unwrap())
            .collect();
        let Some(scope) = scopes.first() else {
            assert_ne!(status(""), 401, "{method} {path}");
            continue;
        };
        assert!(scopes.iter().all(|other| other == scope));
        assert_eq!(status(""), 401, "{method} {path}");
        let (reader, talker) = (status("eye") == 403, status("talk") == 403);
        let expected = match *scope {
            "inference" => (true, false),
            "read" => (false, true),
            "admin" => (true, true),
            other => panic!("{other}"),
        };
        assert_eq!((reader, talker), expected, "{method} {path} {scope}");
    }
}

/// Defect 5: errors were told with the stack. Here they have one form, whatever the client speaks.
#[test]
fn errors_have_one_form_and_tell_nothing_of_the_machine() {
    let (_upstream, gateway) = started();
    let wrong = [
        ("GET", "/api/nothing", ""),
        ("POST", "/api/matrix", ""),
        ("PUT", "/api/config", "{"),
        ("POST", "/api/config", "{"),
        ("POST", "/api/explain", "{"),
        ("POST", "/providers", "{"),
        ("PATCH", "/providers/two/toggle", "5"),
        ("GET", "/api/requests?limit=x", ""),
        ("GET", "/api/presets/nobody", ""),
        ("PUT", "/api/logs/level", "{\"level\":\"loud\"}"),
    ];
    for (method, path, body) in wrong {
        for marks in [&[][..], &[("anthropic-version", "2023-06-01")], &[("x-goog-api-key", "zq-main")]] {
            let headers = [&[("authorization", "Bearer zq-main")], marks].concat();
            let answer = gateway.connect().ask(method, path, &headers, body.as_bytes());
            assert!((400..500).contains(&answer.status()), "{method} {path}: {}", answer.everything());
            let error = answer.json()["error"].clone();
            assert!(error["type"].is_string() && error["message"].is_string(), "{method} {path}: {}", answer.text());
            let home = gateway.home().display().to_string();
            for word in [".rs", "backtrace", "panicked", "    at ", &*home] {
                assert!(!error["message"].to_string().contains(word), "{word} in {error}");
            }
        }
        let answer = gateway.connect().ask(method, path, &[], body.as_bytes());
        assert_eq!(
            (answer.status(), &answer.json()["error"]["type"]),
            (401, &json!("authentication")),
            "{method} {path}"
        );
    }
}

/// The pace and the sizes hold here, too.
#[test]
fn paces_and_sizes_hold_for_administration() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let mut config = super::support::gateway::config(&upstream);
    config["keys"] = json!([{ "name": "slow", "key": "slow", "scopes": ["read", "admin"], "requests_per_minute": 2 }]);
    config["limits"] = json!({ "body_mb": 1 });
    let gateway = Gateway::start(&config);
    let key = [("x-api-key", "slow")];
    assert_eq!(gateway.get("/api/config", &key).status(), 200);
    let long = gateway.post("/api/explain", &key, vec![b' '; (1 << 20) + 1]);
    assert_eq!((long.status(), &long.json()["error"]["type"]), (413, &json!("too_large")));
    let refused = gateway.get("/api/config", &key);
    assert_eq!((refused.status(), &refused.json()["error"]["type"]), (429, &json!("rate_limit")));
    assert!(refused.header("retry-after").is_some());
}
