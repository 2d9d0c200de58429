//! What images, pages and recordings weigh in tokens, by the formulas that vendors publish. Which holds for an API, its
//! spec says.

/// What is counted otherwise than by its words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// A picture.
    pub image: ImageWeight,
    /// A page of a document, in tokens.
    pub page: u64,
    /// A second of sound, in tokens.
    pub second: u64,
}

impl Weights {
    /// Where a spec says nothing: tokens for an area of pixels, a page as a picture and its text.
    pub const USUAL: Self =
        Self { image: ImageWeight::Area { pixels: 750, longest: 1568, most: 1600 }, page: 2_250, second: 32 };
}

/// How the tokens of a picture follow from its size in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ImageWeight {
    /// By its area.
    Area {
        /// So many pixels are a token.
        pixels: u32,
        /// A longer picture is shrunk to this length.
        longest: u32,
        /// The most tokens: a picture of more is shrunk to them.
        most: u64,
    },
    /// By the square tiles that cover it.
    Tiles {
        /// The side of a tile.
        side: u32,
        /// A picture that is longer is shrunk to this length first.
        longest: u32,
        /// A picture whose shorter side is longer is shrunk to this one then.
        shortest: u32,
        /// The tokens of a tile.
        each: u64,
        /// The tokens of any picture beside those of its tiles; all, where only a glance is asked for.
        base: u64,
    },
    /// By square tiles whose side follows from the shorter side.
    Crops {
        /// The shorter side over a tile's.
        ratio: f64,
        /// Pictures that are nowhere longer are one tile.
        small: u32,
        /// The tokens of a tile.
        each: u64,
    },
    /// By the small square patches that cover it.
    Patches {
        /// The side of a patch.
        side: u32,
        /// The most patches: a picture of more is shrunk to them.
        most: u32,
        /// The tokens of a patch.
        times: f64,
    },
}

impl ImageWeight {
    /// The tokens of a picture of that size, in pixels; `glance` if the model is not to look closely.
    pub fn of(self, width: u32, height: u32, glance: bool) -> u64 {
        let (w, h) = (f64::from(width.max(1)), f64::from(height.max(1)));
        match self {
            Self::Area { pixels, longest, most } => {
                let (w, h) = shrunk(w, h, f64::from(longest) / w.max(h));
                ((w * h / f64::from(pixels.max(1))) as u64).clamp(1, most)
            }
            Self::Tiles { base, .. } if glance => base,
            Self::Tiles { side, longest, shortest, each, base } => {
                let (w, h) = shrunk(w, h, f64::from(longest) / w.max(h));
                let (w, h) = shrunk(w, h, f64::from(shortest) / w.min(h));
                base + each * covering(w, h, f64::from(side))
            }
            Self::Crops { small, each, .. } if width.max(height) <= small => each,
            Self::Crops { ratio, each, .. } => each * covering(w, h, (w.min(h) / ratio).floor().max(1.0)),
            Self::Patches { side, most, times } => {
                let patches = covering(w, h, f64::from(side)).min(u64::from(most));
                (patches as f64 * times).ceil() as u64
            }
        }
    }

    /// The tokens of a picture whose size nobody tells.
    pub fn unknown(self, glance: bool) -> u64 {
        self.of(1000, 1000, glance)
    }
}

/// A size times a factor, if that makes it smaller.
fn shrunk(w: f64, h: f64, factor: f64) -> (f64, f64) {
    if factor < 1.0 { ((w * factor).round(), (h * factor).round()) } else { (w, h) }
}

/// How many squares cover an area.
fn covering(w: f64, h: f64, side: f64) -> u64 {
    ((w / side.max(1.0)).ceil() * (h / side.max(1.0)).ceil()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: ImageWeight = Weights::USUAL.image;
    const TILES: ImageWeight = ImageWeight::Tiles { side: 512, longest: 2048, shortest: 768, each: 170, base: 85 };
    const CROPS: ImageWeight = ImageWeight::Crops { ratio: 1.5, small: 384, each: 258 };
    const PATCHES: ImageWeight = ImageWeight::Patches { side: 32, most: 1536, times: 1.0 };

    /// The examples that stand beside the formulas:
    /// - docs.anthropic.com/en/docs/build-with-claude/vision, "Calculate image costs": 200 by 200, 1000 by 1000, and 1092
    ///   by 1092, which is the largest square that is not shrunk;
    /// - platform.openai.com/docs/guides/images-vision, "Calculating costs": 1024 by 1024, 2048 by 4096, 4096 by 8192 at a
    ///   glance; 1024 by 1024 in patches, and 1800 by 2400, which is shrunk;
    /// - ai.google.dev/gemini-api/docs/image-understanding, "Token calculation": 384 by 384, 960 by 540.
    #[test]
    fn pictures_weigh_what_vendors_say() {
        for (weight, width, height, glance, tokens) in [
            (AREA, 200, 200, false, 53),
            (AREA, 1000, 1000, true, 1333),
            (AREA, 1092, 1092, false, 1589),
            (AREA, 8000, 8000, false, 1600),
            (AREA, 0, 0, false, 1),
            (TILES, 1024, 1024, false, 765),
            (TILES, 2048, 4096, false, 1105),
            (TILES, 4096, 8192, true, 85),
            (TILES, 512, 512, false, 255),
            (CROPS, 384, 384, false, 258),
            (CROPS, 960, 540, false, 1548),
            (PATCHES, 1024, 1024, false, 1024),
            (PATCHES, 1800, 2400, false, 1536),
        ] {
            assert_eq!(weight.of(width, height, glance), tokens, "{weight:?} {width}x{height}");
        }
    }
}
