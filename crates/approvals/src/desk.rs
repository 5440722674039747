//! The methods of routes and stand-ins, the same in every service that has them.

use kit::{
    Call,
    access::Organisation,
    clock::business_date,
    db::Db,
    errors::{Problem, Result},
    notices::Notice,
    wire::{etag, expect_version, parse_id, timestamp},
};
use proto_approvals::{reasons, v1 as wire};
use proto_notices::templates::{DelegationOfYours, DelegationOver, DelegationToYou};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    check::{self, Flaw, Lack},
    people::{self, Everyone, Kind},
    route::Route,
    store::{
        delegations::{self, Delegation},
        routes::{self, Draft, Version},
    },
    wire::{day, parse_day, read},
};

/// The most periods of standing in that an organisation has at a time.
pub const MOST_DELEGATIONS: usize = 100;
/// The most days that one of them lasts.
const LONGEST: Duration = Duration::days(366);

/// Routes of one kind, and stand-ins for their deciders. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk {
    db: Db,
    kind: &'static Kind,
}

impl Desk {
    /// Of this kind.
    pub fn new(db: Db, kind: &'static Kind) -> Self {
        Self { db, kind }
    }

    /// What is published, the draft, and what it lacks.
    pub async fn get(&self, call: Call<wire::GetRouteRequest>) -> Result<wire::RouteSettings> {
        let person_id = call.caller.person()?.person_id;
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let mut conn = self.db.read().await?;
        known(&mut conn, organisation_id).await?;
        let draft = routes::draft(&mut conn, self.kind.name, organisation_id).await?;
        self.settings(
            &mut conn,
            organisation_id,
            draft.as_ref(),
            (person_id, call.now),
        )
        .await
    }

    /// Saves the draft of the next version.
    pub async fn save(
        &self,
        call: Call<wire::SaveRouteDraftRequest>,
    ) -> Result<wire::RouteSettings> {
        let (call, request) = call.split();
        let person = call.caller.person()?;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        known(&mut tx, organisation_id).await?;
        let route = read(request.route.unwrap_or_default())?;
        self.check(&route)?;
        let mut draft =
            routes::lock_draft(&mut tx, self.kind.name, organisation_id, call.now).await?;
        expect_version(&request.etag, draft.version)?;
        if !draft.editors.contains(&person.person_id) {
            draft.editors.push(person.person_id);
            draft.editor_numbers.push(person.person_number.clone());
        }
        draft.definition = Some(route.to_json().map_err(Problem::internal)?);
        draft.version += 1;
        draft.changed_at = call.now;
        routes::write_draft(&mut tx, self.kind.name, organisation_id, &draft).await?;
        tx.audit(&subject(organisation_id)).await?;
        let answer = self
            .settings(
                &mut tx,
                organisation_id,
                Some(&draft),
                (person.person_id, call.now),
            )
            .await?;
        tx.commit(answer).await
    }

    /// Discards the draft.
    pub async fn discard(
        &self,
        call: Call<wire::DiscardRouteDraftRequest>,
    ) -> Result<wire::RouteSettings> {
        let (call, request) = call.split();
        let person_id = call.caller.person()?.person_id;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        known(&mut tx, organisation_id).await?;
        let draft = routes::lock_draft(&mut tx, self.kind.name, organisation_id, call.now).await?;
        if draft.definition.is_none() {
            return Err(Problem::of(&reasons::ROUTE_DRAFT_MISSING));
        }
        expect_version(&request.etag, draft.version)?;
        let gone = gone(&draft, call.now);
        routes::write_draft(&mut tx, self.kind.name, organisation_id, &gone).await?;
        tx.audit(&subject(organisation_id)).await?;
        let answer = self
            .settings(&mut tx, organisation_id, Some(&gone), (person_id, call.now))
            .await?;
        tx.commit(answer).await
    }

