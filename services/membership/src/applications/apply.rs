//! What applicants do: write, hand in, take back.

use kit::{
    access::Caller,
    audit,
    db::{Begin, Tx},
    errors::Problem,
    wire::{expect_version, parse_id},
};
use proto::{cast::membership::v1 as wire, reasons};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::{
    Applications, Error, decide,
    form::Form,
    read::to_wire,
    rules::HandingIn,
    store::{
        self, Actor, Draft, HandedIn, Taken,
        records::{self, Record},
    },
};
use crate::{
    categories::Category,
    consents::{self, audience::Audience},
    divisions, memberships, organisations, sealed,
};

fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

fn category(number: i32) -> Result<Category, Problem> {
    Category::from_wire(number).ok_or_else(|| {
        Problem::invalid(
            "category",
            ("Missing; choose a category.", "请选择会员类别。"),
        )
    })
}

/// The form with a division that exists, if it names one.
async fn checked_form(tx: &mut Tx, form: Option<wire::ApplicationForm>) -> Result<Form, Problem> {
    let form = Form::from(form.unwrap_or_default());
    check_division(tx, &form).await?;
    Ok(form)
}

async fn check_division(tx: &mut Tx, form: &Form) -> Result<(), Problem> {
    if form.division_code.is_empty() || divisions::store::in_use(tx, &form.division_code).await? {
        Ok(())
    } else {
        Err(divisions::unknown("form.division_code"))
    }
}

/// The caller's own application, locked.
async fn own(tx: &mut Tx, application_id: Uuid, person_id: Uuid) -> Result<Record, Problem> {
    if !store::lock_own(tx, application_id, person_id).await? {
        return Err(not_found());
    }
    records::get(tx, application_id)
        .await?
        .ok_or_else(not_found)
}

impl Applications {
    pub(super) async fn create(
        &self,
        caller: &Caller,
        mut request: wire::CreateApplicationRequest,
    ) -> Result<wire::Application, Problem> {
        let person = caller.person()?;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let category = category(request.category)?;
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(caller, &self.keys, &request.request_id, &request)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        let (accepting, _) = organisations::store::accepts(&mut tx, organisation_id)
            .await?
            .ok_or_else(not_found)?;
        if !accepting {
            return Err(Error::Closed.into());
        }
        let form = checked_form(&mut tx, request.form.take()).await?;
        let application_id = Uuid::now_v7();
        let draft = Draft {
            application_id,
            organisation_id,
            person_id: person.person_id,
            person_number: &person.person_number,
            category,
            form_sealed: &form.seal(&self.keys, application_id),
        };
        if !store::insert(&mut tx, &draft, now).await? {
            let open = store::open_one(&mut tx, person.person_id, organisation_id).await?;
            // It was decided in this very moment: trying again tells what came of it.
            let open = open.ok_or_else(|| Problem::of(&reasons::CONFLICT))?;
            return Err(Error::Open(open).into());
        }
        // Looked at after the insert has waited for whoever was approving: otherwise the new membership could be missed.
        let members =
            memberships::store::members_among(&mut tx, organisation_id, &[person.person_id])
                .await?;
        if !members.is_empty() {
            return Err(Error::AlreadyMember.into());
        }
        let record = records::get(&mut tx, application_id)
            .await?
            .ok_or_else(not_found)?;
        audit(&mut tx, caller, "CreateApplication", application_id, now).await?;
        let answer = to_wire(record, &self.keys, Audience::Person)?;
        tx.commit(&answer).await?;
        Ok(answer)
    }

    pub(super) async fn update(
        &self,
        caller: &Caller,
        mut request: wire::UpdateApplicationRequest,
    ) -> Result<wire::Application, Problem> {
        let person = caller.person()?;
        let application_id = parse_id("application_id", &request.application_id)?;
        let category = category(request.category)?;
        let mut tx = match self
            .db
            .begin_once(caller, &self.keys, &request.request_id, &request)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        let mut record = own(&mut tx, application_id, person.person_id).await?;
        record.standing().edit()?;
        expect_version(&request.etag, record.version)?;
        let form = checked_form(&mut tx, request.form.take()).await?;
        record.category = category;
        record.form_sealed = form.seal(&self.keys, application_id);
        record.version =
            store::edit(&mut tx, application_id, category, &record.form_sealed).await?;
        audit(
            &mut tx,
            caller,
            "UpdateApplication",
            application_id,
            self.clock.now(),
        )
        .await?;
        let answer = to_wire(record, &self.keys, Audience::Person)?;
        tx.commit(&answer).await?;
        Ok(answer)
    }

