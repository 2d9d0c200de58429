//! What the service tells of itself: its log, and the records of its requests.

use crate::{logs::Logs, records::Records};

/// Both of them. Cheap to clone; they outlive any configuration.
#[derive(Clone, Debug)]
pub struct Observability {
    /// The log.
    pub logs: Logs,
    /// The records and the numbers.
    pub records: Records,
}
