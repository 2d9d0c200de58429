//! What a decision sees of a request.

use http::{HeaderMap, header};
use wireloom_schema::model::{Part, Request};

use crate::specs::Face;

/// At most so many tokens for what is not in the body, or weighs more than its bytes: an image behind a link.
const MOST_MEDIA: u64 = 5_000;

/// A request as routing sees it. `C` counts its tokens when they are asked for; none if that is yet to be done.
pub struct View<'r, C> {
    /// What is asked, as the client sent it.
    pub request: &'r Request<'r>,
    /// The protocol of the client.
    pub face: Face,
    /// The client's headers.
    pub headers: &'r HeaderMap,
    /// The bytes of the body.
    pub size: usize,
    /// The client's session, if it says one.
    pub session: Option<&'r str>,
    /// The project that the session belongs to, if it is known.
    pub project: Option<&'r str>,
    /// The input tokens of the session's last answer.
    pub last_input: Option<u64>,
    /// What a custom router has chosen: `provider,model`.
    pub chosen: Option<&'r str>,
    /// When.
    pub now: Moment,
    /// Counts the tokens.
    pub count: C,
}

/// A time of the week, where the gateway is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 6, from Monday.
    pub weekday: u32,
}

impl Moment {
    /// What people call the days, from Monday.
    pub const DAYS: [&'static str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// This one.
    pub fn now() -> Self {
        let now = jiff::Zoned::now();
        // Hours and days of the week are never negative.
        Self {
            hour: now.hour().unsigned_abs().into(),
            weekday: now.weekday().to_monday_zero_offset().unsigned_abs().into(),
        }
    }

    /// The day's name.
    pub fn day(self) -> &'static str {
        Self::DAYS.get(self.weekday as usize).copied().unwrap_or_default()
    }
}

/// The tokens are asked for, and not counted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncounted;

impl<C: Fn() -> Option<u64> + Sync> View<'_, C> {
    /// The input's tokens.
    pub(super) fn tokens(&self) -> Result<u64, Uncounted> {
        (self.count)().ok_or(Uncounted)
    }

    /// A number that the input's tokens do not exceed, where it follows from the size: a token has at least a byte.
    pub(super) fn most_tokens(&self) -> Option<u64> {
        let mut media = 0;
        for part in self.request.messages.iter().flat_map(|message| &message.parts) {
            match part {
                Part::ToolResult { parts, .. } => parts.iter().try_for_each(|part| weigh(part, &mut media))?,
                part => weigh(part, &mut media)?,
            }
        }
        Some(self.size as u64 + media)
    }

    /// The name with which the client introduces itself, in lower case and without its version.
    pub(super) fn agent(&self) -> String {
        let value = self.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(['/', ' ']).next().unwrap_or_default().to_ascii_lowercase()
    }
}

fn weigh(part: &Part<'_>, media: &mut u64) -> Option<()> {
    match part {
        Part::Image { .. } | Part::Audio { .. } => *media += MOST_MEDIA,
        // Nobody knows how many pages it has.
        Part::Document { .. } => return None,
        _ => {}
    }
    Some(())
}
