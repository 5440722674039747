//! Conversion of activities between domain types and messages.

use files::pictures::Published;
use kit::{
    errors::Problem,
    wire::{etag, timestamp},
};
use proto_events::v1 as wire;

use super::{Activity, Kind, State};

impl From<State> for wire::activity::State {
    fn from(state: State) -> Self {
        match state {
            State::Draft => Self::Draft,
            State::Published => Self::Published,
            State::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Kind> for wire::activity::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::AcademicMeeting => Self::AcademicMeeting,
            Kind::Lecture => Self::Lecture,
            Kind::PopularScience => Self::PopularScience,
            Kind::Training => Self::Training,
            Kind::Volunteering => Self::Volunteering,
        }
    }
}

/// The kind of a request; `None` if it is left out.
pub fn kind(field: &str, kind: i32) -> Result<Option<Kind>, Problem> {
    use wire::activity::Kind as Wire;
    match Wire::try_from(kind) {
        Ok(Wire::Unspecified) => Ok(None),
        Ok(Wire::AcademicMeeting) => Ok(Some(Kind::AcademicMeeting)),
        Ok(Wire::Lecture) => Ok(Some(Kind::Lecture)),
        Ok(Wire::PopularScience) => Ok(Some(Kind::PopularScience)),
        Ok(Wire::Training) => Ok(Some(Kind::Training)),
        Ok(Wire::Volunteering) => Ok(Some(Kind::Volunteering)),
        Err(_) => Err(unknown(field)),
    }
}

/// The state of a request; `None` if it is left out.
pub fn state(field: &str, state: i32) -> Result<Option<State>, Problem> {
    use wire::activity::State as Wire;
    match Wire::try_from(state) {
        Ok(Wire::Unspecified) => Ok(None),
        Ok(Wire::Draft) => Ok(Some(State::Draft)),
        Ok(Wire::Published) => Ok(Some(State::Published)),
        Ok(Wire::Cancelled) => Ok(Some(State::Cancelled)),
        Err(_) => Err(unknown(field)),
    }
}

/// The problem of a field with a value that the contract does not define.
pub fn unknown(field: &str) -> Problem {
    Problem::invalid(
        field,
        (
            "Not a known value; use one from the contract.",
            "取值无效，请从所列选项中选择。",
        ),
    )
}

impl From<Activity> for wire::Activity {
    fn from(activity: Activity) -> Self {
        let content = activity.content;
        Self {
            activity_id: activity.activity_id.to_string(),
            organisation_id: activity.organisation_id.to_string(),
            organisation_name: activity.organisation_name,
            title: content.title,
            description: content.description,
            kind: wire::activity::Kind::from(content.kind).into(),
            state: wire::activity::State::from(activity.state).into(),
            starts_at: Some(timestamp(content.schedule.starts_at)),
            ends_at: Some(timestamp(content.schedule.ends_at)),
            registration_closes_at: content.schedule.registration_closes_at.map(timestamp),
            division_code: content.division_code,
            place: content.place,
            capacity: content.capacity,
            seats_taken: activity.seats_taken,
            credit_minutes: content.credit_minutes,
            cancel_reason: activity.cancel_reason,
            etag: etag(activity.version),
            review: None,
            review_reason: String::new(),
            form_version: activity.form_version.unwrap_or_default(),
            cover: activity.cover.map(|cover| published(cover.0)),
        }
    }
}

fn published(cover: Published) -> wire::PublishedCover {
    let pictures = cover.pictures.into_iter();
    let pictures = pictures.map(|size| wire::ActivityPicture {
        hash: size.hash,
        width: size.width,
        height: size.height,
    });
    wire::PublishedCover {
        pictures: pictures.collect(),
        alt_zh: cover.alt_zh,
        alt_en: cover.alt_en,
    }
}
