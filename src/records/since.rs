//! How far back to look.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// A moment of the past in milliseconds since 1970: so long ago (`90s`, `30m`, `12h`, `7d`, `2w`), the beginning of a day in
/// UTC (`2026-11-24`), or a time (`2026-11-24T12:00:00Z`). Nothing for any other text.
pub fn moment(text: &str) -> Option<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_millis();
    moment_before(text.trim(), i64::try_from(now).ok()?)
}

fn moment_before(text: &str, now: i64) -> Option<i64> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    if let Ok(day) = text.parse::<Date>() {
        return day.to_zoned(TimeZone::UTC).ok().map(|start| start.timestamp().as_millisecond());
    }
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return None,
    };
    let count: u32 = text[..text.len() - 1].parse().ok()?;
    Some(now.saturating_sub(i64::from(count) * unit * 1000))
}

#[cfg(test)]
mod tests {
    use super::moment_before;

    #[test]
    fn spans_days_and_times() {
        let now = 1_764_000_000_000;
        let cases = [
            ("90s", Some(now - 90_000)),
            ("1d", Some(now - 86_400_000)),
            ("2w", Some(now - 1_209_600_000)),
            ("2025-11-24", Some(1_763_942_400_000)),
            ("2025-11-24T01:00:00Z", Some(1_763_946_000_000)),
            ("", None),
            ("d", None),
            ("-1d", None),
            ("1é", None),
            ("yesterday", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(moment_before(text, now), wanted, "{text}");
        }
    }
}
