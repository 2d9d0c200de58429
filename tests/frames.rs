//! The framing of streams, against explicit vectors, against another parser and under the law that it does not matter
//! how a stream is cut into reads.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use proptest::prelude::*;
use sse_parse::SseParser;
use wireloom::wire::frames::{Elements, Frame, FrameError, Frames, Framing, MAX_FRAME};

type Owned = (Option<String>, String);

/// Every frame of a stream that comes in these reads, and how it ended.
fn frames<'a>(framing: Framing, reads: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Owned>, Result<(), FrameError>) {
    let mut given = Vec::new();
    let mut each = |frame: Frame<'_>| given.push((frame.event.map(String::from), frame.data.to_owned()));
    let mut frames = Frames::new(framing);
    let mut end = reads.into_iter().try_for_each(|read| frames.push(read, &mut each));
    if end.is_ok() {
        end = frames.finish(&mut each);
    }
    (given, end)
}

/// Expects these frames of a stream, both in one read and byte by byte.
#[track_caller]
fn expect(framing: Framing, stream: impl AsRef<[u8]>, frames_expected: &[(Option<&str>, &str)]) {
    let stream = stream.as_ref();
    let expected: Vec<Owned> =
        frames_expected.iter().map(|(event, data)| (event.map(String::from), data.to_string())).collect();
    assert_eq!(frames(framing, [stream]), (expected.clone(), Ok(())), "in one read");
    assert_eq!(frames(framing, stream.chunks(1)), (expected, Ok(())), "byte by byte");
}

#[test]
fn events_end_with_a_blank_line_of_any_kind() {
    let two = [(Some("a"), "1"), (None, "2")];
    expect(Framing::Sse, "event: a\ndata: 1\n\ndata: 2\n\n", &two);
    expect(Framing::Sse, "event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", &two);
    expect(Framing::Sse, "event: a\rdata: 1\r\rdata: 2\r\r", &two);
    expect(Framing::Sse, "event: a\r\ndata: 1\n\r\ndata: 2\r\r\n", &two);
    expect(Framing::Sse, "\n\n\r\n\revent: a\ndata: 1\n\n\n\n\ndata: 2\n\n\n", &two);
}

#[test]
fn an_event_is_given_as_soon_as_its_blank_line_is() {
    for (framing, stream) in [(Framing::Sse, "data: 1\r\n\r"), (Framing::Sse, "data: 1\n\n"), (Framing::Ndjson, "1\n")]
    {
        let mut given = 0;
        Frames::new(framing).push(stream.as_bytes(), |_| given += 1).unwrap();
        assert_eq!(given, 1, "{stream:?}");
    }
}

#[test]
fn one_space_after_the_colon_is_not_part_of_the_value() {
    expect(
        Framing::Sse,
        "data:1\n\ndata: 2\n\ndata:  3 \n\ndata:\t4\n\n",
        &[(None, "1"), (None, "2"), (None, " 3 "), (None, "\t4")],
    );
}

#[test]
fn several_data_lines_are_joined() {
    expect(Framing::Sse, "data: a\ndata:\ndata\ndata: b: c\n\n", &[(None, "a\n\n\nb: c")]);
    expect(Framing::Sse, "data: {\nevent: x\ndata: }\n\n", &[(Some("x"), "{\n}")]);
}

#[test]
fn what_carries_no_data_gives_no_frame() {
    expect(Framing::Sse, ": ping\n\nevent: lost\n\nid: 1\nretry: 2\n\n:\n\ndata: 1\n\n", &[(None, "1")]);
    expect(Framing::Sse, "data\n\ndata:\n\n", &[(None, ""), (None, "")]);
    expect(Framing::Sse, "", &[]);
}

#[test]
fn other_fields_and_bare_json_are_skipped() {
    expect(Framing::Sse, ": hi\nid: 1\nretry: 10\ndatas: x\n data: x\nDATA: x\ndata: 1\n\n", &[(None, "1")]);
    expect(Framing::Sse, "{\"error\":\"no\"}\n\ndata: 1\n\n{\"data\":1}\n\n", &[(None, "1")]);
}

