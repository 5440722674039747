//! One sentence for people, in both languages.

use std::borrow::Cow;

/// One sentence in English and Chinese. `From` takes the pair; English alone suffices where only programs read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// In English.
    pub en: Cow<'static, str>,
    /// In Chinese; may be empty.
    pub zh: Cow<'static, str>,
}

impl Words {
    /// The sentence in English and in Chinese.
    pub fn new(en: impl Into<Cow<'static, str>>, zh: impl Into<Cow<'static, str>>) -> Self {
        Self {
            en: en.into(),
            zh: zh.into(),
        }
    }

    /// In Chinese, or in English if there is nothing else.
    pub fn chinese(&self) -> &str {
        match self.zh.as_ref() {
            "" => &self.en,
            chinese => chinese,
        }
    }
}

impl<E: Into<Cow<'static, str>>, Z: Into<Cow<'static, str>>> From<(E, Z)> for Words {
    fn from((en, zh): (E, Z)) -> Self {
        Self::new(en, zh)
    }
}

impl From<&'static str> for Words {
    fn from(en: &'static str) -> Self {
        Self::new(en, "")
    }
}

impl From<String> for Words {
    fn from(en: String) -> Self {
        Self::new(en, "")
    }
}
