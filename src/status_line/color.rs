//! Colors by their names, or as `#rrggbb`.

/// The names of the terminal's colors, in its order; each is also there as `bright_`.
const NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/// A color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Color {
    /// One of the terminal's sixteen.
    Own(u8),
    /// Red, green, blue.
    Mixed(u8, u8, u8),
}

impl Color {
    /// From a name or from hexadecimal digits, with or without `bg_` before it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let name = text.strip_prefix("bg_").unwrap_or(text);
        if let Some(digits) = name.strip_prefix('#') {
            let digits = match digits.len() {
                3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
                _ => digits.to_owned(),
            };
            let whole = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 6)?;
            let [_, red, green, blue] = whole.to_be_bytes();
            return Some(Self::Mixed(red, green, blue));
        }
        let name = name.to_ascii_lowercase().replace('-', "_");
        let (name, bright) = match name.strip_prefix("bright_") {
            Some(name) => (name.to_owned(), 8),
            None if name == "gray" || name == "grey" => ("black".to_owned(), 8),
            None => (name, 0),
        };
        let at = NAMES.iter().position(|known| *known == name)?;
        u8::try_from(at).ok().map(|at| Self::Own(at + bright))
    }

    /// The parameters that let letters have it.
    pub(super) fn front(self) -> String {
        match self {
            Self::Own(own @ 0..8) => (30 + own).to_string(),
            Self::Own(own) => (82 + own).to_string(),
            Self::Mixed(red, green, blue) => format!("38;2;{red};{green};{blue}"),
        }
    }

    /// The parameters that let what is behind letters have it.
    pub(super) fn back(self) -> String {
        match self {
            Self::Own(own @ 0..8) => (40 + own).to_string(),
            Self::Own(own) => (92 + own).to_string(),
            Self::Mixed(red, green, blue) => format!("48;2;{red};{green};{blue}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_digits_are_colors() {
        let front = |text: &str| Color::read(text).map(Color::front);
        assert_eq!(front("red").as_deref(), Some("31"));
        assert_eq!(front("bright_cyan").as_deref(), Some("96"));
        assert_eq!(front("gray").as_deref(), Some("90"));
        assert_eq!(front("#00aaff").as_deref(), Some("38;2;0;170;255"));
        assert_eq!(front("#0af").as_deref(), Some("38;2;0;170;255"));
        let back = |text: &str| Color::read(text).map(Color::back);
        assert_eq!(back("bg_blue").as_deref(), Some("44"));
        assert_eq!(back("bg_bright_white").as_deref(), Some("107"));
        assert_eq!(back("bg_#ffcc00").as_deref(), Some("48;2;255;204;0"));
        assert_eq!([front("#12345"), front("mauve"), front("#é1234"), front("")], [None, None, None, None]);
    }
}