#[test]
fn the_last_event_name_counts_and_an_empty_one_is_none() {
    expect(Framing::Sse, "event: a\nevent: b\ndata: 1\n\n", &[(Some("b"), "1")]);
    expect(Framing::Sse, "event: a\nevent:\ndata: 1\n\nevent\ndata: 2\n\n", &[(None, "1"), (None, "2")]);
}

#[test]
fn a_byte_order_mark_counts_only_at_the_beginning() {
    expect(Framing::Sse, "\u{feff}data: 1\n\n\u{feff}data: 2\n\n", &[(None, "1")]);
    expect(Framing::Sse, "\u{feff}\ndata: 1\n\n", &[(None, "1")]);
    expect(Framing::Ndjson, "\u{feff}1\n", &[(None, "1")]);
}

#[test]
fn a_last_event_without_its_end_is_given() {
    for end in ["", "\n", "\r", "\r\n", "\n\n", "\r\n\r\n"] {
        expect(Framing::Sse, format!("data: 1\n\nevent: e\ndata: 2{end}"), &[(None, "1"), (Some("e"), "2")]);
    }
    expect(Framing::Sse, "data: 1\n\nevent: e", &[(None, "1")]);
}

#[test]
fn finishing_twice_gives_nothing_twice() {
    let mut frames = Frames::new(Framing::Sse);
    let mut given = 0;
    frames.push(b"data: 1\ndata: 2", |_| given += 1).unwrap();
    frames.finish(|_| given += 1).unwrap();
    frames.finish(|_| given += 1).unwrap();
    assert_eq!(given, 1);
}

#[test]
fn json_lines_are_frames() {
    expect(Framing::Ndjson, "{\"a\":1}\n\n  \r\n [2]\r\n3", &[(None, "{\"a\":1}"), (None, "[2]"), (None, "3")]);
    expect(Framing::Ndjson, "\"data: x\"\ndata: y\n", &[(None, "\"data: x\""), (None, "data: y")]);
}

#[test]
fn a_frame_that_lies_whole_in_the_read_is_not_copied() {
    let read = b"data: one\n\nevent: e\ndata: two\n\n{}\n\ndata: three\ndata: lines\n\n".as_slice();
    let mut borrowed = Vec::new();
    Frames::new(Framing::Sse)
        .push(read, |frame| borrowed.push(read.as_ptr_range().contains(&frame.data.as_ptr())))
        .unwrap();
    assert_eq!(borrowed, [true, true, false]);
}

#[test]
fn text_that_is_not_utf8_ends_the_stream_after_the_frames_before_it() {
    let one = vec![(None, "1".to_owned())];
    for (framing, stream) in [
        (Framing::Sse, b"data: 1\n\ndata: \xff\n\ndata: 2\n\n".as_slice()),
        (Framing::Sse, b"data: 1\n\nevent: \xff\ndata: 2\n\n"),
        (Framing::Sse, b"data: 1\n\ndata: \xc3"),
        (Framing::Ndjson, b"1\n\"\xff\"\n2\n"),
        (Framing::JsonArray, b"[1,\"\xff\",2]"),
    ] {
        assert_eq!(frames(framing, [stream]), (one.clone(), Err(FrameError::NotUtf8)));
        assert_eq!(frames(framing, stream.chunks(1)), (one.clone(), Err(FrameError::NotUtf8)));
    }
    assert_eq!(frames(Framing::Sse, [b": \xff\ndata: 1\n\n".as_slice()]), (one, Ok(())));
}

#[test]
fn a_frame_may_be_as_long_as_the_limit_and_no_longer() {
    type Stream = fn(usize) -> Vec<u8>;
    let cases: [(Framing, Stream); 5] = [
        (Framing::Sse, |length| [b"data:".as_slice(), &vec![b'x'; length - 5], b"\n\n"].concat()),
        (Framing::Sse, |length| [b"data:\n".repeat(1000), vec![b'x'; length - 5000], b"\n\n".to_vec()].concat()),
        (Framing::Ndjson, |length| [vec![b'1'; length], b"\n".to_vec()].concat()),
        (Framing::JsonArray, |length| [b"[\"".as_slice(), &vec![b'x'; length - 2], b"\"]"].concat()),
        // Before and behind the payload are the prelude and two checksums.
        (Framing::EventStream, |length| message(&[], &("{}".to_owned() + &" ".repeat(length - 18)))),
    ];
    for (framing, stream) in cases {
        for chunk in [usize::MAX, 8 << 10] {
            let (given, end) = frames(framing, stream(MAX_FRAME).chunks(chunk));
            assert_eq!((given.len(), end), (1, Ok(())));
            let (given, end) = frames(framing, stream(MAX_FRAME + 1).chunks(chunk));
            assert_eq!((given.len(), end), (0, Err(FrameError::TooLong)));
        }
    }
}

