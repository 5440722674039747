//! What an applicant tells the society.

use kit::{crypto::Keys, errors::Problem};
use prost::Message as _;
use proto_membership::v1 as wire;
use uuid::Uuid;

use database::stored_enum;

const PURPOSE: &str = "membership.form";

stored_enum! {
    /// Highest degree.
    pub(crate) enum Education: wire::application_form::Education {
        Secondary = "SECONDARY",
        College = "COLLEGE",
        Bachelor = "BACHELOR",
        Master = "MASTER",
        Doctor = "DOCTOR",
    }
}

/// The form; may be incomplete until it is submitted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where the applicant works or studies.
    pub employer: String,
    /// Position or title; may stay empty.
    pub position: String,
    pub education: Option<Education>,
    /// Field of work.
    pub research_field: String,
    /// Why the applicant wants to join; may stay empty.
    pub statement: String,
    /// Where the applicant works: GB/T 2260 code, or empty.
    pub division_code: String,
}

/// A required field that is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    Employer,
    Education,
    ResearchField,
    Division,
}

impl Gap {
    /// Path in an application.
    pub(crate) const fn field(self) -> &'static str {
        match self {
            Self::Employer => "form.employer",
            Self::Education => "form.education",
            Self::ResearchField => "form.research_field",
            Self::Division => "form.division_code",
        }
    }

    /// What to do, in English and Chinese.
    pub(crate) const fn advice(self) -> (&'static str, &'static str) {
        match self {
            Self::Employer => (
                "Missing; say where you work or study.",
                "请填写工作或学习单位。",
            ),
            Self::Education => ("Missing; choose your highest degree.", "请选择最高学历。"),
            Self::ResearchField => (
                "Missing; name your field of work.",
                "请填写从事的专业领域。",
            ),
            Self::Division => (
                "Missing; choose the division you work in.",
                "请选择工作所在地区。",
            ),
        }
    }
}

impl Form {
    /// The required fields that are empty; none if the form can be submitted.
    pub(crate) fn gaps(&self) -> Vec<Gap> {
        let blank = |text: &str| text.trim().is_empty();
        [
            (blank(&self.employer), Gap::Employer),
            (self.education.is_none(), Gap::Education),
            (blank(&self.research_field), Gap::ResearchField),
            (self.division_code.is_empty(), Gap::Division),
        ]
        .into_iter()
        .filter_map(|(missing, gap)| missing.then_some(gap))
        .collect()
    }

    /// As it is stored, bound to its application.
    pub(crate) fn seal(self, keys: &Keys, application_id: Uuid) -> Vec<u8> {
        keys.seal(
            PURPOSE,
            application_id.as_bytes(),
            &wire::ApplicationForm::from(self).encode_to_vec(),
        )
    }

    /// Opens what [`seal`](Self::seal) made.
    pub(crate) fn open(keys: &Keys, application_id: Uuid, sealed: &[u8]) -> Result<Self, Problem> {
        let encoded = keys
            .open(PURPOSE, application_id.as_bytes(), sealed)
            .map_err(Problem::internal)?;
        Ok(wire::ApplicationForm::decode(encoded.as_slice())
            .map_err(Problem::internal)?
            .into())
    }
}

impl From<wire::ApplicationForm> for Form {
    fn from(form: wire::ApplicationForm) -> Self {
        Self {
            education: Education::from_wire(form.education),
            employer: form.employer,
            position: form.position,
            research_field: form.research_field,
            statement: form.statement,
            division_code: form.division_code,
        }
    }
}

impl From<Form> for wire::ApplicationForm {
    fn from(form: Form) -> Self {
        Self {
            employer: form.employer,
            position: form.position,
            education: form.education.map_or(0, Education::to_wire),
            research_field: form.research_field,
            statement: form.statement,
            division_code: form.division_code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_form_lacks_four_things_and_blanks_do_not_count() {
        let all = [
            Gap::Employer,
            Gap::Education,
            Gap::ResearchField,
            Gap::Division,
        ];
        assert_eq!(Form::default().gaps(), all);
        let blanks = Form {
            employer: " ".into(),
            research_field: "\u{3000}".into(),
            ..Form::default()
        };
        assert_eq!(blanks.gaps(), all);
    }

    #[test]
    fn position_and_statement_may_stay_empty() {
        let form = Form {
            employer: "清华大学".into(),
            education: Some(Education::Doctor),
            research_field: "计算机体系结构".into(),
            division_code: "110108".into(),
            ..Form::default()
        };
        assert_eq!(form.gaps(), []);
        assert_eq!(Form::from(wire::ApplicationForm::from(form.clone())), form);
    }
}
