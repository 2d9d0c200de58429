//! How many pages a PDF has, as far as can be seen without laying it out.

use std::io::Read;

use flate2::read::ZlibDecoder;
use memchr::memmem;

/// The bytes of a page in a file that does not say how many it has.
const USUAL_PAGE: usize = 50_000;

/// The most bytes that one of its streams may unpack to.
const MOST_UNPACKED: u64 = 16 << 20;

/// How many pages a file has: what the root of its tree of pages says, which is the largest number of any; else how
/// many pages stand in it; else what its size lets expect.
pub(super) fn pages(file: &[u8]) -> u64 {
    let mut seen = Seen::default();
    seen.look(file);
    if seen.count == 0 {
        // Since PDF 1.5 the tree may stand in packed streams of objects.
        packed(file).for_each(|objects| seen.look(&objects));
    }
    let (count, pages) = (seen.count, seen.pages);
    let guess = file.len().div_ceil(USUAL_PAGE) as u64;
    [count, pages, guess].into_iter().find(|pages| *pages > 0).unwrap_or(1)
}

#[derive(Default)]
struct Seen {
    /// The largest count of a node of the tree.
    count: u64,
    /// The pages themselves.
    pages: u64,
}

impl Seen {
    fn look(&mut self, text: &[u8]) {
        for at in memmem::find_iter(text, b"/Type") {
            let rest = text[at + 5..].trim_ascii_start();
            if rest.starts_with(b"/Pages") {
                self.count = self.count.max(count_around(text, at));
            } else if rest.starts_with(b"/Page") && !rest[5..].first().is_some_and(u8::is_ascii_alphanumeric) {
                self.pages += 1;
            }
        }
    }
}

/// The count in the dictionary in which a key stands: dictionaries of the tree hold no others.
fn count_around(text: &[u8], at: usize) -> u64 {
    let start = memmem::rfind(&text[..at], b"<<").unwrap_or(0);
    let end = memmem::find(&text[at..], b">>").map_or(text.len(), |length| at + length);
    let Some(found) = memmem::find(&text[start..end], b"/Count") else { return 0 };
    let digits = text[start + found + 6..end].trim_ascii_start().iter().take_while(|byte| byte.is_ascii_digit());
    digits.take(7).fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}

/// The streams of objects of a file, unpacked.
fn packed(file: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    memmem::find_iter(file, b"/ObjStm").filter_map(|at| {
        let start = at + memmem::find(&file[at..], b"stream")? + 6;
        let data = file[start..].strip_prefix(b"\r\n").or_else(|| file[start..].strip_prefix(b"\n"))?;
        let data = memmem::find(data, b"endstream").map_or(data, |end| &data[..end]);
        let mut objects = Vec::new();
        // What is broken, or longer, is looked at as far as it goes.
        let _ = ZlibDecoder::new(data).take(MOST_UNPACKED).read_to_end(&mut objects);
        Some(objects)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_root_says_how_many_pages() {
        let file =
            b"%PDF-1.4\n1 0 obj<</Type /Catalog /Pages 2 0 R>>endobj 2 0 obj<< /Type /Pages /Kids [3 0 R 9 0 R] \
            /Count 12>>endobj 3 0 obj<</Count 7 /Type/Pages>>endobj 4 0 obj<</Type/Page/Parent 3 0 R>>endobj";
        assert_eq!(pages(file), 12);
    }

    #[test]
    fn pages_are_counted_where_no_root_is_seen() {
        let file = b"%PDF-1.4 4 0 obj<</Type/Page >>endobj 5 0 obj<</Type /Page/Parent 1 0 R>> <</Type/PageLabel>>";
        assert_eq!(pages(file), 2);
    }

    #[test]
    fn packed_objects_are_seen() {
        let objects = b"2 0 3 40 <</Type/Pages/Kids[3 0 R]/Count 31>> <</Type/Page>>";
        let mut data = Vec::new();
        flate2::read::ZlibEncoder::new(&objects[..], flate2::Compression::default()).read_to_end(&mut data).unwrap();
        let head = b"%PDF-1.5 7 0 obj<</Type/ObjStm/N 2/First 10/Filter/FlateDecode>>stream\r\n";
        let file = [&head[..], &data, b"\r\nendstream endobj"].concat();
        assert_eq!(pages(&file), 31);
    }

    #[test]
    fn anything_has_a_page() {
        for file in [&b""[..], b"/Type", b"/Type/Pages", b"<</Type/Pages/Count 0>>", b"/ObjStm stream\nno zlib"] {
            assert_eq!(pages(file), 1, "{file:?}");
        }
        assert_eq!(pages(&vec![b' '; 120_000]), 3);
    }
}
