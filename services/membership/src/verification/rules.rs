//! What a query asks for.

use proto_membership::v1::MembershipQuery;

/// The member to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// In the form it is stored in.
    MemberNumber(String),
    /// Likewise.
    PersonNumber(String),
}

/// The query does not give exactly one of the two numbers.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("exactly one of the two numbers is needed")]
pub(crate) struct Unclear;

/// What is asked for, in the form numbers are stored in. The request is taken as it was sent, since the answer repeats it. A number that
/// cannot exist is no error: the answer is that there is no such member.
pub(crate) fn read(query: &MembershipQuery) -> Result<Question, Unclear> {
    let member = text::number(&query.member_number);
    let person = text::number(&query.person_number);
    match (member.is_empty(), person.is_empty()) {
        (false, true) => Ok(Question::MemberNumber(member)),
        (true, false) => Ok(Question::PersonNumber(person)),
        (true, true) | (false, false) => Err(Unclear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(member: &str, person: &str) -> MembershipQuery {
        MembershipQuery {
            member_number: member.into(),
            person_number: person.into(),
        }
    }

    #[test]
    fn exactly_one_number_is_asked_for() {
        assert_eq!(
            read(&query(" b20 0000123m ", "")),
            Ok(Question::MemberNumber("B200000123M".into()))
        );
        assert_eq!(
            read(&query("", "000000000000001x")),
            Ok(Question::PersonNumber("000000000000001X".into()))
        );
        assert_eq!(read(&query("", " ")), Err(Unclear));
        assert_eq!(
            read(&query("B200000123M", "0000000000000019")),
            Err(Unclear)
        );
    }
}
