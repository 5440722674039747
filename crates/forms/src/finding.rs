//! What is wrong with answers and with definitions, in words.

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Required, and there is no answer.
    Missing,
    /// Not of the type of the field.
    WrongType,
    /// The form has no such field, row or column.
    UnknownKey,
    /// Control characters or direction overrides.
    Unreadable,
    /// None of the options.
    NoSuchOption,
    /// Chosen twice.
    Repeated,
    /// Fewer characters than the least.
    TooShort,
    /// More characters than the most.
    TooLong,
    /// Below the least.
    TooSmall,
    /// Above the most.
    TooLarge,
    /// Before the first day.
    TooEarly,
    /// Behind the last day.
    TooLate,
    /// Fewer choices or rows than the least.
    TooFew,
    /// More choices or rows than the most.
    TooMany,
    /// No day of the calendar.
    NotADay,
    /// Ends before it begins.
    Reversed,
    /// No number of its kind, or a character of it is wrong.
    BadNumber,
}

impl Code {
    /// Its name, as `portal/src/features/forms` knows it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::WrongType => "wrongType",
            Self::UnknownKey => "unknownKey",
            Self::Unreadable => "unreadable",
            Self::NoSuchOption => "noSuchOption",
            Self::Repeated => "repeated",
            Self::TooShort => "tooShort",
            Self::TooLong => "tooLong",
            Self::TooSmall => "tooSmall",
            Self::TooLarge => "tooLarge",
            Self::TooEarly => "tooEarly",
            Self::TooLate => "tooLate",
            Self::TooFew => "tooFew",
            Self::TooMany => "tooMany",
            Self::NotADay => "notADay",
            Self::Reversed => "reversed",
            Self::BadNumber => "badNumber",
        }
    }
}

/// Something about an answer that the person has to mend.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Which answer: `key`, `key[2].column`, `key.row`.
    pub path: String,
    /// What is wrong with it.
    pub code: Code,
    /// The limit that it breaks; empty if it breaks none.
    pub limit: String,
}

impl Finding {
    pub(crate) fn new(path: &str, code: Code) -> Self {
        Self {
            path: path.to_owned(),
            code,
            limit: String::new(),
        }
    }

    /// What to do, in English and Chinese.
    pub fn words(&self) -> (String, String) {
        let limit = &self.limit;
        let fixed = |en: &str, zh: &str| (en.to_owned(), zh.to_owned());
        match self.code {
            Code::Missing => fixed("Missing; answer this question.", "请填写此项。"),
            Code::WrongType => fixed(
                "Not an answer of this type; answer it again.",
                "填写内容的类型不对，请重新填写。",
            ),
            Code::UnknownKey => fixed(
                "The form has no such question; read the form again.",
                "表单中没有此项，请刷新表单后再试。",
            ),
            Code::Unreadable => fixed(
                "Contains characters that cannot be seen; type it again.",
                "含有不可见的控制字符，请重新输入。",
            ),
            Code::NoSuchOption => fixed(
                "None of the options; choose again.",
                "所选项不存在，请重新选择。",
            ),
            Code::Repeated => fixed(
                "Chosen twice; choose each only once.",
                "有重复的选项，每项只能选一次。",
            ),
            Code::TooShort => (
                format!("Too short; at least {limit} characters."),
                format!("内容太短，至少 {limit} 个字。"),
            ),
            Code::TooLong => (
                format!("Too long; at most {limit} characters."),
                format!("内容太长，至多 {limit} 个字。"),
            ),
            Code::TooSmall => (
                format!("Too small; at least {limit}."),
                format!("数值太小，不能小于 {limit}。"),
            ),
            Code::TooLarge => (
                format!("Too large; at most {limit}."),
                format!("数值太大，不能大于 {limit}。"),
            ),
            Code::TooEarly => (
                format!("Too early; {limit} or later."),
                format!("日期太早，不能早于 {limit}。"),
            ),
            Code::TooLate => (
                format!("Too late; {limit} or earlier."),
                format!("日期太晚，不能晚于 {limit}。"),
            ),
            Code::TooFew => (
                format!("Too few; at least {limit}."),
                format!("数量太少，至少 {limit} 项。"),
            ),
            Code::TooMany => (
                format!("Too many; at most {limit}."),
                format!("数量太多，至多 {limit} 项。"),
            ),
            Code::NotADay => fixed(
                "No day of the calendar; write it as YYYY-MM-DD.",
                "日期不存在，请按“年-月-日”填写，如 2026-01-31。",
            ),
            Code::Reversed => fixed(
                "Ends before it begins; correct one of the days.",
                "结束日期早于开始日期，请更正。",
            ),
            Code::BadNumber => fixed(
                "Not a valid number or code; compare it with where you have it from.",
                "号码或代码有误，请核对后重新填写。",
            ),
        }
    }
}

/// Something about a definition that its author has to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where in the definition: `pages[0].sections[1].fields[2].key`.
    pub path: String,
    /// What to do, in English.
    pub en: String,
    /// What to do, in Chinese.
    pub zh: String,
}
