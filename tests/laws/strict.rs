//! JSON as strict readers take it.

use std::collections::BTreeSet;

/// Fails if the text is not JSON, or if an object in it has one key twice.
pub(crate) fn assert_no_key_twice(text: &str) {
    struct Distinct;
    impl<'de> serde::Deserialize<'de> for Distinct {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Distinct)
        }
    }
    impl<'de> serde::de::Visitor<'de> for Distinct {
        type Value = Distinct;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("JSON")
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
            Ok(self)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
            Ok(self)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
            Ok(self)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
            Ok(self)
        }
        fn visit_str<E>(self, _: &str) -> Result<Self, E> {
            Ok(self)
        }
        fn visit_unit<E>(self) -> Result<Self, E> {
            Ok(self)
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
            while list.next_element::<Distinct>()?.is_some() {}
            Ok(self)
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
            let mut keys = BTreeSet::new();
            while let Some(key) = map.next_key::<String>()? {
                map.next_value::<Distinct>()?;
                if !keys.insert(key.clone()) {
                    return Err(serde::de::Error::custom(format_args!("the key `{key}` stands twice")));
                }
            }
            Ok(self)
        }
    }
    if let Err(error) = serde_json::from_str::<Distinct>(text) {
        panic!("{error} in {text}");
    }
}
