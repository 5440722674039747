//! What applicants and staff see.

use ::files::uploads::Uploads;
use kit::{
    Call,
    crypto::Keys,
    errors::{Problem, Result},
    wire::{etag, parse_id, timestamp},
};
use proto_membership::{reasons, v1 as wire};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use workdays::Calendar;

use super::{
    Applications, State, answers,
    deadline::Waiting,
    files,
    form::Form,
    routed,
    store::records::{self, HistoryLine, Record},
};
use crate::{
    consents::audience::{self, Audience},
    memberships, sealed,
};

/// The methods that show one application are for every signed-in person; those who are not the applicant need this permission on its
/// organisation.
const REVIEW: &str = "applications.review";

/// An application as its audience may see it, at a moment. How its time limit was counted is left out: lists need only the day.
pub(super) fn to_wire(
    record: Record,
    keys: &Keys,
    audience: Audience,
    now: OffsetDateTime,
) -> Result<wire::Application> {
    let review_deadline = deadline(&record, now).map(|deadline| wire::ReviewDeadline {
        days: Vec::new(),
        ..deadline
    });
    let case = routed::built_in_case(&record, audience, now)?;
    let form_is_open = answers_are_open(&record, audience);
    let name = match record.name_sealed {
        Some(sealed) => audience::name(
            keys,
            record.person_id,
            &sealed,
            record.consent_stands,
            audience,
        )?,
        None => String::new(),
    };
    let form = if form_is_open {
        Some(Form::open(keys, record.application_id, &record.form_sealed)?.into())
    } else {
        None
    };
    let answers = match &record.answers_sealed {
        Some(sealed) if form_is_open => {
            let answers = answers::open(keys, record.application_id, Some(sealed))?;
            Some(proto_forms::json::message(answers))
        }
        _ => None,
    };
    let reason = record
        .reason_sealed
        .filter(|_| audience != Audience::Above)
        .map(|sealed| sealed::REASON.open(keys, record.application_id, &sealed));
    Ok(wire::Application {
        application_id: record.application_id.to_string(),
        organisation_id: record.organisation_id.to_string(),
        organisation_name: record.organisation_name,
        person_number: record.person_number,
        applicant_name: name,
        state: record.state.to_wire(),
        category: record.category.to_wire(),
        form,
        decision_reason: reason.transpose()?.unwrap_or_default(),
        membership_id: record
            .membership_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        created_at: Some(timestamp(record.created_at)),
        submitted_at: record.submitted_at.map(timestamp),
        decided_at: record.decided_at.map(timestamp),
        etag: etag(record.version),
        earlier_memberships: Vec::new(),
        review_deadline,
        answers,
        case,
        files: Vec::new(),
        form_version: record.form_version.unwrap_or_default(),
        current_form_version: record.current_form_version.unwrap_or_default(),
    })
}

/// Whether this audience sees what the applicant tells: the form, the answers, their files.
pub(crate) fn answers_are_open(record: &Record, audience: Audience) -> bool {
    match audience {
        Audience::Person => true,
        Audience::Society => record.consent_stands,
        Audience::Above => false,
    }
}

/// Until when the organisation has to decide.
fn deadline(record: &Record, now: OffsetDateTime) -> Option<wire::ReviewDeadline> {
    let waiting = Waiting::of(record.state, record.since, record.review_days)?;
    Some(waiting.deadline(Calendar::china(), now))
}

/// The same, with what the applicant was in the organisation before, with the days of the time limit, and with the files.
pub(super) async fn to_wire_with_past<T>(
    conn: &mut PgConnection,
    record: Record,
    (keys, files): (&Keys, &Uploads),
    audience: Audience,
    call: &Call<T>,
) -> Result<wire::Application> {
    let now = call.now;
    let review_deadline = deadline(&record, now);
    let earlier_memberships = memberships::past::earlier(
        conn,
        keys,
        record.organisation_id,
        record.person_id,
        record.application_id,
        audience,
    )
    .await?;
    let files = if answers_are_open(&record, audience) {
        files::described(conn, files, &record).await?
    } else {
        Vec::new()
    };
    let on_route = record.route_version;
    let routed = on_route.map(|_| (record.application_id, record.organisation_id));
    let mut application = wire::Application {
        earlier_memberships,
        review_deadline,
        files,
        ..to_wire(record, keys, audience, now)?
    };
    routed::show_one(conn, call, keys, &mut application, routed, audience).await?;
    Ok(application)
}

pub(super) fn line(
    line: HistoryLine,
    keys: &Keys,
    id: Uuid,
    audience: Audience,
) -> Result<wire::ApplicationStep> {
    let reason = line
        .reason_sealed
        .filter(|_| audience != Audience::Above)
        .map(|sealed| sealed::REASON.open(keys, id, &sealed));
    let shown = audience != Audience::Person && line.actor == "staff";
    Ok(wire::ApplicationStep {
        occurred_at: Some(timestamp(line.occurred_at)),
        from_state: line.from_state.map_or(0, State::to_wire),
        to_state: line.to_state.to_wire(),
        actor: line.actor,
        reason: reason.transpose()?.unwrap_or_default(),
        actor_number: if shown {
            line.actor_number
        } else {
            String::new()
        },
    })
}

/// The application, if the caller may see it, and as what.
pub(crate) async fn visible<T>(
    conn: &mut PgConnection,
    call: &Call<T>,
    application_id: &str,
) -> Result<(Record, Audience)> {
    let not_found = || Problem::of(&reasons::NOT_FOUND);
    let person_id = call.caller.person()?.person_id;
    let application_id = parse_id("application_id", application_id)?;
    let record = records::get(conn, application_id)
        .await?
        .ok_or_else(not_found)?;
    if record.person_id == person_id {
        return Ok((record, Audience::Person));
    }
    // A draft is the applicant's own, also when it was withdrawn as such.
    if record.submitted_at.is_none() {
        return Err(not_found());
    }
    let organisation_id = record.organisation_id;
    let held = call.caller.held(conn, REVIEW, organisation_id).await?;
    Ok((record, held.ok_or_else(not_found)?.into()))
}

impl Applications {
    /// Staff leave an audit record of what they are shown; applicants do not.
    pub(super) async fn audit_shown<T>(
        &self,
        call: &Call<T>,
        application_id: Uuid,
        audience: Audience,
    ) -> Result<()> {
        if audience == Audience::Person {
            return Ok(());
        }
        let subject = format!("application:{application_id}");
        call.audit_read(&self.db, &subject).await
    }
}
