//! How a signer reaches what credentials come from: files, programs, and services of the machine or the network.

use bytes::Bytes;
use reqsign_core::{CommandExecute, CommandOutput, Context, Error, FileRead, HttpSend, OsEnv, Result};
use tokio::process::Command;

use crate::upstream::Upstream;

/// All of that, over the client that all calls share.
pub(super) fn context(upstream: &Upstream) -> Context {
    let courier = Courier(upstream.clone());
    Context::new()
        .with_file_read(courier.clone())
        .with_http_send(courier.clone())
        .with_command_execute(courier)
        .with_env(OsEnv)
}

#[derive(Clone, Debug)]
struct Courier(Upstream);

impl FileRead for Courier {
    async fn file_read(&self, path: &str) -> Result<Vec<u8>> {
        let path = path.to_owned();
        let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
        read.map_err(failed)?.map_err(failed)
    }
}

impl HttpSend for Courier {
    async fn http_send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>> {
        self.0.exchange(request).await.map_err(failed)
    }
}

impl CommandExecute for Courier {
    async fn command_execute(&self, program: &str, arguments: &[&str]) -> Result<CommandOutput> {
        let output = Command::new(program).args(arguments).kill_on_drop(true).output().await.map_err(failed)?;
        let status = output.status.code().unwrap_or(-1);
        Ok(CommandOutput { status, stdout: output.stdout, stderr: output.stderr })
    }
}

fn failed(error: impl std::error::Error) -> Error {
    Error::unexpected(error.to_string())
}