    /// Publishes the draft as the next version, if there are the people to walk it.
    pub async fn publish(
        &self,
        call: Call<wire::PublishRouteRequest>,
    ) -> Result<wire::RouteSettings> {
        let (call, request) = call.split();
        let person = call.caller.person()?;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        if request.etag == "*" {
            return Err(Problem::invalid(
                "etag",
                (
                    "Send the etag of the draft that was read: what the second person has not seen is not published.",
                    "请填写所核对草稿的版本（etag），未经核对的草稿不能发布。",
                ),
            ));
        }
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        known(&mut tx, organisation_id).await?;
        let draft = routes::lock_draft(&mut tx, self.kind.name, organisation_id, call.now).await?;
        let Some(definition) = &draft.definition else {
            return Err(Problem::of(&reasons::ROUTE_DRAFT_MISSING));
        };
        expect_version(&request.etag, draft.version)?;
        if draft.editors.contains(&person.person_id) {
            return Err(Problem::of(&reasons::ROUTE_FOUR_EYES));
        }
        let route = stored(definition)?;
        // It may have been saved when less was asked of a route.
        self.check(&route)?;
        let lacks = self
            .lacks(&mut tx, organisation_id, &route, call.now)
            .await?;
        if !lacks.is_empty() {
            return Err(unwalkable(&lacks));
        }
        let current = routes::current(&mut tx, self.kind.name, organisation_id).await?;
        let version = Version {
            number: current.map_or(0, |version| version.number) + 1,
            definition: definition.clone(),
            published_at: call.now,
        };
        let publisher = (person.person_id, person.person_number.as_str());
        routes::publish(
            &mut tx,
            self.kind.name,
            organisation_id,
            &version,
            &draft.editors,
            publisher,
        )
        .await?;
        let gone = gone(&draft, call.now);
        routes::write_draft(&mut tx, self.kind.name, organisation_id, &gone).await?;
        tx.audit(&subject(organisation_id)).await?;
        let answer = self
            .settings(
                &mut tx,
                organisation_id,
                Some(&gone),
                (person.person_id, call.now),
            )
            .await?;
        tx.commit(answer).await
    }

    /// The stand-ins that are in force or still begin.
    pub async fn delegations(
        &self,
        call: Call<wire::ListDelegationsRequest>,
    ) -> Result<wire::ListDelegationsResponse> {
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let mut conn = self.db.read().await?;
        known(&mut conn, organisation_id).await?;
        let open = self.open(&mut conn, organisation_id, call.now).await?;
        Ok(wire::ListDelegationsResponse {
            delegations: open.into_iter().map(delegation).collect(),
        })
    }

    /// Lets one person stand in for another.
    pub async fn delegate(
        &self,
        call: Call<wire::CreateDelegationRequest>,
    ) -> Result<wire::Delegation> {
        let (call, request) = call.split();
        let person_id = call.caller.person()?.person_id;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let organisation = known(&mut tx, organisation_id).await?;
        let new = Delegation {
            delegation_id: kit::chance::id(call.now),
            from_person_id: parse_id("from_person_id", &request.from_person_id)?,
            to_person_id: parse_id("to_person_id", &request.to_person_id)?,
            starts_on: parse_day("starts_on", &request.starts_on)?,
            ends_on: parse_day("ends_on", &request.ends_on)?,
        };
        check_period(&new, call.now)?;
        // The row of the draft stands for the organisation: two who delegate at once are counted one after the other.
        routes::lock_draft(&mut tx, self.kind.name, organisation_id, call.now).await?;
        let open = self.open(&mut tx, organisation_id, call.now).await?;
        if open.len() >= MOST_DELEGATIONS {
            return Err(Problem::of(&reasons::DELEGATIONS_TOO_MANY).with("most", MOST_DELEGATIONS));
        }
        let both = [new.from_person_id, new.to_person_id];
        if !people::all_review(&mut tx, self.kind, organisation_id, &both).await? {
            return Err(Problem::of(&reasons::DELEGATION_UNFIT));
        }
        delegations::insert(
            &mut tx,
            self.kind.name,
            organisation_id,
            &new,
            person_id,
            call.now,
        )
        .await?;
        let (starts_on, ends_on) = (day(new.starts_on), day(new.ends_on));
        let of_yours = DelegationOfYours {
            organisation_name: &organisation.name,
            starts_on: &starts_on,
            ends_on: &ends_on,
        };
        let to_you = DelegationToYou {
            organisation_name: &organisation.name,
            starts_on: &starts_on,
            ends_on: &ends_on,
        };
        let notices = [
            Notice::to_person(new.from_person_id, of_yours),
            Notice::to_person(new.to_person_id, to_you),
        ];
        tx.notify(&notices, call.now).await?;
        tx.audit(&format!("person:{}", new.to_person_id)).await?;
        tx.commit(delegation(new)).await
    }

