//! Writing a line for a terminal.

use super::color::Color;

/// The arrow between two parts.
const ARROW: char = '\u{e0b0}';

/// Ends all colors.
const RESET: &str = "\u{1b}[0m";

/// A part of the line, not empty.
pub(super) struct Segment {
    pub(super) text: String,
    pub(super) front: Option<Color>,
    pub(super) back: Option<Color>,
}

/// The parts beside each other, without colors.
pub(super) fn bare(segments: &[Segment]) -> String {
    segments.iter().map(|segment| segment.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The parts beside each other.
pub(super) fn spaced(segments: &[Segment]) -> String {
    let colored = segments.iter().map(|segment| painted(&segment.text, segment.front, segment.back));
    colored.collect::<Vec<_>>().join(" ")
}

/// The parts as blocks that point at each other, if the terminal has arrows.
pub(super) fn powerline(segments: &[Segment], plain: bool) -> String {
    let mut line = String::new();
    for (at, segment) in segments.iter().enumerate() {
        line += &painted(&format!(" {} ", segment.text), segment.front, segment.back);
        let next = segments.get(at + 1);
        if !plain && (segment.back.is_some() || next.is_some_and(|next| next.back.is_some())) {
            line += &painted(&ARROW.to_string(), segment.back, next.and_then(|next| next.back));
        }
    }
    line
}

fn painted(text: &str, front: Option<Color>, back: Option<Color>) -> String {
    let parameters: Vec<String> = front.map(Color::front).into_iter().chain(back.map(Color::back)).collect();
    match parameters.is_empty() {
        true => text.to_owned(),
        false => format!("\u{1b}[{}m{text}{RESET}", parameters.join(";")),
    }
}
