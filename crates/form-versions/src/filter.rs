//! Filters of lists by what was answered: `key=value`, as requests carry them.

/// What has to be answered, all of it. Empty: whatever was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The keys of the fields.
    pub keys: Vec<String>,
    /// What is answered to each of them: see `forms::Form::rows`.
    pub values: Vec<String>,
}

impl Wanted {
    /// Of the conditions of a request, whose form the contract has checked.
    pub fn of(conditions: &[String]) -> Self {
        let parts = conditions.iter().filter_map(|one| one.split_once('='));
        let (keys, values) = parts
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .unzip();
        Self { keys, values }
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_a_key_and_an_answer() {
        let wanted = Wanted::of(&["meal=true".to_owned(), "size=a=b".to_owned()]);
        assert_eq!(wanted.keys, ["meal", "size"]);
        assert_eq!(wanted.values, ["true", "a=b"]);
        assert!(Wanted::of(&[]).is_empty());
    }
}
