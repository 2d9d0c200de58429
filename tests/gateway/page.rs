//! The page for people.

use serde_json::{Value, json};

use super::{
    chat_answer,
    support::{
        gateway::{Gateway, UPSTREAM_KEY, config},
        upstream::Upstream,
    },
};

const FILES: [&str; 4] = ["/ui", "/ui/style.css", "/ui/icon.svg", "/ui/words.js"];

/// In the order in which the page loads them.
const SCRIPTS: [&str; 7] = ["frame", "overview", "configuration", "records", "log", "explain", "page"];

fn scripts() -> [String; 7] {
    SCRIPTS.map(|name| format!("/ui/{name}.js"))
}

fn gateway() -> (Gateway, Upstream) {
    let upstream = Upstream::start(|_, peer| {
        peer.whole(200, &[("content-type", "application/json")], chat_answer().to_string().as_bytes());
    });
    let mut config = config(&upstream);
    config["APIKEY"] = json!("team-key");
    (Gateway::start(&config), upstream)
}

#[test]
fn anyone_may_see_the_shell_which_has_no_data_and_asks_nobody_else() {
    let (gateway, _upstream) = gateway();
    let scripts = scripts();
    for path in FILES.into_iter().chain(scripts.iter().map(String::as_str)) {
        let answer = gateway.get(path, &[]);
        assert_eq!(answer.status(), 200, "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        // A drawing says what it is by a name that looks like an address, and is none.
        let text = answer.text().replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for word in
            ["http://", "https://", "//cdn", "innerHTML", "eval(", " style=", "onclick", "localStorage", UPSTREAM_KEY]
        {
            assert!(!text.contains(word), "{path} has {word}");
        }
    }
    assert_eq!(gateway.get("/ui/", &[]).status(), 200);
    // What is not a file of it, is behind the door.
    for path in ["/ui/x", "/uix", "/ui/../api/config", "/api/config"] {
        assert_eq!(gateway.get(path, &[]).status(), 401, "{path}");
    }
    assert_eq!(gateway.run_beside(&["ui", "--print"]), format!("http://{}/ui\n", gateway.address));
}

/// Each word that the page asks for is there, and so is each element that its script looks for.
#[test]
fn the_page_is_of_one_piece() {
    let (gateway, _upstream) = gateway();
    let [html, _, _, words] = FILES.map(|path| gateway.get(path, &[]).text());
    let loaded: Vec<String> =
        html.split("<script src=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    assert_eq!(loaded[1..], scripts());
    let script = scripts().map(|path| gateway.get(&path, &[]).text()).concat();
    let named = |text: &str, before: &str, after: char| -> Vec<String> {
        text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap().to_owned()).collect()
    };
    let words_of_html = ["data-word=\"", "data-label=\""].into_iter().flat_map(|before| named(&html, before, '"'));
    for word in words_of_html.chain(named(&script, "word(\"", '"')) {
        assert!(words.contains(&format!("{word}: \"")), "there is no word `{word}`");
    }
    for id in named(&script, "by(\"", '"') {
        assert!(html.contains(&format!("id=\"{id}\"")), "there is no element `{id}`");
    }
    for view in named(&html, "data-view=\"", '"') {
        assert!(script.contains(&format!("VIEWS.{view} = ")), "there is no view `{view}`");
    }
}

/// What the page asks for, in the way that it asks.
#[test]
fn what_the_page_asks_for_is_answered() {
    let (gateway, _upstream) = gateway();
    let key = ("authorization", "Bearer team-key");
    let health = gateway.get("/health", &[key]).json();
    assert!(health["config"]["loaded_at"].is_string() && health["version"].is_string(), "{health}");
    assert!(health["started_at"].is_string() && health["records"].is_string(), "{health}");
    let provider = gateway.get("/api/providers", &[key]).json()["providers"][0].clone();
    assert!(provider["health"]["open"].is_boolean() && provider["health"]["failures"].is_u64(), "{provider}");
    assert_eq!((&provider["models"][0]["name"], provider["keys"].as_array().unwrap().len()), (&json!("Model-1"), 1));
    let paths = ["/api/requests?limit=200&since=1d&kind=answer", "/api/usage?since=30d&by=project", "/api/logs"];
    for path in paths {
        assert!(gateway.get(path, &[key]).json().is_array(), "{path}");
    }
    assert!(gateway.get("/api/presets", &[key]).json()["presets"].is_array());
    assert!(gateway.get("/api/config", &[key]).json()["Router"]["default"].is_string());
    let shown = gateway.get("/api/config?format=json5", &[key]);
    let mark = shown.header("etag").unwrap().to_owned();
    assert!(!shown.text().contains(UPSTREAM_KEY), "{}", shown.text());
    let put = |text: &str, mark: &str| {
        let headers = [key, ("content-type", "application/json5"), ("if-match", mark)];
        gateway.connect().ask("PUT", "/api/config", &headers, text.as_bytes())
    };
    let wrong = put(&shown.text().replace("chat,Model-1", "nobody,Model-1"), &mark);
    assert_eq!(wrong.status(), 422);
    let problem: Value = wrong.json()["error"]["problems"][0].clone();
    for key in ["line", "column", "end_line", "end_column"] {
        assert!(problem[key].is_u64(), "{problem}");
    }
    let saved = put(&format!("// Mine.\n{}", shown.text()), &mark);
    assert_eq!(saved.status(), 200, "{}", saved.everything());
    assert!(saved.json()["warnings"].is_array() && saved.json()["restart"].is_array());
    assert_eq!(put(&shown.text(), &mark).status(), 412);
    let body =
        json!({ "body": { "model": "m", "max_tokens": 9, "messages": [{ "role": "user", "content": "Hello?" }] } });
    let told = gateway.post("/api/explain", &[key, ("content-type", "application/json")], body.to_string()).json();
    assert_eq!(told["candidates"][0]["provider"], "chat");
    for key in ["scenario", "tokens", "checks", "lost", "upstream"] {
        assert!(!told[key].is_null(), "{told}");
    }
}
