//! How unified messages are cut into wire messages, where a spec's layout is not one of those that are built in.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use wireloom::wire::{
    layout::{Cut, Entry, Group, Keeps, cut},
    writer::Losses,
};
use wireloom_schema::model::{Json, Message, Part, PartKind, Role};

fn text(text: &str) -> Part<'_> {
    Part::plain(text)
}

fn call<'a>(id: &'a str) -> Part<'a> {
    Part::ToolCall {
        id: id.into(),
        name: "look".into(),
        arguments: Json::EMPTY,
        namespace: None,
        signature: None,
        cache: None,
    }
}

fn result<'a>(id: &'a str) -> Part<'a> {
    Part::ToolResult { id: id.into(), name: None, parts: vec![text("seen")], is_error: false, cache: None }
}

fn say<'a>(role: Role, parts: Vec<Part<'a>>) -> Message<'a> {
    Message { role, parts }
}

fn entries(group: Group, system: bool) -> [Entry; 2] {
    let text = PartKind::Text.bit();
    let entry = |role, kinds, system| Entry { role, system, kinds, group, first: false, spilled: 0, spills_to: 0 };
    [
        entry(Role::User, text | PartKind::ToolResult.bit(), system),
        entry(Role::Assistant, text | PartKind::ToolCall.bit(), false),
    ]
}

/// A cut as text: its entry, and its parts by their words or names.
fn shown(cuts: &[Cut<'_>]) -> Vec<String> {
    let part = |part: &&Part<'_>| match part {
        Part::ToolCall { id, .. } | Part::ToolResult { id, .. } => id.to_string(),
        part => part.words().unwrap().to_owned(),
    };
    cuts.iter()
        .map(|cut| format!("{}: {}", cut.entry, cut.parts.iter().map(part).collect::<Vec<_>>().join(" ")))
        .collect()
}

#[test]
fn what_the_system_says_later_on_stands_among_the_users_words() {
    let messages = [
        say(Role::User, vec![text("go")]),
        say(Role::System, vec![text("mind the gap")]),
        say(Role::Assistant, vec![call("c1")]),
        say(Role::User, vec![result("c1"), text("and?")]),
        say(Role::System, vec![text("be brief"), text("")]),
        say(Role::User, vec![text("now")]),
    ];
    for (group, wanted) in [
        (Group::Run, &["0: go mind the gap", "1: c1", "0: c1 and? be brief now"][..]),
        (Group::Message, &["0: go", "0: mind the gap", "1: c1", "0: c1 and?", "0: be brief", "0: now"]),
    ] {
        let mut lost = Losses::default();
        let cuts = cut(&messages, &entries(group, true), Keeps::All, |_, _| Ok(()), &mut lost);
        assert_eq!(
            (shown(&cuts).as_slice(), lost.names()),
            (&wanted.iter().map(ToString::to_string).collect::<Vec<_>>()[..], &[][..])
        );
    }
}

#[test]
fn without_a_place_the_systems_later_words_are_told_as_lost() {
    let messages = [say(Role::User, vec![text("go")]), say(Role::System, vec![text("stop")])];
    let mut lost = Losses::default();
    let cuts = cut(&messages, &entries(Group::Run, false), Keeps::All, |_, _| Ok(()), &mut lost);
    assert_eq!((shown(&cuts), lost.names()), (vec!["0: go".to_owned()], &["text"][..]));
}

#[test]
fn the_systems_later_words_are_not_the_users_last_word() {
    let thoughts = Part::Reasoning { text: "hm".into(), signature: None };
    let messages = [
        say(Role::User, vec![text("go")]),
        say(Role::Assistant, vec![thoughts, call("c1")]),
        say(Role::User, vec![result("c1")]),
        say(Role::System, vec![text("be brief")]),
    ];
    let mut entries = entries(Group::Run, true);
    entries[1].kinds |= PartKind::Reasoning.bit();
    let cuts = cut(&messages, &entries, Keeps::OpenCalls, |_, _| Ok(()), &mut Losses::default());
    assert_eq!(shown(&cuts), ["0: go", "1: hm c1", "0: c1 be brief"]);
}