    pub(super) async fn submit(
        &self,
        caller: &Caller,
        request: wire::SubmitApplicationRequest,
    ) -> Result<wire::Application, Problem> {
        let person = caller.person()?;
        let application_id = parse_id("application_id", &request.application_id)?;
        if !request.consent {
            return Err(Problem::invalid(
                "consent",
                (
                    "Without your consent the society cannot review; set it to true if you agree.",
                    "需要您同意向该组织提供信息后才能提交。",
                ),
            ));
        }
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(caller, &self.keys, &request.request_id, &request)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        let mut record = own(&mut tx, application_id, person.person_id).await?;
        let (accepting, organisation_name) =
            organisations::store::accepts(&mut tx, record.organisation_id)
                .await?
                .ok_or_else(not_found)?;
        let form = Form::open(&self.keys, application_id, &record.form_sealed)?;
        let name = person.name.as_ref().filter(|_| person.verified);
        let facts = HandingIn {
            verified: name.is_some(),
            form: &form,
            accepting,
        };
        let step = record.standing().hand_in(&facts)?;
        let name = name.ok_or(Error::NotVerified)?.expose_secret();
        check_division(&mut tx, &form).await?;
        let consent_id = consents::store::give(
            &mut tx,
            person.person_id,
            record.organisation_id,
            &organisation_name,
            now,
        )
        .await?;
        let name_sealed = sealed::seal_name(&self.keys, person.person_id, name);
        let facts = HandedIn {
            name_sealed: &name_sealed,
            division_code: &form.division_code,
            consent_id,
        };
        record.version = store::hand_in(&mut tx, application_id, &step, &facts, now).await?;
        record.state = step.after.state;
        record.submitted_at = Some(now);
        record.name_sealed = Some(name_sealed);
        record.division_code = Some(form.division_code);
        record.reason_sealed = None;
        audit(&mut tx, caller, "SubmitApplication", application_id, now).await?;
        tx.publish(&decide::moved(&record, &step), now).await?;
        let answer = to_wire(record, &self.keys, Audience::Person)?;
        tx.commit(&answer).await?;
        Ok(answer)
    }

    pub(super) async fn withdraw(
        &self,
        caller: &Caller,
        request: wire::WithdrawApplicationRequest,
    ) -> Result<wire::Application, Problem> {
        let person = caller.person()?;
        let application_id = parse_id("application_id", &request.application_id)?;
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(caller, &self.keys, &request.request_id, &request)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        let mut record = own(&mut tx, application_id, person.person_id).await?;
        let step = record.standing().withdraw()?;
        let actor = Actor {
            side: "applicant",
            person_id: person.person_id,
            person_number: &person.person_number,
        };
        let taken = Taken {
            application_id,
            step: step.clone(),
            reason_sealed: None,
        };
        store::take_steps(&mut tx, &[taken], &actor, now).await?;
        record.state = step.after.state;
        record.version += 1;
        record.decided_at = Some(now);
        record.reason_sealed = None;
        audit(&mut tx, caller, "WithdrawApplication", application_id, now).await?;
        // What was never handed in is nobody's business.
        if record.submitted_at.is_some() {
            tx.publish(&decide::moved(&record, &step), now).await?;
        }
        let answer = to_wire(record, &self.keys, Audience::Person)?;
        tx.commit(&answer).await?;
        Ok(answer)
    }
}

async fn audit(
    tx: &mut Tx,
    caller: &Caller,
    method: &str,
    application_id: Uuid,
    now: time::OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let action = format!("cast.membership.v1.Applications/{method}");
    audit::record(
        tx,
        caller,
        &action,
        &format!("application:{application_id}"),
        "ok",
        now,
    )
    .await
}