#[test]
fn a_line_without_end_is_refused_before_it_is_kept() {
    let mut frames = Frames::new(Framing::Sse);
    assert_eq!(frames.push(&vec![b':'; MAX_FRAME], |_| {}), Ok(()));
    assert_eq!(frames.push(b":::::::::", |_| {}), Err(FrameError::TooLong));
}

#[test]
fn elements_of_an_array_are_frames() {
    let elements = [(None, "{\"a\":[1,\"]}\\\"\"]}"), (None, "[[2]]"), (None, "\"x,\""), (None, "3"), (None, "null")];
    expect(Framing::JsonArray, "\u{feff} [{\"a\":[1,\"]}\\\"\"]}\r\n,\n[[2]] , \"x,\",3\n,null]\n", &elements);
    expect(Framing::JsonArray, "[]", &[]);
    expect(Framing::JsonArray, "", &[]);
    // An error comes alone, and what is cut off is given for the reader to refuse.
    expect(Framing::JsonArray, "{\"error\": {\"code\": 404}}\n", &[(None, "{\"error\": {\"code\": 404}}")]);
    expect(Framing::JsonArray, "[{\"a\":1},{\"b", &[(None, "{\"a\":1}"), (None, "{\"b")]);
    let mut given = 0;
    Frames::new(Framing::JsonArray).push(b"[{}", |_| given += 1).unwrap();
    assert_eq!(given, 1, "an element is given as soon as it ends");
}

#[test]
fn what_is_written_in_any_framing_can_be_an_array() {
    for frames in
        [["event: a\ndata: {\"a\":1}\n\ndata: {\"b\":2}\n\n", "data: [DONE]\n\n"], ["{\"a\":1}\n{\"b\":2}\n", "\n"]]
    {
        let (mut elements, mut out) = (Elements::default(), b"before".to_vec());
        for frame in frames {
            let start = out.len();
            out.extend_from_slice(frame.as_bytes());
            elements.take(&mut out, start);
        }
        elements.end(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "before[{\"a\":1},\n{\"b\":2}]");
    }
    let mut out = Vec::new();
    Elements::default().end(&mut out);
    assert_eq!(out, b"[]");
}

/// A binary message with these headers.
fn message(headers: &[(&'static str, &'static str)], payload: &str) -> Vec<u8> {
    let header =
        |(name, value): &(&'static str, &'static str)| Header::new(*name, HeaderValue::String((*value).into()));
    let mut message = Message::new(payload.as_bytes().to_vec());
    for pair in headers {
        message = message.add_header(header(pair));
    }
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

const TOLD: [(&str, &str); 3] =
    [(":message-type", "event"), (":event-type", "delta"), (":content-type", "application/json")];

#[test]
fn a_binary_message_is_its_json_with_its_headers_first() {
    let stream = [
        message(&TOLD, " {\"text\":\"é\"}"),
        message(&[(":message-type", "exception"), (":exception-type", "slow\"ly"), ("x", "y")], "{}"),
        message(&[(":event-type", "e")], ""),
    ];
    let expected = [
        (None, "{\":message-type\":\"event\",\":event-type\":\"delta\",\"text\":\"é\"}"),
        (None, "{\":message-type\":\"exception\",\":exception-type\":\"slow\\\"ly\"}"),
        (None, "{\":event-type\":\"e\"}"),
    ];
    expect(Framing::EventStream, stream.concat(), &expected);
}

#[test]
fn a_damaged_message_ends_the_stream_after_those_before_it() {
    let good = message(&TOLD, "{\"n\":1}");
    let expected = vec![(None, "{\":message-type\":\"event\",\":event-type\":\"delta\",\"n\":1}".to_owned())];
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x04;
        let stream = [good.clone(), bad].concat();
        let (given, end) = frames(Framing::EventStream, [stream.as_slice()]);
        assert_eq!(given, expected, "damaged at {at}");
        assert!(matches!(end, Err(FrameError::Corrupt | FrameError::TooLong)), "damaged at {at}: {end:?}");
        assert_eq!(frames(Framing::EventStream, stream.chunks(1)), (given, end), "damaged at {at}");
        let cut = [&good[..], &good[..at]].concat();
        let wanted = if at == 0 { Ok(()) } else { Err(FrameError::Corrupt) };
        assert_eq!(frames(Framing::EventStream, cut.chunks(3)), (expected.clone(), wanted), "cut at {at}");
    }
}

