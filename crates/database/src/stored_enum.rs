//! Enums that are stored as text.

/// Declares an enum that is stored as text. With the enum of the contract behind its name it has the same variants, without
/// `…_UNSPECIFIED`, so that a value read from the wire or from a row is always one with a meaning:
///
/// ```ignore
/// stored_enum! {
///     /// How high a division stands.
///     pub enum Level: wire::division::Level {
///         /// 省
///         Province = "PROVINCE",
///     }
/// }
/// ```
#[macro_export]
macro_rules! stored_enum {
    (
        $(#[$about:meta])*
        $vis:vis enum $name:ident: $wire:ty {
            $($(#[$meaning:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $crate::stored_enum! {
            $(#[$about])*
            $vis enum $name {
                $($(#[$meaning])* $variant = $text,)+
            }
        }

        #[allow(dead_code)] // Not every enum needs every conversion.
        impl $name {
            /// For a field on the wire.
            $vis const fn to_wire(self) -> i32 {
                match self {
                    $(Self::$variant => <$wire>::$variant as i32,)+
                }
            }

            /// The value of a field on the wire; `None` if it is unspecified or not known.
            $vis fn from_wire(number: i32) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.to_wire() == number)
            }
        }
    };
    (
        $(#[$about:meta])*
        $vis:vis enum $name:ident {
            $($(#[$meaning:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $vis enum $name {
            $($(#[$meaning])* $variant,)+
        }

        #[allow(dead_code)] // Not every enum needs every conversion.
        impl $name {
            /// Every value, in this order.
            $vis const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in the database, and in the contract if it is an enum of the contract.
            $vis const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value with this name.
            $vis fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }

        impl ::sqlx::Type<::sqlx::Postgres> for $name {
            fn type_info() -> ::sqlx::postgres::PgTypeInfo {
                <&str as ::sqlx::Type<::sqlx::Postgres>>::type_info()
            }

            fn compatible(ty: &::sqlx::postgres::PgTypeInfo) -> bool {
                <&str as ::sqlx::Type<::sqlx::Postgres>>::compatible(ty)
            }
        }

        impl<'r> ::sqlx::Decode<'r, ::sqlx::Postgres> for $name {
            fn decode(value: ::sqlx::postgres::PgValueRef<'r>) -> Result<Self, ::sqlx::error::BoxDynError> {
                let text = <&str as ::sqlx::Decode<::sqlx::Postgres>>::decode(value)?;
                Self::parse(text).ok_or_else(|| concat!("unknown ", stringify!($name), " in the database").into())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    stored_enum! {
        /// A signal.
        enum Light: Wire {
            /// Stop.
            Red = "red",
            /// Go.
            Green = "green",
        }
    }

    /// As the contract generates it.
    enum Wire {
        Red = 1,
        Green = 2,
    }

    #[test]
    fn values_are_read_as_they_are_written_and_nothing_else_is_one() {
        for light in Light::ALL {
            assert_eq!(Light::parse(light.as_str()), Some(*light));
            assert_eq!(Light::from_wire(light.to_wire()), Some(*light));
        }
        for text in ["", "Red", "amber"] {
            assert_eq!(Light::parse(text), None);
        }
        assert_eq!((Light::from_wire(0), Light::from_wire(3)), (None, None));
    }
}
