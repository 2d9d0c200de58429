//! `weights`: what is counted otherwise than by its words.

use crate::{
    document::{Node, Value},
    spec::plan::{ImageWeight, Weights},
};

use super::Lowering;

/// The keys of `weights`, with what they are.
pub const WEIGHT_KEYS: [(&str, &str); 3] = [
    ("image", "a picture: how its tokens follow from its size in pixels"),
    ("page", "a page of a document, in tokens"),
    ("second", "a second of sound, in tokens"),
];

/// The keys of `weights.image`, with what they are.
pub const IMAGE_KEYS: [(&str, &str); 4] = [
    ("area", "by its area: `pixels` are a token; shrunk to `longest` and to `most` tokens before"),
    (
        "tiles",
        "by the tiles of a `side` that cover it, `each` of so many tokens, over a `base`, which is all at low detail; \
         shrunk to `longest`, and then until the shorter side is `shortest`",
    ),
    ("crops", "by tiles whose side is the shorter side over `ratio`, `each` of so many tokens; one if it is `small`"),
    ("patches", "by the patches of a `side` that cover it, at `most` so many, `times` the tokens of one"),
];

/// The numbers of each form.
pub const FORMS: [(&str, &[&str]); 4] = [
    ("area", &["pixels", "longest", "most"]),
    ("tiles", &["side", "longest", "shortest", "each", "base"]),
    ("crops", &["ratio", "small", "each"]),
    ("patches", &["side", "most", "times"]),
];

impl Lowering {
    pub(super) fn weights(&mut self, node: Option<&Node>) -> Option<Weights> {
        let node = node?;
        self.known_keys(node, WEIGHT_KEYS.iter().map(|(key, _)| *key));
        let (page, second) = (self.weight(node, "page"), self.weight(node, "second"));
        let image = match node.get("image") {
            Some(image) => self.image(image),
            None => {
                self.expected(node, "an object with `image`");
                None
            }
        };
        Some(Weights { image: image?, page: page? as u64, second: second? as u64 })
    }

    fn image(&mut self, node: &Node) -> Option<ImageWeight> {
        self.known_keys(node, IMAGE_KEYS.iter().map(|(key, _)| *key));
        let [entry] = node.entries() else {
            self.expected(node, "one of `area`, `tiles`, `crops` and `patches`");
            return None;
        };
        let (form, keys) = FORMS.iter().find(|(form, _)| *form == entry.key)?;
        self.known_keys(&entry.node, keys.iter().copied());
        let mut number = |key| self.weight(&entry.node, key);
        Some(match *form {
            "area" => {
                let (pixels, longest, most) = (number("pixels")?, number("longest")?, number("most")?);
                ImageWeight::Area { pixels: pixels as u64, longest: longest as u64, most: most as u64 }
            }
            "tiles" => {
                let (side, longest, shortest) = (number("side")?, number("longest")?, number("shortest")?);
                let (each, base) = (number("each")? as u64, number("base")? as u64);
                ImageWeight::Tiles { side: side as u64, longest: longest as u64, shortest: shortest as u64, each, base }
            }
            "crops" => {
                let (ratio, small, each) = (number("ratio")?, number("small")?, number("each")?);
                ImageWeight::Crops { ratio, small: small as u64, each: each as u64 }
            }
            _ => {
                let (side, most, times) = (number("side")?, number("most")?, number("times")?);
                ImageWeight::Patches { side: side as u64, most: most as u64, times }
            }
        })
    }

    /// A number above 0 that must be there.
    fn weight(&mut self, node: &Node, key: &str) -> Option<f64> {
        let Some(value) = node.get(key) else {
            self.expected(node, &format!("an object with `{key}`"));
            return None;
        };
        let number = match &value.value {
            Value::Number(text) => text.parse().ok().filter(|number: &f64| *number > 0.0 && *number < 1e9),
            _ => None,
        };
        if number.is_none() {
            self.expected(value, "a number above 0");
        }
        number
    }
}
