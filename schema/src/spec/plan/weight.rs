//! What is counted otherwise than by its words.

/// What images, pages and recordings weigh in tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// A picture.
    pub image: ImageWeight,
    /// A page of a document.
    pub page: u64,
    /// A second of sound.
    pub second: u64,
}

/// How the tokens of a picture follow from its size.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the keys of the spec tell them")]
pub enum ImageWeight {
    /// By its area.
    Area { pixels: u64, longest: u64, most: u64 },
    /// By the tiles that cover it.
    Tiles { side: u64, longest: u64, shortest: u64, each: u64, base: u64 },
    /// By tiles whose side follows from the shorter side.
    Crops { ratio: f64, small: u64, each: u64 },
    /// By the patches that cover it.
    Patches { side: u64, most: u64, times: f64 },
}
