//! What the fuzzer's bytes mean: which of several things is driven, where its bytes are cut, and the bytes.

/// Takes an input apart. `WIRELOOM_FUZZ_ONLY` picks the thing of that name, whatever the input says.
pub(crate) fn taken<'d, T: Copy>(
    data: &'d [u8],
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Option<(T, usize, &'d [u8])> {
    let (&[which, high, low], bytes) = data.split_first_chunk::<3>()?;
    let only = std::env::var("WIRELOOM_FUZZ_ONLY").ok();
    let which = match &only {
        Some(only) => *all.iter().find(|one| name(**one) == only).unwrap_or_else(|| panic!("there is no `{only}`")),
        None => *all.get(usize::from(which) % all.len())?,
    };
    Some((which, usize::from(u16::from_be_bytes([high, low])), bytes))
}
