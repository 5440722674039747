//! What people do, and how often.

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// A person signs up and proves who they are.
    SignUp,
    /// A person applies to a society.
    Apply,
    /// A reviewer passes the application that waits longest.
    Review,
    /// An approver decides the one that waits longest.
    Decide,
    /// A person registers for an activity.
    Register,
    /// The desk publishes an activity.
    Publish,
    /// The desk checks a person in.
    CheckIn,
}

/// With their weights.
const ALL: [(Doing, u64); 7] = [
    (Doing::SignUp, 20),
    (Doing::Apply, 16),
    (Doing::Review, 12),
    (Doing::Decide, 12),
    (Doing::Register, 28),
    (Doing::Publish, 2),
    (Doing::CheckIn, 10),
];

impl Doing {
    /// The one for this number.
    pub(crate) fn draw(chance: u64) -> Self {
        let total: u64 = ALL.iter().map(|(_, weight)| weight).sum();
        let mut rest = chance % total;
        for (doing, weight) in ALL {
            if rest < weight {
                return doing;
            }
            rest -= weight;
        }
        Self::SignUp
    }

    /// In reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SignUp => "signed up",
            Self::Apply => "applied",
            Self::Review => "reviewed",
            Self::Decide => "decided",
            Self::Register => "registered",
            Self::Publish => "published",
            Self::CheckIn => "checked in",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_as_often_as_its_weight_says() {
        for (doing, weight) in ALL {
            let times = (0..100)
                .filter(|chance| Doing::draw(*chance) == doing)
                .count();
            assert_eq!(times as u64, weight, "{doing:?}");
        }
    }
}
