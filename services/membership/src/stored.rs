//! Enums that stand in the database under the names the contract gives them.

/// Declares the enum that the service uses for an enum of the contract: stored as text under the same names, without the contract's
/// `…_UNSPECIFIED`, so that a value read from the wire or from a row is always one with a meaning.
macro_rules! stored_enum {
    (
        $(#[$about:meta])*
        $vis:vis enum $name:ident: $wire:ty {
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
            /// Every value, in the order of the contract.
            $vis const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in the contract and in the database.
            $vis const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value with this name.
            $vis fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }

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

        impl sqlx::Type<sqlx::Postgres> for $name {
            fn type_info() -> sqlx::postgres::PgTypeInfo {
                <&str as sqlx::Type<sqlx::Postgres>>::type_info()
            }

            fn compatible(ty: &sqlx::postgres::PgTypeInfo) -> bool {
                <&str as sqlx::Type<sqlx::Postgres>>::compatible(ty)
            }
        }

        impl<'r> sqlx::Decode<'r, sqlx::Postgres> for $name {
            fn decode(value: sqlx::postgres::PgValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                let text = <&str as sqlx::Decode<sqlx::Postgres>>::decode(value)?;
                Self::parse(text).ok_or_else(|| concat!("unknown ", stringify!($name), " in the database").into())
            }
        }
    };
}

pub(crate) use stored_enum;
