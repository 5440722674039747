//! The methods of `cast.events.v1.Activities`.

use kit::{
    Call,
    access::{Caller, Reach},
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    wire::{expect_version, moment, optional_moment, parse_id, parse_optional_id},
};
use proto_events::{reasons, v1 as wire};
use reference::divisions;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Activity, ActivityError, Content, Schedule, State,
    rules::{self, Change},
    store,
    wire::{kind, state, unknown},
};
use crate::{
    announcements::{Announcer, Kind},
    content_routes::{self, MANAGE, REVIEW},
    contract,
};

/// Serves `cast.events.v1.Activities`.
#[derive(Clone, Debug)]
pub struct Activities {
    /// The database.
    pub db: Db,
    /// Tells registrants of changes.
    pub announcer: Announcer,
    /// Opens the reasons of reviews.
    pub keys: Keys,
}

/// Where the next page of the public list begins, with the moment of the first page, so that the list stays the same from page to page.
type PublicKey = (OffsetDateTime, OffsetDateTime, Uuid);

impl contract::Activities for Activities {
    async fn list_activities(
        &self,
        call: Call<wire::ListActivitiesRequest>,
    ) -> Result<wire::ListActivitiesResponse> {
        let request = &call.message;
        let organisation_id = parse_optional_id("organisation_id", &request.organisation_id)?;
        let requested_from = optional_moment("ends_after", request.ends_after.as_ref())?;
        let page = call.page::<PublicKey>()?;
        let ends_after = match (page.after, requested_from) {
            (Some((ends_after, ..)), _) | (None, Some(ends_after)) => ends_after,
            (None, None) => call.now,
        };
        let filter = store::Filter {
            now: call.now,
            ends_after,
            query: request.query.clone(),
            kind: kind("kind", request.kind)?,
            organisation_id,
            division_prefix: divisions::prefix(&request.division_code).to_owned(),
        };
        let after = page.after.map(|(_, start, id)| (start, id));
        let mut tx = self.db.begin().await?;
        let rows = store::published(&mut tx, &filter, after, page.limit).await?;
        tx.commit().await?;
        let (rows, next_page_token) = page.next(rows, |last| {
            (
                ends_after,
                last.content.schedule.starts_at,
                last.activity_id,
            )
        });
        Ok(wire::ListActivitiesResponse {
            activities: rows.into_iter().map(wire::Activity::from).collect(),
            next_page_token,
        })
    }

    async fn get_activity(&self, call: Call<wire::GetActivityRequest>) -> Result<wire::Activity> {
        let activity_id = parse_id("activity_id", &call.message.activity_id)?;
        let mut conn = self.db.read().await?;
        Ok(visible(&call, &mut conn, activity_id).await?.into())
    }

    async fn list_organisation_activities(
        &self,
        call: Call<wire::ListOrganisationActivitiesRequest>,
    ) -> Result<wire::ListOrganisationActivitiesResponse> {
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let wanted = state("state", call.message.state)?;
        let page = call.page::<(OffsetDateTime, Uuid)>()?;
        let mut conn = self.db.read().await?;
        let rows =
            store::of_organisation(&mut conn, organisation_id, wanted, page.after, page.limit)
                .await?;
        let (rows, next_page_token) = page.next(rows, |last| {
            (last.content.schedule.starts_at, last.activity_id)
        });
        let mut activities: Vec<_> = rows.into_iter().map(wire::Activity::from).collect();
        content_routes::show(&mut conn, &self.keys, &mut activities, call.now).await?;
        let reviewed = content_routes::is_asked_for(&mut conn, organisation_id).await?;
        Ok(wire::ListOrganisationActivitiesResponse {
            activities,
            next_page_token,
            reviewed,
        })
    }

