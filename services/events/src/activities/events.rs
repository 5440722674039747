//! The events of an activity.

use eventlog::NewEvent;
use proto_events::v1 as wire;

use super::Activity;

const AGGREGATE: &str = "Activity";

impl Activity {
    /// The event of publishing it.
    pub fn published(&self) -> NewEvent {
        let content = &self.content;
        let event = wire::ActivityPublished {
            organisation_id: self.organisation_id.to_string(),
            kind: wire::activity::Kind::from(content.kind).into(),
            division_code: content.division_code.clone(),
            capacity: content.capacity,
            title: content.title.clone(),
        };
        NewEvent::of(AGGREGATE, self.activity_id, &event)
    }

    /// The event of moving it to another division, with the seats taken until now.
    pub fn relocated(&self, to_division_code: &str) -> NewEvent {
        let content = &self.content;
        let event = wire::ActivityRelocated {
            organisation_id: self.organisation_id.to_string(),
            kind: wire::activity::Kind::from(content.kind).into(),
            from_division_code: content.division_code.clone(),
            to_division_code: to_division_code.to_owned(),
            seats_taken: self.seats_taken,
        };
        NewEvent::of(AGGREGATE, self.activity_id, &event)
    }

    /// The event of cancelling it.
    pub fn cancelled(&self) -> NewEvent {
        let content = &self.content;
        let event = wire::ActivityCancelled {
            organisation_id: self.organisation_id.to_string(),
            kind: wire::activity::Kind::from(content.kind).into(),
            division_code: content.division_code.clone(),
        };
        NewEvent::of(AGGREGATE, self.activity_id, &event)
    }
}
