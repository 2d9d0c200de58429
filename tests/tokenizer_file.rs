//! Tokenizers in files, from a folder and from a hub.

#![cfg(feature = "tokenizer-files")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{fs, sync::Arc};

use serde_json::json;
use support::upstream::Upstream as Hub;
use wireloom::{
    tokens::TokenizerFile,
    upstream::{Timeouts, Upstream},
};

/// A vocabulary of letters and of one word.
fn small() -> String {
    let words = ["h", "e", "l", "o", "Ġ", "w", "r", "d", "he", "ll", "hell", "hello"];
    let vocab: serde_json::Map<_, _> =
        words.iter().enumerate().map(|(id, word)| ((*word).to_owned(), id.into())).collect();
    let bytes = json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true });
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": bytes, "post_processor": null, "decoder": bytes,
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": vocab,
            "merges": ["h e", "l l", "he ll", "hell o"],
        },
    })
    .to_string()
}

fn upstream() -> Upstream {
    Upstream::new(Timeouts::default()).unwrap()
}

#[tokio::test]
async fn a_file_on_this_machine_counts() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tokenizer.json"), small()).unwrap();
    for name in [folder.path().to_owned(), folder.path().join("tokenizer.json")] {
        let file = Arc::new(TokenizerFile::new(name.to_str().unwrap(), None, |_| None));
        assert_eq!(file.tokenizer(&upstream()).await.unwrap().count("hello world"), 7);
    }
}

#[tokio::test]
async fn a_models_file_is_fetched_once() {
    let text = small();
    let hub = Hub::start(move |asked, peer| match asked.start.split(' ').nth(1).unwrap() {
        "/org/model/resolve/main/tokenizer.json" => peer.whole(302, &[("location", "/elsewhere?part=1")], b""),
        "/elsewhere?part=1" => peer.whole(200, &[], text.as_bytes()),
        _ => peer.whole(404, &[], b""),
    });
    let folder = tempfile::tempdir().unwrap();
    let variable = |name: &str| (name == "HF_ENDPOINT").then(|| format!("http://{}/", hub.address));
    for _ in 0..2 {
        let file = Arc::new(TokenizerFile::new("org/model", folder.path().to_str(), variable));
        assert_eq!(file.tokenizer(&upstream()).await.unwrap().count("hello"), 1);
        assert_eq!(file.tokenizer(&upstream()).await.unwrap().count("hello"), 1);
    }
    assert_eq!(hub.asked().len(), 2);
}

#[tokio::test]
async fn what_is_not_there_is_told_and_not_asked_for_again_at_once() {
    let hub = Hub::json(404, "{}");
    let folder = tempfile::tempdir().unwrap();
    let variable = |name: &str| (name == "HF_ENDPOINT").then(|| format!("http://{}", hub.address));
    let file = Arc::new(TokenizerFile::new("org/../model", folder.path().to_str(), variable));
    let error = file.tokenizer(&upstream()).await.unwrap_err();
    assert!(error.contains("status 404"), "{error}");
    assert!(file.tokenizer(&upstream()).await.is_err());
    assert_eq!(hub.asked().len(), 1);
    fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    let broken = Arc::new(TokenizerFile::new(folder.path().to_str().unwrap(), None, |_| None));
    assert!(broken.tokenizer(&upstream()).await.unwrap_err().contains("cannot be used"));
}
