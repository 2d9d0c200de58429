//! How long to wait: as an upstream asks, or longer from one failure to the next.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

/// The longest wait that is believed.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The headers in which upstreams say when to come again, the most telling first, and the unit of their numbers.
const HEADERS: [(&str, Unit); 6] = [
    ("retry-after-ms", Unit::Milliseconds),
    ("retry-after", Unit::Seconds),
    ("ratelimit-reset", Unit::Seconds),
    ("x-ratelimit-reset", Unit::Seconds),
    ("x-ratelimit-reset-requests", Unit::Seconds),
    ("x-ratelimit-reset-tokens", Unit::Seconds),
];

#[derive(Clone, Copy)]
enum Unit {
    Milliseconds,
    Seconds,
}

/// How long an upstream wants to be left alone, if it says so.
pub fn told(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    HEADERS.iter().find_map(|(name, unit)| {
        let text = headers.get(*name)?.to_str().ok()?.trim();
        let wait = match unit {
            Unit::Milliseconds => seconds(text, now)?.div_f64(1000.0),
            Unit::Seconds => seconds(text, now).or_else(|| spelled(text)).or_else(|| date(text, now))?,
        };
        Some(wait.min(LONGEST))
    })
}

/// A number of seconds. A very large one is a time since 1970, in seconds or in milliseconds.
fn seconds(text: &str, now: SystemTime) -> Option<Duration> {
    /// The beginning of 2001, before which no answer came.
    const EPOCH: f64 = 1e9;
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
    if number < EPOCH {
        return Some(Duration::from_secs_f64(number));
    }
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let then = if number >= EPOCH * 1000.0 { number / 1000.0 } else { number };
    Some(Duration::from_secs_f64((then - since).clamp(0.0, LONGEST.as_secs_f64())))
}

/// A duration such as `1h2m3.5s` or `20ms`.
fn spelled(text: &str) -> Option<Duration> {
    let (mut rest, mut sum) = (text, 0.0);
    while !rest.is_empty() {
        let end = rest.find(|letter: char| letter.is_ascii_alphabetic())?;
        let number: f64 = rest[..end].parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
        rest = &rest[end..];
        let end = rest.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return None,
        };
        sum += number * unit;
        rest = &rest[end..];
    }
    (!text.is_empty()).then(|| Duration::from_secs_f64(f64::min(sum, LONGEST.as_secs_f64())))
}

/// A date as HTTP writes it; what has passed means now.
fn date(text: &str, now: SystemTime) -> Option<Duration> {
    Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default())
}

/// A wait that doubles from one failure to the next, up to a longest.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The first.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Backoff {
    /// The wait after so many waits before it, shortened at random by up to half, so that clients that failed together
    /// do not come again together.
    pub fn after(&self, waits: u32, random: &mut fastrand::Rng) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(waits).unwrap_or(u32::MAX));
        doubled.min(self.longest).mul_f64(0.5 + random.f64() / 2.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn waits_are_read_however_they_are_told() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let cases = [
            ("retry-after", "17", Some(17_000)),
            ("retry-after", " 0.25 ", Some(250)),
            ("retry-after", "Fri, 15 Jan 2027 08:00:30 GMT", Some(30_000)),
            ("retry-after", "Fri, 15 Jan 2027 07:59:00 GMT", Some(0)),
            ("retry-after", "99999999", Some(86_400_000)),
            ("retry-after", "soon", None),
            ("retry-after", "-5", None),
            ("retry-after", "NaN", None),
            ("retry-after", "", None),
            ("retry-after-ms", "1500", Some(1_500)),
            ("ratelimit-reset", "12", Some(12_000)),
            ("x-ratelimit-reset", "1800000012", Some(12_000)),
            ("x-ratelimit-reset", "1800000012500", Some(12_500)),
            ("x-ratelimit-reset", "1700000000", Some(0)),
            ("x-ratelimit-reset-requests", "1h2m3s", Some(3_723_000)),
            ("x-ratelimit-reset-tokens", "20ms", Some(20)),
            ("x-ratelimit-reset-tokens", "6x", None),
            ("x-other", "5", None),
        ];
        for (name, value, wanted) in cases {
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))]);
            assert_eq!(told(&headers, now), wanted.map(Duration::from_millis), "{name}: {value}");
        }
    }

    #[test]
    fn the_most_telling_header_counts() {
        let headers = [("retry-after", "9"), ("retry-after-ms", "100"), ("x-ratelimit-reset", "50")];
        let headers = headers.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        assert_eq!(told(&HeaderMap::from_iter(headers), SystemTime::now()), Some(Duration::from_millis(100)));
    }

    #[test]
    fn waits_double_up_to_the_longest_and_differ() {
        let backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_millis(1000) };
        let mut random = fastrand::Rng::with_seed(1);
        for waits in 0..80 {
            let whole = (100 << waits.min(10)).min(1000);
            let wait = backoff.after(waits, &mut random).as_millis();
            assert!((whole / 2..=whole).contains(&wait), "{waits}: {wait}");
        }
        assert_ne!(backoff.after(0, &mut random), backoff.after(0, &mut random));
    }
}
