//! Variables as lines that a shell runs. Whatever a value holds, it is a value.

use clap::ValueEnum;

use super::Environment;

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// sh, bash, zsh and their like
    Sh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

impl Shell {
    /// The lines that bring variables into a shell.
    pub(crate) fn lines(self, environment: &Environment) -> String {
        let set = environment.set.iter().map(|(name, value)| {
            let value = self.quoted(value);
            match self {
                Shell::Sh => format!("export {name}={value}"),
                Shell::Fish => format!("set -gx {name} {value}"),
                Shell::Powershell => format!("$env:{name} = {value}"),
            }
        });
        let unset = environment.unset.iter().map(|name| match self {
            Shell::Sh => format!("unset {name}"),
            Shell::Fish => format!("set -e {name}"),
            Shell::Powershell => format!("Remove-Item Env:{name} -ErrorAction SilentlyContinue"),
        });
        set.chain(unset).collect::<Vec<_>>().join("\n")
    }

    /// A text as one word, in which nothing means anything.
    pub(crate) fn quoted(self, text: &str) -> String {
        let inner = match self {
            Shell::Sh => text.replace('\'', r"'\''"),
            Shell::Fish => text.replace('\\', r"\\").replace('\'', r"\'"),
            // It takes typographic quotes for quotes, too.
            Shell::Powershell => {
                let twice =
                    |c: char| if "'\u{2018}\u{2019}\u{201a}\u{201b}".contains(c) { vec![c, c] } else { vec![c] };
                text.chars().flat_map(twice).collect()
            }
        };
        format!("'{inner}'")
    }
}

#[cfg(test)]
mod tests {
    use super::Shell;

    #[test]
    fn a_quote_is_quoted_as_each_shell_has_it() {
        let text = r"a'b\c$(d)";
        assert_eq!(Shell::Sh.quoted(text), r"'a'\''b\c$(d)'");
        assert_eq!(Shell::Fish.quoted(text), r"'a\'b\\c$(d)'");
        assert_eq!(Shell::Powershell.quoted("a'b\u{2019}"), "'a''b\u{2019}\u{2019}'");
    }
}
