//! What the event log is told about an activity.

use eventlog::NewEvent;
use proto::cast::events::v1 as wire;

use super::Activity;

const AGGREGATE: &str = "Activity";

impl Activity {
    /// It was published.
    pub fn published(&self) -> NewEvent {
        let content = &self.content;
        let fact = wire::ActivityPublished {
            organisation_id: self.organisation_id.to_string(),
            kind: wire::activity::Kind::from(content.kind).into(),
            division_code: content.division_code.clone(),
            capacity: content.capacity,
            title: content.title.clone(),
        };
        NewEvent::of(AGGREGATE, self.activity_id, &fact)
    }

    /// It takes place elsewhere, with the seats taken until now.
    pub fn relocated(&self, to_division_code: &str) -> NewEvent {
        let content = &self.content;
        let fact = wire::ActivityRelocated {
            organisation_id: self.organisation_id.to_string(),
            kind: wire::activity::Kind::from(content.kind).into(),
            from_division_code: content.division_code.clone(),
            to_division_code: to_division_code.to_owned(),
            seats_taken: self.seats_taken,
        };
        NewEvent::of(AGGREGATE, self.activity_id, &fact)
    }

    /// It was cancelled.
    pub fn cancelled(&self) -> NewEvent {
        let content = &self.content;
        let fact = wire::ActivityCancelled {
            organisation_id: self.organisation_id.to_string(),
            kind: wire::activity::Kind::from(content.kind).into(),
            division_code: content.division_code.clone(),
        };
        NewEvent::of(AGGREGATE, self.activity_id, &fact)
    }
}
