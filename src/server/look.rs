//! Looking at what was recorded, over HTTP.

use clap::ValueEnum;
use http::{HeaderValue, StatusCode, header};
use salvo::{Depot, Request, Response, Writer};
use salvo_oapi::{Components, EndpointOutRegister, Operation, endpoint};
use wireloom_schema::model::ErrorKind;

use crate::{
    records::{
        Kind, Record, Records,
        export::{Format, Row, export},
        query::{By, Filter, Total, records, totals},
        since::moment,
    },
    refusal::Refusal,
};

use super::refused::Refused;

/// How far back it is looked where nothing is said.
const SINCE: &str = "1d";

/// How many records are told where nothing is said, and at most.
const USUAL: u32 = 100;
const MOST: u32 = 100_000;

/// The numbers, as Prometheus reads them.
pub(super) struct Numbers {
    pub(super) records: Records,
}

/// The numbers for Prometheus.
#[endpoint(tags("records"), responses(
    (status_code = 200, description = "The numbers", body = String, content_type = "application/openmetrics-text"),
))]
impl Numbers {
    async fn handle(&self, res: &mut Response) {
        let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
        tell(res, kind, self.records.metrics().text());
    }
}

/// Records, the newest first: `?since=1d&limit=100&kind=answer&format=jsonl`.
pub(super) struct Requests {
    pub(super) records: Records,
}

/// The records of requests, the newest first.
#[endpoint(
    tags("records"),
    parameters(
        ("since" = Option<String>, Query, description = "A span such as `12h` or `7d`, a day or a time; `1d` if nothing is said"),
        ("limit" = Option<u32>, Query, description = "The most records; 100 if nothing is said"),
        ("kind" = Option<String>, Query, description = "`answer`, `count` or `refusal`; all if nothing is said"),
        ("format" = Option<String>, Query, description = "`json`, `jsonl` or `csv`"),
    ),
    responses((status_code = 200, description = "The records", body = Vec<Record>)),
)]
impl Requests {
    async fn handle(&self, req: &mut Request) -> Result<Listed, Refused> {
        let found = async {
            let since = since(req)?;
            let limit = match query(req, "limit") {
                None => USUAL,
                Some(limit) => limit.parse().map_err(|_| Refusal::invalid("`limit` is a whole number"))?,
            };
            let kind = query(req, "kind").map(|kind| Kind::from_str(kind, true)).transpose();
            let kind = kind.map_err(|_| Refusal::invalid("`kind` is answer, count or refusal"))?;
            let filter = Filter { since, most: Some(limit.min(MOST)), kind };
            listed(&self.records, req, move |file| records(file, filter)).await
        };
        Ok(found.await?)
    }
}

/// Totals: `?by=key|model|session|project|day&since=1d&format=csv`, by several with commas between them.
pub(super) struct Totals {
    pub(super) records: Records,
}

/// Totals of tokens and cost.
#[endpoint(
    tags("records"),
    parameters(
        ("by" = Option<String>, Query, description = "`key`, `model`, `session`, `project` or `day`, or several with commas; `model` if nothing is said"),
        ("since" = Option<String>, Query, description = "A span such as `12h` or `7d`, a day or a time; `1d` if nothing is said"),
        ("format" = Option<String>, Query, description = "`json`, `jsonl` or `csv`"),
    ),
    responses((status_code = 200, description = "The totals", body = Vec<Total>)),
)]
impl Totals {
    async fn handle(&self, req: &mut Request) -> Result<Listed, Refused> {
        let found = async {
            let since = since(req)?;
            let by = query(req, "by").unwrap_or("model");
            let by: Result<Vec<By>, _> = by.split(',').map(|by| By::from_str(by, true)).collect();
            let wrong = "`by` is key, model, session, project or day, or several of them with commas between";
            let by = by.map_err(|_| Refusal::invalid(wrong))?;
            listed(&self.records, req, move |file| totals(file, &by, since)).await
        };
        Ok(found.await?)
    }
}

/// What is found, in a format.
struct Listed {
    kind: HeaderValue,
    text: String,
}

#[salvo::async_trait]
impl Writer for Listed {
    async fn write(self, _req: &mut Request, _depot: &mut Depot, res: &mut Response) {
        tell(res, self.kind, self.text);
    }
}

impl EndpointOutRegister for Listed {
    // Each of them says it itself.
    fn register(_components: &mut Components, _operation: &mut Operation) {}
}

fn query<'r>(req: &'r Request, name: &str) -> Option<&'r str> {
    req.queries().get(name).map(String::as_str)
}

fn since(req: &Request) -> Result<i64, Refusal> {
    let told = || Refusal::invalid("`since` is a span such as 12h or 7d, a day such as 2026-11-24, or a time");
    moment(query(req, "since").unwrap_or(SINCE)).ok_or_else(told)
}

/// What is found in the file, in the format that is asked for: one JSON array, if none is.
async fn listed<R: Row + Send + 'static>(
    records: &Records,
    req: &Request,
    find: impl FnOnce(&std::path::Path) -> rusqlite::Result<Vec<R>> + Send + 'static,
) -> Result<Listed, Refusal> {
    let format = match query(req, "format") {
        None | Some("json") => None,
        Some(name) => match Format::from_str(name, true) {
            Ok(Format::Table) | Err(_) => return Err(Refusal::invalid("`format` is json, jsonl or csv")),
            Ok(format) => Some(format),
        },
    };
    let file = records.file().map(std::path::Path::to_owned);
    let file =
        file.ok_or_else(|| Refusal::new(ErrorKind::NotFound, "nothing is recorded: `records.enabled` is false"))?;
    let found = tokio::task::spawn_blocking(move || {
        // Before the first record there may be no file.
        let rows = if file.exists() { find(&file).map_err(|error| error.to_string())? } else { Vec::new() };
        let (kind, text) = match format {
            None => ("application/json", serde_json::to_string(&rows).map_err(|error| error.to_string())),
            Some(Format::Csv) => {
                ("text/csv; charset=utf-8", export(&rows, Format::Csv).map_err(|error| error.to_string()))
            }
            Some(format) => ("application/x-ndjson", export(&rows, format).map_err(|error| error.to_string())),
        };
        Ok::<_, String>(Listed { kind: HeaderValue::from_static(kind), text: text? })
    });
    let found = found.await.map_err(|error| error.to_string()).and_then(|found| found);
    found.map_err(|error| Refusal::new(ErrorKind::Internal, format!("the records cannot be read: {error}")))
}

fn tell(res: &mut Response, kind: HeaderValue, text: String) {
    res.status_code(StatusCode::OK);
    res.headers_mut().insert(header::CONTENT_TYPE, kind);
    res.body(text);
}