    /// Ends a standing-in before its last day, at once.
    pub async fn end(
        &self,
        call: Call<wire::EndDelegationRequest>,
    ) -> Result<wire::ListDelegationsResponse> {
        let (call, request) = call.split();
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let delegation_id = parse_id("delegation_id", &request.delegation_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let organisation = known(&mut tx, organisation_id).await?;
        let name = self.kind.name;
        let ended = delegations::end(&mut tx, name, organisation_id, delegation_id, call.now);
        let ended = ended.await?.ok_or_else(not_found)?;
        if ended.before {
            return Err(Problem::of(&reasons::DELEGATION_ENDED));
        }
        let both = [ended.from_person_id, ended.to_person_id];
        let over = DelegationOver {
            organisation_name: &organisation.name,
        };
        tx.notify(&[Notice::to_people(&both, over)], call.now)
            .await?;
        tx.audit(&format!("delegation:{delegation_id}")).await?;
        let open = self.open(&mut tx, organisation_id, call.now).await?;
        tx.commit(wire::ListDelegationsResponse {
            delegations: open.into_iter().map(delegation).collect(),
        })
        .await
    }

    async fn open(
        &self,
        conn: &mut PgConnection,
        organisation_id: Uuid,
        now: OffsetDateTime,
    ) -> Result<Vec<Delegation>> {
        let most = i64::try_from(MOST_DELEGATIONS).unwrap_or(i64::MAX);
        let today = business_date(now);
        Ok(delegations::open(conn, self.kind.name, organisation_id, today, most).await?)
    }

    /// Refuses a route whose shape is wrong.
    fn check(&self, route: &Route) -> Result<()> {
        let flaws = check::flaws(route, self.kind.permissions, self.kind.parents);
        if flaws.is_empty() {
            Ok(())
        } else {
            Err(invalid(flaws))
        }
    }

    async fn lacks(
        &self,
        conn: &mut PgConnection,
        organisation_id: Uuid,
        route: &Route,
        now: OffsetDateTime,
    ) -> Result<Vec<Lack>> {
        if route.is_empty() {
            return Ok(Vec::new());
        }
        let today = business_date(now);
        let everyone = Everyone::read(conn, self.kind, organisation_id, today).await?;
        let steps = || route.steps.iter();
        let people: Vec<_> = steps().map(|step| everyone.candidates(&step.who)).collect();
        let escalations: Vec<_> = steps()
            .map(|step| Some(everyone.candidates(step.escalation.as_ref()?)))
            .collect();
        let mut lacks = check::lacks(route, &people);
        lacks.extend(check::escalation_lacks(&escalations));
        lacks.sort_by_key(|lack| lack.step);
        Ok(lacks)
    }

    async fn settings(
        &self,
        conn: &mut PgConnection,
        organisation_id: Uuid,
        draft: Option<&Draft>,
        (reader, now): (Uuid, OffsetDateTime),
    ) -> Result<wire::RouteSettings> {
        let current = routes::current(conn, self.kind.name, organisation_id).await?;
        let published = match &current {
            Some(version) => stored(&version.definition)?,
            None => Route::default(),
        };
        let written = draft.and_then(|draft| Some((draft, draft.definition.as_deref()?)));
        let route = written
            .map(|(_, definition)| stored(definition))
            .transpose()?;
        let lacks = self
            .lacks(
                conn,
                organisation_id,
                route.as_ref().unwrap_or(&published),
                now,
            )
            .await?;
        Ok(wire::RouteSettings {
            published: Some((&published).into()),
            version: current.as_ref().map_or(0, |version| version.number),
            published_at: current.map(|version| timestamp(version.published_at)),
            draft: route.as_ref().map(wire::Route::from),
            saved_at: written.map(|(draft, _)| timestamp(draft.changed_at)),
            editor_numbers: written
                .map(|(draft, _)| draft.editor_numbers.clone())
                .unwrap_or_default(),
            publishable: written.is_some_and(|(draft, _)| !draft.editors.contains(&reader)),
            lacks: lacks.into_iter().map(wire::Lack::from).collect(),
            permissions: self
                .kind
                .permissions
                .iter()
                .map(|&name| name.to_owned())
                .collect(),
            etag: etag(draft.map_or(0, |draft| draft.version)),
        })
    }
}

fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

fn subject(organisation_id: Uuid) -> String {
    format!("organisation:{organisation_id}")
}

async fn known(conn: &mut PgConnection, organisation_id: Uuid) -> Result<Organisation> {
    let organisation = kit::access::organisation(conn, organisation_id).await?;
    organisation.ok_or_else(not_found)
}

fn stored(definition: &str) -> Result<Route> {
    Route::read(definition).map_err(Problem::internal)
}

/// The draft when it is gone.
fn gone(draft: &Draft, now: OffsetDateTime) -> Draft {
    Draft {
        definition: None,
        editors: Vec::new(),
        editor_numbers: Vec::new(),
        version: draft.version + 1,
        changed_at: now,
    }
}

fn invalid(flaws: Vec<Flaw>) -> Problem {
    flaws
        .into_iter()
        .fold(Problem::of(&reasons::ROUTE_INVALID), |problem, flaw| {
            problem.field(flaw.path, (flaw.en, flaw.zh))
        })
}

fn unwalkable(lacks: &[Lack]) -> Problem {
    lacks
        .iter()
        .fold(Problem::of(&reasons::ROUTE_UNWALKABLE), |problem, lack| {
            let (field, words) = match (lack.escalation, lack.four_eyes) {
                (true, _) => (
                    "escalation",
                    (
                        "None of those it escalates to may review here; name others, or appoint them.",
                        "超时转办的人员均无审核权限，请更换人员或先授权。",
                    ),
                ),
                (false, false) => (
                    "deciders",
                    (
                        "Too few people hold what this step asks for; appoint some.",
                        "符合该步骤条件的人员不足，请补充授权。",
                    ),
                ),
                (false, true) => (
                    "deciders",
                    (
                        "Too few people remain who do not decide another step; appoint more.",
                        "除去其他步骤的审批人后人员不足，请补充授权。",
                    ),
                ),
            };
            problem.field(format!("route.steps[{}].{field}", lack.step - 1), words)
        })
}

fn check_period(new: &Delegation, now: OffsetDateTime) -> Result<()> {
    if new.ends_on < new.starts_on || new.ends_on < business_date(now) {
        return Err(Problem::invalid(
            "ends_on",
            (
                "Before the first day, or over already; choose a later day.",
                "结束日期早于开始日期或已过去，请重新选择。",
            ),
        ));
    }
    if new.ends_on - new.starts_on > LONGEST {
        return Err(Problem::invalid(
            "ends_on",
            (
                "More than a year after the first day; choose an earlier day.",
                "代理期限不能超过一年，请选择更早的结束日期。",
            ),
        ));
    }
    if new.from_person_id == new.to_person_id {
        return Err(Problem::invalid(
            "from_person_id",
            (
                "The same as the stand-in; choose another person.",
                "委托人与代理人不能为同一人，请重新选择。",
            ),
        ));
    }
    Ok(())
}

fn delegation(of: Delegation) -> wire::Delegation {
    wire::Delegation {
        delegation_id: of.delegation_id.to_string(),
        from_person_id: of.from_person_id.to_string(),
        to_person_id: of.to_person_id.to_string(),
        starts_on: day(of.starts_on),
        ends_on: day(of.ends_on),
    }
}
