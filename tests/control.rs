//! The service as a process, and Claude Code beside it, run as people run them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "the gateway's tests use all of it")]
mod support;

#[path = "control/api.rs"]
mod api;
#[path = "control/claude.rs"]
mod claude;
#[path = "control/code.rs"]
mod code;
#[path = "control/env.rs"]
mod env;
#[path = "control/home.rs"]
mod home;
#[path = "control/logs.rs"]
mod logs;
#[path = "control/manager.rs"]
mod manager;
#[path = "control/presets.rs"]
mod presets;
#[path = "control/restart.rs"]
mod restart;
#[path = "control/start.rs"]
mod start;
#[path = "control/status.rs"]
mod status;
#[path = "control/stop.rs"]
mod stop;