    async fn create_activity(
        &self,
        call: Call<wire::CreateActivityRequest>,
    ) -> Result<wire::Activity> {
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let content = content(&call.message)?;
        rules::check_content(&content, call.now)?;
        let activity_id = kit::chance::id(call.now);
        store::insert_draft(&mut tx, activity_id, organisation_id, &content, call.now).await?;
        if let Caller::Person(person) = &call.caller {
            store::edited(&mut tx, activity_id, person.person_id).await?;
        }
        tx.audit(&subject(activity_id)).await?;
        let created = found(store::activity(&mut tx, activity_id).await?)?;
        tx.commit(created.into()).await
    }

    async fn update_activity(
        &self,
        call: Call<wire::UpdateActivityRequest>,
    ) -> Result<wire::Activity> {
        let activity_id = parse_id("activity_id", &call.message.activity_id)?;
        let mut tx = call.begin(&self.db).await?;
        require_for_activity(&call, &mut tx, activity_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let change = change(&call.message)?;
        let activity = found(store::lock(&mut tx, activity_id).await?)?;
        expect_version(&call.message.etag, activity.version)?;
        let recorded = store::recorded(&mut tx, activity_id).await?;
        let content = rules::change(&activity, &recorded, change, call.now)?;
        if content == activity.content {
            return tx.commit(activity.into()).await;
        }
        if activity.state == State::Draft {
            content_routes::not_in_review(&mut tx, activity_id).await?;
            if let Caller::Person(person) = &call.caller {
                store::worked_on(&mut tx, &activity, person.person_id).await?;
            }
        }
        store::update(&mut tx, activity_id, &content).await?;
        if let (State::Published, Caller::Person(person)) = (activity.state, &call.caller) {
            let title = &content.title;
            let told =
                content_routes::changed(&mut tx, activity_id, title, person.person_id).await?;
            tx.notify(told.as_slice(), call.now).await?;
        }
        let announced = activity.state == State::Published
            && rules::concerns_registrants(&activity.content, &content);
        if announced {
            let urgent = rules::soon(&activity.content, &content, call.now);
            self.announcer
                .announce(&mut tx, activity_id, Kind::Changed, urgent, call.now)
                .await?;
        }
        let to = &content.division_code;
        if activity.state == State::Published && *to != activity.content.division_code {
            tx.publish(&activity.relocated(to), call.now).await?;
        }
        tx.audit(&subject(activity_id)).await?;
        let updated = Activity {
            content,
            version: activity.version + 1,
            ..activity
        };
        let answer = tx.commit(updated.into()).await?;
        if announced {
            self.announcer.announced();
        }
        Ok(answer)
    }

    async fn publish_activity(
        &self,
        call: Call<wire::PublishActivityRequest>,
    ) -> Result<wire::Activity> {
        let activity_id = parse_id("activity_id", &call.message.activity_id)?;
        let mut tx = call.begin(&self.db).await?;
        require_for_activity(&call, &mut tx, activity_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let activity = found(store::lock(&mut tx, activity_id).await?)?;
        rules::publish(&activity, call.now)?;
        content_routes::may_publish(&mut tx, activity_id, activity.organisation_id).await?;
        // Under the lock that the draft of the form is written under, too.
        if form_versions::desk::waits(&form_versions::Tables, &mut tx, activity_id).await? {
            return Err(ActivityError::FormDraftWaits.into());
        }
        store::publish(&mut tx, activity_id, call.now).await?;
        tx.publish(&activity.published(), call.now).await?;
        tx.audit(&subject(activity_id)).await?;
        let published = Activity {
            state: State::Published,
            version: activity.version + 1,
            ..activity
        };
        tx.commit(published.into()).await
    }

    async fn cancel_activity(
        &self,
        call: Call<wire::CancelActivityRequest>,
    ) -> Result<wire::Activity> {
        let activity_id = parse_id("activity_id", &call.message.activity_id)?;
        let mut tx = call.begin(&self.db).await?;
        require_for_activity(&call, &mut tx, activity_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let activity = found(store::lock(&mut tx, activity_id).await?)?;
        rules::cancel(&activity, call.now)?;
        store::cancel(&mut tx, activity_id, &call.message.reason, call.now).await?;
        tx.publish(&activity.cancelled(), call.now).await?;
        let urgent = rules::soon(&activity.content, &activity.content, call.now);
        self.announcer
            .announce(&mut tx, activity_id, Kind::Cancelled, urgent, call.now)
            .await?;
        tx.audit(&subject(activity_id)).await?;
        let cancelled = Activity {
            state: State::Cancelled,
            cancel_reason: call.message.reason.clone(),
            version: activity.version + 1,
            ..activity
        };
        let answer = tx.commit(cancelled.into()).await?;
        self.announcer.announced();
        Ok(answer)
    }
}

/// To whom the names of registrants are disclosed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The registrant.
    Person,
    /// The organiser, to whom the name was given to prepare the activity.
    Organiser,
    /// Staff whose permission comes from above the organiser.
    Above,
}

/// Checks that the caller's permission reaches the organisation of the activity, and returns the audience of the answer. A draft out of the
/// caller's reach is `NOT_FOUND`.
pub async fn require_for_activity<T>(
    call: &Call<T>,
    conn: &mut PgConnection,
    activity_id: Uuid,
) -> Result<Audience> {
    let (organisation_id, state) = store::owner(conn, activity_id)
        .await?
        .ok_or(ActivityError::NotFound)?;
    match call.require(conn, organisation_id).await {
        Err(denied)
            if state == State::Draft && denied.reason().code == reasons::PERMISSION_DENIED.code =>
        {
            Err(ActivityError::NotFound.into())
        }
        Ok(Reach::There) => Ok(Audience::Organiser),
        Ok(Reach::FromAbove) => Ok(Audience::Above),
        Err(refused) => Err(refused),
    }
}

/// An activity that the caller may see: a draft is `NOT_FOUND` for everyone but its staff, those who prepare it and those who review it.
pub async fn visible<T>(
    call: &Call<T>,
    conn: &mut PgConnection,
    activity_id: Uuid,
) -> Result<Activity> {
    let activity = found(store::activity(conn, activity_id).await?)?;
    if activity.state != State::Draft {
        return Ok(activity);
    }
    for permission in [MANAGE, REVIEW] {
        let of = activity.organisation_id;
        if call.caller.holds(conn, permission, of).await? {
            return Ok(activity);
        }
    }
    Err(ActivityError::NotFound.into())
}

fn found(activity: Option<Activity>) -> Result<Activity> {
    Ok(activity.ok_or(ActivityError::NotFound)?)
}

fn subject(activity_id: Uuid) -> String {
    format!("activity:{activity_id}")
}

fn content(request: &wire::CreateActivityRequest) -> Result<Content, Problem> {
    divisions::check("division_code", &request.division_code)?;
    Ok(Content {
        title: request.title.clone(),
        description: request.description.clone(),
        kind: kind("kind", request.kind)?.ok_or_else(|| unknown("kind"))?,
        schedule: Schedule {
            starts_at: moment("starts_at", request.starts_at.as_ref())?,
            ends_at: moment("ends_at", request.ends_at.as_ref())?,
            registration_closes_at: optional_moment(
                "registration_closes_at",
                request.registration_closes_at.as_ref(),
            )?,
        },
        division_code: request.division_code.clone(),
        place: request.place.clone(),
        capacity: request.capacity,
        credit_minutes: request.credit_minutes,
    })
}

fn change(request: &wire::UpdateActivityRequest) -> Result<Change, Problem> {
    let division_code = request.division_code.clone();
    divisions::check(
        "division_code",
        division_code.as_deref().unwrap_or_default(),
    )?;
    Ok(Change {
        title: request.title.clone(),
        description: request.description.clone(),
        starts_at: optional_moment("starts_at", request.starts_at.as_ref())?,
        ends_at: optional_moment("ends_at", request.ends_at.as_ref())?,
        registration_closes_at: optional_moment(
            "registration_closes_at",
            request.registration_closes_at.as_ref(),
        )?,
        clear_registration_closes_at: request.clear_registration_closes_at,
        division_code,
        place: request.place.clone(),
        capacity: request.capacity,
        credit_minutes: request.credit_minutes,
    })
}
