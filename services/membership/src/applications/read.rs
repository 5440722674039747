//! What applicants and staff see.

use kit::{
    access::Caller,
    audit,
    crypto::Keys,
    db::Tx,
    errors::Problem,
    paging::Page,
    wire::{etag, parse_id, timestamp},
};
use proto::{cast::membership::v1 as wire, reasons};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Applications, State,
    form::Form,
    permissions::REVIEW,
    store::records::{self, HistoryLine, Record},
};
use crate::{
    consents::audience::{self, Audience},
    memberships, sealed,
};

/// An application as its audience may see it.
pub(super) fn to_wire(
    record: Record,
    keys: &Keys,
    audience: Audience,
) -> Result<wire::Application, Problem> {
    let form_is_open = match audience {
        Audience::Person => true,
        Audience::Society => record.consent_stands,
        Audience::Above => false,
    };
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
    let reason = record
        .reason_sealed
        .filter(|_| audience != Audience::Above)
        .map(|sealed| sealed::open_reason(keys, record.application_id, &sealed));
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
    })
}

/// The same, with what the applicant was in the organisation before.
pub(super) async fn to_wire_with_past(
    tx: &mut Tx,
    record: Record,
    keys: &Keys,
    audience: Audience,
) -> Result<wire::Application, Problem> {
    let earlier_memberships = memberships::past::shown(
        tx,
        keys,
        record.organisation_id,
        record.person_id,
        record.application_id,
        audience,
    )
    .await?;
    Ok(wire::Application {
        earlier_memberships,
        ..to_wire(record, keys, audience)?
    })
}

fn line(
    line: HistoryLine,
    keys: &Keys,
    id: Uuid,
    audience: Audience,
) -> Result<wire::ApplicationStep, Problem> {
    let reason = line
        .reason_sealed
        .filter(|_| audience != Audience::Above)
        .map(|sealed| sealed::open_reason(keys, id, &sealed));
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

impl Applications {
    /// The application, if the caller may see it, and as what. Staff leave an audit record in the transaction.
    async fn visible(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: &str,
        method: &str,
    ) -> Result<(Record, Audience), Problem> {
        let not_found = || Problem::of(&reasons::NOT_FOUND);
        let person = caller.person()?;
        let application_id = parse_id("application_id", id)?;
        let record = records::get(tx, application_id)
            .await?
            .ok_or_else(not_found)?;
        if record.person_id == person.person_id {
            return Ok((record, Audience::Person));
        }
        // A draft is the applicant's own, also when it was withdrawn as such.
        if record.submitted_at.is_none() {
            return Err(not_found());
        }
        let held = caller.held(tx, REVIEW, record.organisation_id).await?;
        let audience = held.ok_or_else(not_found)?.into();
        let action = format!("cast.membership.v1.Applications/{method}");
        audit::record(
            tx,
            caller,
            &action,
            &format!("application:{application_id}"),
            "ok",
            self.clock.now(),
        )
        .await?;
        Ok((record, audience))
    }

    pub(super) async fn get(
        &self,
        caller: &Caller,
        request: wire::GetApplicationRequest,
    ) -> Result<wire::Application, Problem> {
        let mut tx = self.db.begin().await?;
        let (record, audience) = self
            .visible(&mut tx, caller, &request.application_id, "GetApplication")
            .await?;
        let answer = to_wire_with_past(&mut tx, record, &self.keys, audience).await?;
        tx.commit().await?;
        Ok(answer)
    }

    pub(super) async fn history(
        &self,
        caller: &Caller,
        request: wire::ListApplicationHistoryRequest,
    ) -> Result<wire::ListApplicationHistoryResponse, Problem> {
        let mut tx = self.db.begin().await?;
        let method = "ListApplicationHistory";
        let (record, audience) = self
            .visible(&mut tx, caller, &request.application_id, method)
            .await?;
        let id = record.application_id;
        let lines = records::history(&mut tx, id).await?;
        tx.commit().await?;
        let steps = lines
            .into_iter()
            .map(|l| line(l, &self.keys, id, audience))
            .collect::<Result<_, _>>()?;
        Ok(wire::ListApplicationHistoryResponse { steps })
    }

    pub(super) async fn list_mine(
        &self,
        caller: &Caller,
        request: wire::ListMyApplicationsRequest,
    ) -> Result<wire::ListMyApplicationsResponse, Problem> {
        let person_id = caller.person()?.person_id;
        let fingerprint = ["my applications", &person_id.to_string()];
        let page = Page::<Uuid>::of(
            request.page_size,
            &request.page_token,
            &fingerprint,
            &self.keys,
        )?;
        let records = records::of_person(
            &mut *self.db.read().await?,
            person_id,
            page.after,
            page.limit,
        )
        .await?;
        let (records, next_page_token) = page.next(records, |last| last.application_id);
        let own = |record| to_wire(record, &self.keys, Audience::Person);
        let applications = records.into_iter().map(own).collect::<Result<_, _>>()?;
        Ok(wire::ListMyApplicationsResponse {
            applications,
            next_page_token,
        })
    }

    pub(super) async fn list(
        &self,
        caller: &Caller,
        request: wire::ListApplicationsRequest,
    ) -> Result<wire::ListApplicationsResponse, Problem> {
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let mut states: Vec<State> = request
            .states
            .iter()
            .filter_map(|number| State::from_wire(*number))
            .collect();
        if states.is_empty() {
            states = vec![State::InFirstReview, State::InFinalReview];
        }
        states.sort_unstable();
        states.dedup();
        let mut fingerprint = vec!["applications", request.organisation_id.as_str()];
        fingerprint.extend(states.iter().map(|state| state.as_str()));
        let page = Page::<(OffsetDateTime, Uuid)>::of(
            request.page_size,
            &request.page_token,
            &fingerprint,
            &self.keys,
        )?;
        let mut tx = self.db.begin().await?;
        let audience = caller
            .require(&mut tx, REVIEW, organisation_id)
            .await?
            .into();
        let records =
            records::of_organisation(&mut tx, organisation_id, &states, page.after, page.limit)
                .await?;
        let (first, last) = records::waiting(&mut tx, organisation_id).await?;
        let action = "cast.membership.v1.Applications/ListApplications";
        let subject = format!("organisation:{organisation_id}");
        audit::record(&mut tx, caller, action, &subject, "ok", self.clock.now()).await?;
        tx.commit().await?;
        let key = |last: &Record| {
            (
                last.submitted_at.unwrap_or(OffsetDateTime::UNIX_EPOCH),
                last.application_id,
            )
        };
        let (records, next_page_token) = page.next(records, key);
        let staff = |record| to_wire(record, &self.keys, audience);
        Ok(wire::ListApplicationsResponse {
            applications: records.into_iter().map(staff).collect::<Result<_, _>>()?,
            next_page_token,
            in_first_review: i32::try_from(first).unwrap_or(i32::MAX),
            in_final_review: i32::try_from(last).unwrap_or(i32::MAX),
        })
    }
}
