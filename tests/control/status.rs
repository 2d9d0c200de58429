//! `wireloom status`.

use serde_json::{Value, json};

use super::home::{Home, config, free_port, until};

#[test]
fn it_tells_what_runs() {
    let mut config = config();
    config["APIKEY"] = "s3cr3t-key".into();
    let home = Home::new(&config);
    let done = home.run(&["status"]);
    assert_eq!((done.code, done.out.as_str()), (Some(3), "wireloom does not run\n"));
    let done = home.run(&["status", "--json"]);
    let known: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((done.code, &known["running"], &known["pid"]), (Some(3), &json!(false), &json!(null)));

    let address = home.start();
    let pid = home.pid();
    let done = home.run(&["status"]).well();
    for word in
        [&format!("http://{address}"), &format!("pid {pid}"), "config.json5, number 1", "p (2 models)", "wireloom.log"]
    {
        assert!(done.out.contains(word), "no `{word}` in {}", done.out);
    }
    let done = home.run(&["status", "--json"]).well();
    let known: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((&known["running"], &known["pid"]), (&json!(true), &json!(pid)));
    assert_eq!(known["address"], format!("http://{address}"));
    assert_eq!(known["providers"], json!([{ "name": "p", "models": 2 }]));
    assert!(known["uptime_seconds"].as_i64().unwrap() < 60, "{known}");
    assert!(!done.out.contains("s3cr3t"), "{}", done.out);

    home.write(".wireloom/config.json5", "{ PORT: 'x' }");
    until("the mistake is told", || home.run(&["status"]).well().out.contains("not taken over since"));
    let known: Value = serde_json::from_str(&home.run(&["status", "--json"]).well().out).unwrap();
    assert!(known["configuration"]["error"].as_str().unwrap().contains("C005"), "{known}");
}

#[test]
fn one_that_somebody_else_runs_is_found_where_it_is_configured() {
    let port = free_port();
    let mut config = config();
    config["PORT"] = port.into();
    let (home, other) = (Home::new(&config), Home::new(&config));
    other.start();
    let done = home.run(&["status"]).well();
    assert!(done.out.contains(&format!("127.0.0.1:{port}")) && !done.out.contains("pid"), "{done:?}");
}
