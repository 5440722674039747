//! What applicants do: create, edit, submit, withdraw.

use std::slice;

use approvals::{By, Case, Everyone, Route, Shown, store::cases::Written};
use attachments::Owner;
use form_versions::listing::Rows as _;
use kit::{
    Call,
    clock::business_date,
    db::Tx,
    errors::{Problem, Result},
    wire::{expect_version, parse_id},
};
use proto_membership::{reasons, v1 as wire};
use secrecy::ExposeSecret as _;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Applications, Error,
    answers::{self, Submitter},
    decide,
    files::{self, FILES},
    form::Form,
    notices,
    read::to_wire,
    routed::{self, Taken},
    rules::{Step, Submitting},
    store::{
        self, Actor, Draft, NewStep, Submission,
        answers::ListedAnswers,
        records::{self, Record},
    },
};
use crate::{
    application_forms,
    application_routes::KIND,
    categories::Category,
    consents::{self, audience::Audience},
    divisions, memberships, organisations, sealed,
};

fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

fn category(number: i32) -> Result<Category> {
    Category::from_wire(number).ok_or_else(|| {
        Problem::invalid(
            "category",
            ("Missing; choose a category.", "请选择会员类别。"),
        )
    })
}

/// The form with a division that exists, if it names one.
async fn checked_form(tx: &mut Tx, form: Option<wire::ApplicationForm>) -> Result<Form> {
    let form = Form::from(form.unwrap_or_default());
    check_division(tx, &form).await?;
    Ok(form)
}

async fn check_division(tx: &mut Tx, form: &Form) -> Result<()> {
    if form.division_code.is_empty() || divisions::store::in_use(tx, &form.division_code).await? {
        Ok(())
    } else {
        Err(reference::divisions::unknown("form.division_code"))
    }
}

