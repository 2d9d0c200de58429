//! What specs demand of values beyond their place, as generated code states it.

use wireloom_schema::subset::Subset;

/// All demands of a provider, or of some of its models.
#[derive(Debug)]
pub struct Demands {
    /// How the names of tool calls are spelled.
    pub call_id: Option<TextRule>,
    /// How the names of tools are spelled.
    pub tool_name: Option<TextRule>,
    /// How the names of users are spelled.
    pub user: Option<TextRule>,
    /// How the titles of documents are spelled; each must have one of its own.
    pub title: Option<TextRule>,
    /// The media types that images may have; any, if none are named.
    pub images: &'static [&'static str],
    /// The media types that documents may have; any, if none are named.
    pub documents: &'static [&'static str],
    /// What is taken of JSON Schemas of tools.
    pub tool_schema: Option<Subset>,
    /// What is taken of JSON Schemas of answers.
    pub format_schema: Option<Subset>,
    /// The most prompt-cache marks that a request may have.
    pub cache_marks: Option<usize>,
    /// Whether a search of the web is taken only where there are no functions.
    pub search_alone: bool,
    /// Whether the model must be left to choose whether it calls a tool.
    pub choice_free: bool,
    /// Whether how much the model thinks is said by a budget alone.
    pub budgets_alone: bool,
    /// Whether the user must speak first.
    pub user_first: bool,
    /// Whether the user must speak last.
    pub user_last: bool,
}

/// Which texts an API takes as a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRule {
    /// The characters of ASCII that may stand in it, a bit each.
    pub chars: u128,
    /// Those that may stand first.
    pub first: u128,
    /// The fewest characters.
    pub least: usize,
    /// The most.
    pub most: usize,
}

/// So many characters of a name that had to be spelled otherwise tell it from others.
const TAIL: usize = 10;

impl TextRule {
    /// Whether a text may stand as it is.
    pub fn fits(&self, text: &str) -> bool {
        (self.least..=self.most).contains(&text.len())
            && text.bytes().all(|byte| holds(self.chars, byte))
            && text.bytes().next().is_none_or(|byte| holds(self.first, byte))
    }

    /// Whether a character may stand in it.
    pub fn takes(&self, char: char) -> bool {
        u8::try_from(char).is_ok_and(|byte| holds(self.chars, byte))
    }

    /// Another text for one that does not fit: always the same for the same text. What can be read of it stands first.
    pub fn spell(&self, text: &str) -> String {
        let tail_length = TAIL.max(self.least).min(self.most);
        let letters: Vec<u8> = alphanumerics().filter(|byte| holds(self.chars, *byte)).collect();
        let leaders: Vec<u8> = alphanumerics().filter(|byte| holds(self.first & self.chars, *byte)).collect();
        let joint = [b'_', b'-'].into_iter().find(|byte| holds(self.chars, *byte));
        let mut seed = hash(text);
        let mut pick = |among: &[u8]| match among.len() as u64 {
            0 => b'_',
            count => {
                let picked = among.get((seed % count) as usize).copied();
                seed = if seed < count { mixed(seed) } else { seed / count };
                picked.unwrap_or(b'_')
            }
        };
        let room = self.most.saturating_sub(tail_length + 1);
        let mut name: Vec<u8> = Vec::with_capacity(room.min(text.len()) + tail_length + 1);
        for char in text.chars() {
            name.extend(u8::try_from(char).ok().filter(|byte| holds(self.chars, *byte)).or(joint));
        }
        if name.first().is_some_and(|byte| !holds(self.first, *byte)) {
            name.insert(0, leaders.first().copied().unwrap_or(b'_'));
        }
        name.truncate(room);
        if !name.is_empty() {
            name.extend(joint.filter(|joint| name.last() != Some(joint)));
        }
        for _ in 0..tail_length {
            let byte = if name.is_empty() { pick(&leaders) } else { pick(&letters) };
            name.push(byte);
        }
        String::from_utf8(name).unwrap_or_default()
    }
}

fn holds(set: u128, byte: u8) -> bool {
    byte.is_ascii() && set & (1 << byte) != 0
}

fn alphanumerics() -> impl Iterator<Item = u8> {
    (b'a'..=b'z').chain(b'0'..=b'9').chain(b'A'..=b'Z')
}

/// FNV-1a: the same in every build, and nobody but a client could profit from a collision.
fn hash(text: &str) -> u64 {
    mixed(
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)),
    )
}

/// Spreads every bit over all.
fn mixed(seed: u64) -> u64 {
    let seed = (seed ^ (seed >> 30)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}
