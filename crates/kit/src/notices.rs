//! Asking identity to tell people something. A service writes it into its own log, in the transaction of what is told; identity finds out
//! who is meant, puts it into their inboxes and sends what they have chosen to get (`services/identity/src/notices`).
//!
//! ```ignore
//! let notice = Notice::to_person(record.person_id, templates::ApplicationApproved { organisation_name: &name });
//! tx.notify(&[notice], call.now).await?;
//! ```

use ambient::chance;
use eventlog::NewEvent;
use proto_notices::{
    Filled,
    v1::{NoticeAsked, NoticeHolders, NoticePeople, notice_asked::To},
};
use time::OffsetDateTime;
use uuid::Uuid;

/// The most people that one notice names. More are several notices.
pub const MOST_PEOPLE: usize = 1_000;

/// Something that people are to be told.
#[derive(Clone, Debug)]
pub struct Notice(NoticeAsked);

impl Notice {
    /// For one person.
    pub fn to_person(person_id: Uuid, what: impl Into<Filled>) -> Self {
        Self::to_people(&[person_id], what)
    }

    /// For several people, at most [`MOST_PEOPLE`].
    pub fn to_people(people: &[Uuid], what: impl Into<Filled>) -> Self {
        let person_ids = people.iter().map(Uuid::to_string).collect();
        Self::of(To::People(NoticePeople { person_ids }), what.into())
    }

    /// For the people who hold a permission on an organisation, or, where no one does, nearest above it.
    pub fn to_holders(
        permission: &'static str,
        organisation_id: Uuid,
        what: impl Into<Filled>,
    ) -> Self {
        let holders = NoticeHolders {
            permission: permission.to_owned(),
            organisation_id: organisation_id.to_string(),
        };
        Self::of(To::Holders(holders), what.into())
    }

    fn of(to: To, what: Filled) -> Self {
        Self(NoticeAsked {
            to: Some(to),
            template: what.template.name.to_owned(),
            params: what.params,
            count: 1,
            except_person_id: String::new(),
            urgent: false,
        })
    }

    /// Not for this person: who causes it, or whom it is about.
    #[must_use]
    pub fn except(mut self, person_id: Uuid) -> Self {
        self.0.except_person_id = person_id.to_string();
        self
    }

    /// Reports so many of the same at once.
    #[must_use]
    pub fn times(mut self, count: usize) -> Self {
        self.0.count = i32::try_from(count).unwrap_or(i32::MAX);
        self
    }

    /// Does not wait for the morning, if `urgent`.
    #[must_use]
    pub fn urgent(mut self, urgent: bool) -> Self {
        self.0.urgent = urgent;
        self
    }

    /// As it is asked for.
    pub fn asked(&self) -> &NoticeAsked {
        &self.0
    }

    /// As an event, to be published with others in one statement. It is an aggregate of its own, so nothing has to be locked.
    pub fn event(&self, now: OffsetDateTime) -> NewEvent {
        NewEvent::of("Notice", chance::id(now), &self.0)
    }
}
