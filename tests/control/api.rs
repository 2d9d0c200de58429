//! Restarting and reloading over HTTP.

use serde_json::json;

use super::home::{Home, config, until};

const PATHS: [&str; 2] = ["/api/restart", "/api/reload"];

#[test]
fn who_may_change_the_service_restarts_it() {
    let mut config = config();
    config["keys"] = json!([
        { "name": "boss", "key": "boss-key", "scopes": ["admin"] },
        { "name": "agent", "key": "agent-key", "scopes": ["inference", "read"] },
    ]);
    let home = Home::new(&config);
    home.start();
    let (pid, instance) = (home.pid(), home.card()["instance"].clone());
    for path in PATHS {
        for (headers, status) in [(&[][..], 401), (&[("x-api-key", "agent-key")], 403)] {
            assert_eq!(home.connect().ask("POST", path, headers, b"{}").status(), status, "{path}");
        }
    }
    assert_eq!(home.health()["instance"], instance);
    let answer = home.connect().ask("POST", "/api/restart", &[("authorization", "Bearer boss-key")], &[]);
    assert_eq!(
        (answer.status(), answer.json()),
        (200, json!({ "success": true, "message": "Service restart initiated" }))
    );
    until("it begins anew", || home.file(".wireloom/service.json").exists() && home.card()["instance"] != instance);
    assert_eq!((home.pid(), &home.health()["instance"]), (pid, &home.card()["instance"]));
}

#[test]
fn what_would_not_start_is_told_and_goes_on() {
    let mut config = config();
    config["APIKEY"] = "k".into();
    let home = Home::new(&config);
    home.start();
    let instance = home.card()["instance"].clone();
    let post = |path: &str| home.connect().ask("POST", path, &[("x-api-key", "k")], b"{}");
    let reloaded = post("/api/reload");
    assert_eq!(reloaded.status(), 200, "{}", reloaded.text());
    let reloaded = reloaded.json();
    assert_eq!((&reloaded["success"], &reloaded["restart"]), (&json!(true), &json!([])));
    assert_eq!(reloaded["generation"], home.health()["config"]["generation"]);
    config["PORT"] = "none".into();
    config["Providers"][0]["api_key"] = "s3cr3t".into();
    home.configure(&config);
    for path in PATHS {
        let answer = post(path);
        assert_eq!(answer.status(), 400, "{}", answer.text());
        assert!(answer.text().contains("PORT") && !answer.text().contains("s3cr3t"), "{}", answer.text());
    }
    let health = home.health();
    assert_eq!((&health["instance"], &health["restart"]["count"]), (&instance, &json!(1)));
    assert!(health["config"]["error"].as_str().unwrap().contains("PORT"), "{health}");
}

#[test]
fn defect_10_no_page_and_nobody_without_a_key_restarts_or_reloads_it() {
    for key in [None, Some("k")] {
        let mut config = config();
        config["APIKEY"] = json!(key);
        let home = Home::new(&config);
        let address = home.start();
        let instance = home.card()["instance"].clone();
        let own = format!("http://{address}");
        let requests: [&[(&str, &str)]; 4] = [
            &[("origin", "https://evil.example")],
            &[("origin", "http://localhost:5173")],
            &[("origin", "null")],
            &[("host", "evil.example"), ("origin", &own)],
        ];
        for path in PATHS {
            for headers in requests {
                // Pages cannot show a key that they do not know.
                let answer = home.connect().ask("POST", path, headers, b"{}");
                assert!([400, 401, 403, 421].contains(&answer.status()), "{path} {headers:?}: {}", answer.status());
            }
            // Nor may a program, for who has no key may change nothing; and without one in the configuration nobody has.
            for headers in [&[][..], &[("x-api-key", "another")]] {
                let answer = home.connect().ask("POST", path, headers, b"{}");
                assert!([401, 403].contains(&answer.status()), "{path}: {}", answer.status());
            }
        }
        let health = home.health();
        assert_eq!((&health["instance"], &health["config"]["generation"]), (&instance, &json!(1)));
    }
}
