//! Values of another kind than their place takes: parts that vendors add later use old keys in new ways.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{BorrowedStrDeserializer, MapAccessDeserializer, SeqAccessDeserializer},
    },
};

/// Reads the next value of an object. One that is not of the kind that its place takes is passed over, and noted.
pub fn next_value<'de, T: Deserialize<'de>, M: MapAccess<'de>>(
    map: &mut M,
    odd: &mut bool,
) -> Result<Option<T>, M::Error> {
    map.next_value_seed(Loose { odd, value: PhantomData })
}

struct Loose<'o, T> {
    odd: &'o mut bool,
    value: PhantomData<T>,
}

impl<T> Loose<'_, T> {
    /// What became of a value that was read already, so that nothing of it is left.
    fn known<E>(self, read: Result<T, E>) -> Result<Option<T>, E> {
        *self.odd |= read.is_err();
        Ok(read.ok())
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Loose<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Loose<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        self.known(T::deserialize(IntoDeserializer::<E>::into_deserializer(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        self.known(T::deserialize(IntoDeserializer::<E>::into_deserializer(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        self.known(T::deserialize(IntoDeserializer::<E>::into_deserializer(value)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        self.known(T::deserialize(IntoDeserializer::<E>::into_deserializer(value)))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
        self.known(T::deserialize(BorrowedStrDeserializer::<E>::new(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        self.known(T::deserialize(IntoDeserializer::<E>::into_deserializer(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        let mut list = Begun { access: list, begun: false };
        match T::deserialize(SeqAccessDeserializer::new(&mut list)) {
            Ok(value) => Ok(Some(value)),
            Err(error) if list.begun => Err(error),
            Err(_) => {
                while list.access.next_element::<IgnoredAny>()?.is_some() {}
                *self.odd = true;
                Ok(None)
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut map = Begun { access: map, begun: false };
        match T::deserialize(MapAccessDeserializer::new(&mut map)) {
            Ok(value) => Ok(Some(value)),
            Err(error) if map.begun => Err(error),
            Err(_) => {
                while map.access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                *self.odd = true;
                Ok(None)
            }
        }
    }
}

/// A list or an object, and whether anything of it has been read: what is broken inside stays an error.
struct Begun<A> {
    access: A,
    begun: bool,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Begun<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Self::Error> {
        self.begun = true;
        self.access.next_element_seed(seed)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Begun<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Self::Error> {
        self.begun = true;
        self.access.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Self::Error> {
        self.access.next_value_seed(seed)
    }
}
