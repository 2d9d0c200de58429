//! Media types, and how names of files end that have them.

/// Endings with their media types. Of several for one type the first is written.
const ENDINGS: [(&str, &str); 18] = [
    ("png", "image/png"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("webp", "image/webp"),
    ("gif", "image/gif"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("html", "text/html"),
    ("csv", "text/csv"),
    ("json", "application/json"),
    ("xml", "text/xml"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
];

/// The media type of files whose names end so, in letters of any case.
pub fn type_of(ending: &str) -> Option<&'static str> {
    ENDINGS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)).map(|(_, mime)| *mime)
}

/// How names of files of a media type end; the type's second half, if it is not known.
pub fn ending_of(mime: &str) -> &str {
    let plain = mime.split(';').next().unwrap_or(mime).trim();
    let known = ENDINGS.iter().find(|(_, known)| plain.eq_ignore_ascii_case(known));
    known.map_or_else(|| plain.split_once('/').map_or(plain, |(_, subtype)| subtype), |(ending, _)| ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_and_its_media_type_stand_for_each_other() {
        for (ending, mime) in ENDINGS.iter().filter(|(ending, _)| *ending != "jpg") {
            assert_eq!((type_of(ending), ending_of(mime)), (Some(*mime), *ending));
        }
        assert_eq!(type_of("JPG"), Some("image/jpeg"));
        assert_eq!((ending_of("text/plain; charset=utf-8"), ending_of("image/bmp")), ("txt", "bmp"));
        assert_eq!(type_of("exe"), None);
    }
}
