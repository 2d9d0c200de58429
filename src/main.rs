//! The `wireloom` command.

use std::time::Duration;

fn main() {
    let path = std::env::args().nth(3).unwrap_or_default();
    let wireloom::config::Loaded::File { config, .. } = wireloom::config::load(Some(path.as_ref())).unwrap() else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let gateway = wireloom::gateway::Gateway::new(&config).unwrap();
        let bound = wireloom::server::bind(format!("{}:{}", config.host, config.port).parse().unwrap(), gateway).await.unwrap();
        bound.serve(async { let _ = tokio::signal::ctrl_c().await; }, Duration::from_secs(5)).await;
    });
}
