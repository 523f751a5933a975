//! Numbers in protobuf's JSON mapping. They may be text: `"1795163739165953000"`, `"NaN"`, `SEVERITY_NUMBER_INFO`.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use record::bounded;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::severity;
use crate::not_text::MAX_QUOTED_BYTES;

/// A number that was sent as a number or as text; 0 for `null`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Number<N>(pub(super) N);

/// A severity number that was sent as a number or by its name in the schema.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SeverityNumber(pub(super) i64);

/// A type that a JSON number or text can be read as.
pub(super) trait FromNumber: FromStr + Default {
    fn from_u64(number: u64) -> Option<Self>;
    fn from_i64(number: i64) -> Option<Self>;
    fn from_f64(number: f64) -> Option<Self>;
}

macro_rules! integer {
    ($($integer:ty)*) => {$(
        impl FromNumber for $integer {
            fn from_u64(number: u64) -> Option<Self> {
                number.try_into().ok()
            }

            fn from_i64(number: i64) -> Option<Self> {
                number.try_into().ok()
            }

            /// Protobuf also accepts `1.0` and `1e3` as integers.
            fn from_f64(number: f64) -> Option<Self> {
                format!("{number:.0}").parse().ok().filter(|_| number.fract() == 0.0)
            }
        }
    )*};
}

integer!(u32 u64 i64);

#[allow(clippy::cast_precision_loss, reason = "a double was asked for")]
impl FromNumber for f64 {
    fn from_u64(number: u64) -> Option<Self> {
        Some(number as Self)
    }

    fn from_i64(number: i64) -> Option<Self> {
        Some(number as Self)
    }

    fn from_f64(number: f64) -> Option<Self> {
        Some(number)
    }
}

impl<'de, N: FromNumber> Deserialize<'de> for Number<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrText(PhantomData)).map(Self)
    }
}

struct NumberOrText<N>(PhantomData<N>);

impl<N: FromNumber> Visitor<'_> for NumberOrText<N> {
    type Value = N;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a number as text")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<N, E> {
        N::from_u64(number).ok_or_else(|| E::custom(format_args!("{number} is out of range")))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<N, E> {
        N::from_i64(number).ok_or_else(|| E::custom(format_args!("{number} is out of range")))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<N, E> {
        N::from_f64(number).ok_or_else(|| E::custom(format_args!("{number} is not a number of this type")))
    }

    /// `f64` parses `NaN`, `Infinity` and `-Infinity` as the mapping writes them.
    fn visit_str<E: Error>(self, text: &str) -> Result<N, E> {
        text.parse()
            .map_err(|_| E::custom(format_args!("`{}` is not a number of this type", bounded(text, MAX_QUOTED_BYTES))))
    }

    fn visit_unit<E: Error>(self) -> Result<N, E> {
        Ok(N::default())
    }
}

impl<'de> Deserialize<'de> for SeverityNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrName;
        impl Visitor<'_> for NumberOrName {
            type Value = i64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a severity's number")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
                NumberOrText(PhantomData).visit_u64(number)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
                Ok(number)
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<i64, E> {
                severity::number(name).map_or_else(|| NumberOrText(PhantomData).visit_str(name), Ok)
            }

            fn visit_unit<E: Error>(self) -> Result<i64, E> {
                Ok(0)
            }
        }
        deserializer.deserialize_any(NumberOrName).map(Self)
    }
}