/// The caller's own application, locked.
async fn own(tx: &mut Tx, application_id: Uuid, person_id: Uuid) -> Result<Record> {
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
        call: Call<wire::CreateApplicationRequest>,
    ) -> Result<wire::Application> {
        let (call, request) = call.split();
        let person = call.caller.person()?;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let category = category(request.category)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let (accepting, organisation_name) =
            organisations::store::accepts(&mut tx, organisation_id)
                .await?
                .ok_or_else(not_found)?;
        if !accepting {
            return Err(Error::Closed.into());
        }
        let form = checked_form(&mut tx, request.form).await?;
        let own_form = application_forms::published(&mut tx, organisation_id).await?;
        let (form_version, own_form) = match own_form {
            Some((number, form)) => (Some(number), form),
            None => {
                let nothing = application_forms::version(&mut tx, organisation_id, None).await?;
                (None, nothing)
            }
        };
        let answers = answers::given(request.answers.unwrap_or_default())?;
        let answers = answers::kept(&own_form, answers)?;
        let application_id = kit::chance::id(call.now);
        let draft = Draft {
            application_id,
            organisation_id,
            organisation_name,
            person_id: person.person_id,
            person_number: person.person_number.clone(),
            category,
            form_sealed: form.seal(&self.keys, application_id),
            form_version,
            answers_sealed: answers::seal(&self.keys, application_id, &answers),
            created_at: call.now,
        };
        if !store::insert(&mut tx, &draft).await? {
            let open = store::open_one(&mut tx, person.person_id, organisation_id).await?;
            // It was decided in this very moment: trying again tells what came of it.
            let open = open.ok_or_else(|| Problem::of(&reasons::CONFLICT))?;
            return Err(Error::Open(open).into());
        }
        // Looked at after the insert has waited for an approval under way: otherwise the new membership could be missed.
        let members =
            memberships::store::members_among(&mut tx, organisation_id, &[person.person_id])
                .await?;
        if !members.is_empty() {
            return Err(Error::AlreadyMember.into());
        }
        let record = Record::from(draft);
        FILES
            .keep(&mut tx, &own_form, &answers, owner(&record), call.now)
            .await?;
        let answer = self.shown(&mut tx, record, call.now).await?;
        tx.audit(&subject(application_id)).await?;
        tx.commit(answer).await
    }

    pub(super) async fn update(
        &self,
        call: Call<wire::UpdateApplicationRequest>,
    ) -> Result<wire::Application> {
        let (call, request) = call.split();
        let person = call.caller.person()?;
        let application_id = parse_id("application_id", &request.application_id)?;
        let category = category(request.category)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let mut record = own(&mut tx, application_id, person.person_id).await?;
        record.progress().edit()?;
        expect_version(&request.etag, record.version)?;
        let form = checked_form(&mut tx, request.form).await?;
        record.category = category;
        record.form_sealed = form.seal(&self.keys, application_id);
        let sent = (request.answers, request.form_version);
        self.answer(&mut tx, &mut record, sent, call.now).await?;
        record.version = store::edit(&mut tx, &record).await?;
        tx.audit(&subject(application_id)).await?;
        let answer = self.own_answer(&mut tx, record, &call).await?;
        tx.commit(answer).await
    }

    /// Replaces the answers to the organisation's own form, where some were sent, and takes its present version, if they are for that.
    async fn answer(
        &self,
        tx: &mut Tx,
        record: &mut Record,
        (sent, version): (Option<prost_types::Struct>, i32),
        now: OffsetDateTime,
    ) -> Result<()> {
        let takes = version != 0 && Some(version) != record.form_version;
        if takes && Some(version) != record.current_form_version {
            return Err(Problem::of(&proto_forms::reasons::FORM_VERSION_FOREIGN));
        }
        if sent.is_none() && !takes {
            return Ok(());
        }
        let answers = match sent {
            Some(sent) => answers::given(sent)?,
            None => answers::open(
                &self.keys,
                record.application_id,
                record.answers_sealed.as_deref(),
            )?,
        };
        if takes {
            record.form_version = Some(version);
        }
        let form =
            application_forms::version(tx, record.organisation_id, record.form_version).await?;
        let answers = if takes {
            answers::carried(&form, answers)?
        } else {
            answers::kept(&form, answers)?
        };
        let owner = owner(record);
        record.answers_sealed = answers::seal(&self.keys, record.application_id, &answers);
        FILES.keep(tx, &form, &answers, owner, now).await
    }

    pub(super) async fn submit(
        &self,
        call: Call<wire::SubmitApplicationRequest>,
    ) -> Result<wire::Application> {
        let (call, request) = call.split();
        let person = call.caller.person()?;
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
        let now = call.now;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let mut record = own(&mut tx, application_id, person.person_id).await?;
        // The time limit of the review begins when the platform had the request, but not before the step that came last.
        let submitted_at = call.received_at().max(record.since.unwrap_or(now));
        let (accepting, organisation_name) =
            organisations::store::accepts(&mut tx, record.organisation_id)
                .await?
                .ok_or_else(not_found)?;
        let form = Form::open(&self.keys, application_id, &record.form_sealed)?;
        let name = person.name.as_ref().filter(|_| person.verified);
        let facts = Submitting {
            verified: name.is_some(),
            form: &form,
            accepting,
        };
        let mut step = record.progress().submit(&facts)?;
        let (mut case, current) = self.case(&mut tx, &record, submitted_at).await?;
        let entry = match &mut case {
            None => None,
            Some(case) => {
                let by = By {
                    person_id: person.person_id,
                    person_number: &person.person_number,
                    at: submitted_at,
                };
                let entry = case.submit(by, &[], current).map_err(Error::Route)?;
                step = record.progress().routed(routed::state_of(case));
                Some(entry)
            }
        };
        let name = name.ok_or(Error::NotVerified)?.expose_secret();
        check_division(&mut tx, &form).await?;
        let own_form =
            application_forms::version(&mut tx, record.organisation_id, record.form_version)
                .await?;
        let answers = answers::open(&self.keys, application_id, record.answers_sealed.as_deref())?;
        let by = Submitter {
            application_id,
            person_name: name,
            person_number: &person.person_number,
            workplace: &form.employer,
            now,
        };
        let answers = answers::submitted(&mut tx, &own_form, answers, &by).await?;
        // Files of hidden questions go with the answers to them.
        FILES
            .keep(&mut tx, &own_form, &answers, owner(&record), now)
            .await?;
        record.answers_sealed = answers::seal(&self.keys, application_id, &answers);
        if record.form_version.is_some() {
            let listed = own_form.rows(&answers).into_iter();
            let listed = listed.map(|(key, value)| (application_id, key, value));
            let ids = [application_id];
            ListedAnswers.list(&mut tx, &ids, listed.collect()).await?;
        }
        let consent_id = consents::store::give(
            &mut tx,
            person.person_id,
            record.organisation_id,
            &organisation_name,
            now,
        )
        .await?;
        let name_sealed = sealed::NAME.seal(&self.keys, person.person_id, name);
        if let Some(entry) = entry {
            follow(&mut tx, &mut record, &step, entry).await?;
        }
        let facts = Submission {
            name_sealed: &name_sealed,
            division_code: &form.division_code,
            answers_sealed: record.answers_sealed.as_deref(),
            consent_id,
        };
        record.version =
            store::submit(&mut tx, application_id, &step, &facts, submitted_at).await?;
        record.state = step.after.state;
        record.submitted_at = Some(submitted_at);
        record.since = Some(submitted_at);
        record.name_sealed = Some(name_sealed);
        record.division_code = Some(form.division_code);
        record.reason_sealed = None;
        tx.audit(&subject(application_id)).await?;
        let waits = match &case {
            None => vec![notices::submitted(&record)],
            Some(case) => {
                let (of, today) = (record.organisation_id, business_date(now));
                let everyone = Everyone::read(&mut tx, &KIND, of, today).await?;
                notices::next(&everyone, &record, [case], person.person_id)
            }
        };
        let mut events = vec![decide::moved(&record, &step)];
        events.extend(waits.iter().map(|notice| notice.event(now)));
        tx.publish_all(&events, now).await?;
        let mut answer = self.shown(&mut tx, record, now).await?;
        if let Some(case) = case {
            answer.case = Some(case.to_wire(Shown::to_applicant(now))?);
        }
        tx.commit(answer).await
    }

    /// The case of an application that is submitted, the one it has or a new one, and the route that the organisation has now: a
    /// correction begins a new round, which goes that way. Without a route any more, an application stays on the one it had.
    async fn case(
        &self,
        tx: &mut Tx,
        record: &Record,
        now: OffsetDateTime,
    ) -> Result<(Option<Case>, Option<(i32, Route)>)> {
        let current = approvals::cases::route(tx, &KIND, record.organisation_id).await?;
        if record.route_version.is_some() {
            let ids = [record.application_id];
            let mut cases = approvals::cases::load(tx, &KIND, &ids).await?;
            return Ok((cases.remove(&record.application_id), current));
        }
        let case = current
            .map(|route| Case::new(record.application_id, record.organisation_id, route, now));
        Ok((case, None))
    }

    pub(super) async fn withdraw(
        &self,
        call: Call<wire::WithdrawApplicationRequest>,
    ) -> Result<wire::Application> {
        let (call, request) = call.split();
        let person = call.caller.person()?;
        let application_id = parse_id("application_id", &request.application_id)?;
        let now = call.now;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let mut record = own(&mut tx, application_id, person.person_id).await?;
        let step = record.progress().withdraw()?;
        if record.route_version.is_some() {
            let mut cases = approvals::cases::load(&mut tx, &KIND, &[application_id]).await?;
            if let Some(case) = cases.get_mut(&application_id) {
                let by = By {
                    person_id: person.person_id,
                    person_number: &person.person_number,
                    at: now,
                };
                let entry = case.withdraw(by).map_err(Error::Route)?;
                follow(&mut tx, &mut record, &step, entry).await?;
            }
        }
        let actor = Actor {
            side: "applicant",
            person_id: person.person_id,
            person_number: &person.person_number,
        };
        let new = NewStep {
            application_id,
            step: step.clone(),
            reason_sealed: None,
        };
        store::write_steps(&mut tx, &[new], &actor, now).await?;
        record.state = step.after.state;
        record.version += 1;
        record.decided_at = Some(now);
        record.reason_sealed = None;
        tx.audit(&subject(application_id)).await?;
        // A draft that is withdrawn was never published, so its withdrawal is not either.
        if record.submitted_at.is_some() {
            tx.publish(&decide::moved(&record, &step), now).await?;
        }
        let answer = self.own_answer(&mut tx, record, &call).await?;
        tx.commit(answer).await
    }

    /// An application as its applicant sees it, without a case on a route of the organisation.
    async fn shown(
        &self,
        tx: &mut Tx,
        record: Record,
        now: OffsetDateTime,
    ) -> Result<wire::Application> {
        let files = files::described(tx, &self.files, &record).await?;
        Ok(wire::Application {
            files,
            ..to_wire(record, &self.keys, Audience::Person, now)?
        })
    }

    /// An application as its applicant sees it, with its case.
    async fn own_answer(
        &self,
        tx: &mut Tx,
        record: Record,
        call: &Call<()>,
    ) -> Result<wire::Application> {
        let on_route = record
            .route_version
            .map(|_| (record.application_id, record.organisation_id));
        let mut answer = self.shown(tx, record, call.now).await?;
        routed::show_one(
            tx,
            call,
            &self.keys,
            &mut answer,
            on_route,
            Audience::Person,
        )
        .await?;
        Ok(answer)
    }
}

/// Whose answers are saved, and to what.
fn owner(record: &Record) -> Owner {
    Owner {
        record_id: record.application_id,
        scope_id: record.organisation_id,
        person_id: record.person_id,
        answered: record.answers_sealed.is_some(),
    }
}

/// Writes an entry of the case of an application, and what the application keeps of the case.
async fn follow(tx: &mut Tx, record: &mut Record, step: &Step, entry: Written) -> Result<()> {
    approvals::store::cases::write(tx, KIND.name, slice::from_ref(&entry)).await?;
    let taken = Taken {
        step: Some(step.clone()),
        entry: Some(entry),
    };
    if let Some(followed) = taken.followed() {
        store::routes::follow(tx, slice::from_ref(&followed)).await?;
        record.route_version = Some(followed.route_version);
        record.review_days = followed.days;
        record.since = Some(followed.since);
    }
    Ok(())
}

fn subject(application_id: Uuid) -> String {
    format!("application:{application_id}")
}