/// Streams that are dense in everything that means something to a framing.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "\n",
        "\n",
        "\n\n",
        "\r\n",
        "\r\n\r\n",
        "\r",
        ":",
        " ",
        "data",
        "data:",
        "data: ",
        "data: {\"a\":1}",
        "event:",
        "event: delta",
        "id: 7",
        "retry: 3",
        "é",
        "🦀",
        "\u{feff}",
        "x",
        "{}",
        "[DONE]",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat().into_bytes())
}

/// The same, with some bytes that no UTF-8 has.
fn broken_stream() -> impl Strategy<Value = Vec<u8>> {
    (stream(), prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3)).prop_map(
        |(mut stream, bytes)| {
            for (at, byte) in bytes {
                let at = at.index(stream.len() + 1);
                stream.insert(at, byte);
            }
            stream
        },
    )
}

/// Cuts a stream at these places, which may leave empty reads.
fn chop<'a>(stream: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    cuts.sort_unstable();
    let begins = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([stream.len()]);
    begins.zip(ends).map(|(begin, end)| &stream[begin..end]).collect()
}

/// What another parser makes of a stream. It differs in three ways that are made up for here. It drops an event whose
/// blank line never came, so the stream is ended with two line ends, of which the first may complete a line end. It
/// calls an event without a name "message". It replaces what is not UTF-8, so it is only given streams that are.
fn oracle(stream: &[u8]) -> Vec<Owned> {
    let mut parser = SseParser::new();
    parser.feed(stream);
    parser.feed(b"\n\n");
    std::iter::from_fn(|| parser.next_event())
        .map(|event| (Some(event.event).filter(|name| name != "message"), event.data))
        .collect()
}

proptest! {
    #[test]
    fn cutting_a_stream_changes_nothing(
        stream in broken_stream(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        for framing in [Framing::Sse, Framing::Ndjson, Framing::JsonArray] {
            let whole = frames(framing, [stream.as_slice()]);
            prop_assert_eq!(&frames(framing, chop(&stream, &cuts)), &whole);
            prop_assert_eq!(&frames(framing, stream.chunks(1)), &whole);
        }
    }

    #[test]
    fn cutting_an_array_changes_nothing(
        elements in prop::collection::vec("(\\{[\"\\\\\\[\\]{},: a1é]{0,8}|\"[^\"\\\\]{0,5}\"|[0-9]{1,3})", 0..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let stream = format!("[{}]", elements.join(",\n")).into_bytes();
        let whole = frames(Framing::JsonArray, [stream.as_slice()]);
        prop_assert_eq!(&frames(Framing::JsonArray, chop(&stream, &cuts)), &whole);
        prop_assert_eq!(&frames(Framing::JsonArray, stream.chunks(1)), &whole);
    }

    #[test]
    fn cutting_binary_messages_changes_nothing(
        payloads in prop::collection::vec("\\{(\"[a-zé]{0,9}\":[0-9]{1,5})?\\}", 0..6),
        damage in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let mut stream: Vec<u8> = payloads.iter().flat_map(|payload| message(&TOLD, payload)).collect();
        if let (Some((at, byte)), false) = (damage, stream.is_empty()) {
            let at = at.index(stream.len());
            stream[at] = byte;
        }
        let whole = frames(Framing::EventStream, [stream.as_slice()]);
        prop_assert_eq!(&frames(Framing::EventStream, chop(&stream, &cuts)), &whole);
        prop_assert_eq!(&frames(Framing::EventStream, stream.chunks(1)), &whole);
    }

    #[test]
    fn events_are_those_of_another_parser(stream in stream()) {
        prop_assert_eq!(frames(Framing::Sse, [stream.as_slice()]), (oracle(&stream), Ok(())));
    }
}
