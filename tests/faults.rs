//! What goes wrong on either side of the gateway, and the one answer that is expected of it.
//!
//! Upstreams that fail are files in `tests/faults/upstreams`: a new fault is a new file. All of them fail in one running
//! gateway at once, for clients of every protocol, and it goes on afterwards. More of them stand where they matter for
//! something else: `tests/gateway/streams.rs` (how streams end), `failover.rs` and `patience.rs` (who answers instead, and
//! when), `errors.rs` (upstreams' own errors, clients that leave), `doors.rs` (keys, pages, connections),
//! `tests/gateway/records.rs` (full disks, kills), `tests/upstream.rs` (the client of upstreams by itself).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "the gateway's tests use all of it")]
mod support;

#[path = "faults/case.rs"]
mod case;
#[path = "faults/clients.rs"]
mod clients;
#[path = "faults/dialect.rs"]
mod dialect;
#[path = "faults/frames.rs"]
mod frames;
#[path = "faults/requests.rs"]
mod requests;
#[path = "faults/system.rs"]
mod system;
#[path = "faults/upstreams.rs"]
mod upstreams;
