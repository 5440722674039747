//! The methods of `cast.events.v1.Activities`.

use kit::{
    access::{self, Caller, Reach},
    audit,
    db::Begin,
    errors::Problem,
    paging::Page,
    wire::{expect_version, moment, optional_moment, parse_id, parse_optional_id},
};
use proto::{
    cast::events::v1::{self as wire, activities_server},
    reasons,
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    Activity, ActivityError, Content, State,
    rules::{self, Change},
    store,
    wire::{kind, state, unknown},
};
use crate::{Context, divisions, schedule::Schedule};

const MANAGE: &str = "activities.manage";

/// Serves `cast.events.v1.Activities`.
#[derive(Clone, Debug)]
pub struct Activities {
    /// What it works with.
    pub context: Context,
}

#[tonic::async_trait]
impl activities_server::Activities for Activities {
    async fn list_activities(
        &self,
        request: Request<wire::ListActivitiesRequest>,
    ) -> Result<Response<wire::ListActivitiesResponse>, Status> {
        Ok(Response::new(self.list(request.get_ref()).await?))
    }

    async fn get_activity(
        &self,
        request: Request<wire::GetActivityRequest>,
    ) -> Result<Response<wire::Activity>, Status> {
        let caller = access::caller(&request);
        Ok(Response::new(self.get(&caller, request.get_ref()).await?))
    }

    async fn list_organisation_activities(
        &self,
        request: Request<wire::ListOrganisationActivitiesRequest>,
    ) -> Result<Response<wire::ListOrganisationActivitiesResponse>, Status> {
        let caller = access::caller(&request);
        Ok(Response::new(
            self.list_of_organisation(&caller, request.get_ref())
                .await?,
        ))
    }

    async fn create_activity(
        &self,
        request: Request<wire::CreateActivityRequest>,
    ) -> Result<Response<wire::Activity>, Status> {
        let caller = access::caller(&request);
        Ok(Response::new(
            self.create(&caller, request.get_ref()).await?,
        ))
    }

    async fn update_activity(
        &self,
        request: Request<wire::UpdateActivityRequest>,
    ) -> Result<Response<wire::Activity>, Status> {
        let caller = access::caller(&request);
        Ok(Response::new(
            self.update(&caller, request.get_ref()).await?,
        ))
    }

    async fn publish_activity(
        &self,
        request: Request<wire::PublishActivityRequest>,
    ) -> Result<Response<wire::Activity>, Status> {
        let caller = access::caller(&request);
        Ok(Response::new(
            self.publish(&caller, request.get_ref()).await?,
        ))
    }

    async fn cancel_activity(
        &self,
        request: Request<wire::CancelActivityRequest>,
    ) -> Result<Response<wire::Activity>, Status> {
        let caller = access::caller(&request);
        Ok(Response::new(
            self.cancel(&caller, request.get_ref()).await?,
        ))
    }
}

/// Where the next page of the public list begins. The moment of the first page goes along, so that the list does not
/// shift while somebody pages through it.
type PublicKey = (OffsetDateTime, OffsetDateTime, Uuid);

impl Activities {
    async fn list(
        &self,
        request: &wire::ListActivitiesRequest,
    ) -> Result<wire::ListActivitiesResponse, Problem> {
        let organisation_id = parse_optional_id("organisation_id", &request.organisation_id)?;
        let asked_from = optional_moment("ends_after", request.ends_after.as_ref())?;
        let fingerprint = [
            "activities",
            &request.query,
            &request.kind.to_string(),
            &request.organisation_id,
            &request.division_code,
            &asked_from
                .map(|at| at.unix_timestamp_nanos().to_string())
                .unwrap_or_default(),
        ];
        let keys = &self.context.keys;
        let page: Page<PublicKey> =
            Page::of(request.page_size, &request.page_token, &fingerprint, keys)?;
        let now = self.context.clock.now();
        let ends_after = match (page.after, asked_from) {
            (Some((ends_after, ..)), _) | (None, Some(ends_after)) => ends_after,
            (None, None) => now,
        };
        let filter = store::Filter {
            now,
            ends_after,
            query: request.query.clone(),
            kind: kind("kind", request.kind)?,
            organisation_id,
            division_prefix: divisions::prefix(&request.division_code).to_owned(),
        };
        let after = page.after.map(|(_, start, id)| (start, id));
        let mut tx = self.context.db.begin().await?;
        let rows = store::published(&mut tx, &filter, after, page.limit).await?;
        tx.commit().await?;
        let (rows, next_page_token) = page.next(rows, |last| {
            (
                ends_after,
                last.content.schedule.starts_at,
                last.activity_id,
            )
        });
        let activities = rows.into_iter().map(wire::Activity::from).collect();
        Ok(wire::ListActivitiesResponse {
            activities,
            next_page_token,
        })
    }

    async fn get(
        &self,
        caller: &Caller,
        request: &wire::GetActivityRequest,
    ) -> Result<wire::Activity, Problem> {
        let activity_id = parse_id("activity_id", &request.activity_id)?;
        let mut conn = self.context.db.read().await?;
        let activity = store::activity(&mut conn, activity_id)
            .await?
            .ok_or(ActivityError::NotFound)?;
        let hidden = activity.state == State::Draft
            && !caller
                .holds(&mut conn, MANAGE, activity.organisation_id)
                .await?;
        if hidden {
            return Err(ActivityError::NotFound.into());
        }
        Ok(activity.into())
    }

    async fn list_of_organisation(
        &self,
        caller: &Caller,
        request: &wire::ListOrganisationActivitiesRequest,
    ) -> Result<wire::ListOrganisationActivitiesResponse, Problem> {
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let wanted = state("state", request.state)?;
        let fingerprint = [
            "organisation activities",
            &request.organisation_id,
            &request.state.to_string(),
        ];
        let keys = &self.context.keys;
        let page: Page<(OffsetDateTime, Uuid)> =
            Page::of(request.page_size, &request.page_token, &fingerprint, keys)?;
        let mut conn = self.context.db.read().await?;
        caller.require(&mut conn, MANAGE, organisation_id).await?;
        let rows =
            store::of_organisation(&mut conn, organisation_id, wanted, page.after, page.limit)
                .await?;
        let (rows, next_page_token) = page.next(rows, |last| {
            (last.content.schedule.starts_at, last.activity_id)
        });
        let activities = rows.into_iter().map(wire::Activity::from).collect();
        Ok(wire::ListOrganisationActivitiesResponse {
            activities,
            next_page_token,
        })
    }

    async fn create(
        &self,
        caller: &Caller,
        request: &wire::CreateActivityRequest,
    ) -> Result<wire::Activity, Problem> {
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let content = content(request)?;
        let now = self.context.clock.now();
        rules::check_content(&content, now)?;
        self.require(caller, organisation_id).await?;
        let keys = &self.context.keys;
        let begun = self
            .context
            .db
            .begin_once(caller, keys, &request.request_id, request)
            .await?;
        let mut tx = match begun {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(first) => return Ok(first),
        };
        let activity_id = Uuid::now_v7();
        store::insert_draft(&mut tx, activity_id, organisation_id, &content, now).await?;
        note(&mut tx, caller, "CreateActivity", activity_id, now).await?;
        let created: wire::Activity = present(&mut tx, activity_id).await?;
        tx.commit(&created).await?;
        Ok(created)
    }

    async fn update(
        &self,
        caller: &Caller,
        request: &wire::UpdateActivityRequest,
    ) -> Result<wire::Activity, Problem> {
        let activity_id = parse_id("activity_id", &request.activity_id)?;
        let wanted = wanted(request)?;
        self.require_for(caller, activity_id).await?;
        let keys = &self.context.keys;
        let begun = self
            .context
            .db
            .begin_once(caller, keys, &request.request_id, request)
            .await?;
        let mut tx = match begun {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(first) => return Ok(first),
        };
        let activity = locked(&mut tx, activity_id).await?;
        expect_version(&request.etag, activity.version)?;
        let recorded = store::recorded(&mut tx, activity_id).await?;
        let now = self.context.clock.now();
        let content = rules::change(&activity, &recorded, wanted, now)?;
        if content != activity.content {
            store::update(&mut tx, activity_id, &content).await?;
            let to = &content.division_code;
            if activity.state == State::Published && *to != activity.content.division_code {
                tx.publish(&activity.relocated(to), now).await?;
            }
            note(&mut tx, caller, "UpdateActivity", activity_id, now).await?;
        }
        let updated = present(&mut tx, activity_id).await?;
        tx.commit(&updated).await?;
        Ok(updated)
    }

    async fn publish(
        &self,
        caller: &Caller,
        request: &wire::PublishActivityRequest,
    ) -> Result<wire::Activity, Problem> {
        let activity_id = parse_id("activity_id", &request.activity_id)?;
        self.require_for(caller, activity_id).await?;
        let keys = &self.context.keys;
        let begun = self
            .context
            .db
            .begin_once(caller, keys, &request.request_id, request)
            .await?;
        let mut tx = match begun {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(first) => return Ok(first),
        };
        let activity = locked(&mut tx, activity_id).await?;
        let now = self.context.clock.now();
        rules::publish(&activity, now)?;
        store::publish(&mut tx, activity_id, now).await?;
        tx.publish(&activity.published(), now).await?;
        note(&mut tx, caller, "PublishActivity", activity_id, now).await?;
        let published = present(&mut tx, activity_id).await?;
        tx.commit(&published).await?;
        Ok(published)
    }

    async fn cancel(
        &self,
        caller: &Caller,
        request: &wire::CancelActivityRequest,
    ) -> Result<wire::Activity, Problem> {
        let activity_id = parse_id("activity_id", &request.activity_id)?;
        self.require_for(caller, activity_id).await?;
        let keys = &self.context.keys;
        let begun = self
            .context
            .db
            .begin_once(caller, keys, &request.request_id, request)
            .await?;
        let mut tx = match begun {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(first) => return Ok(first),
        };
        let activity = locked(&mut tx, activity_id).await?;
        let now = self.context.clock.now();
        rules::cancel(&activity, now)?;
        store::cancel(&mut tx, activity_id, &request.reason, now).await?;
        tx.publish(&activity.cancelled(), now).await?;
        note(&mut tx, caller, "CancelActivity", activity_id, now).await?;
        let cancelled = present(&mut tx, activity_id).await?;
        tx.commit(&cancelled).await?;
        Ok(cancelled)
    }

    async fn require(&self, caller: &Caller, organisation_id: Uuid) -> Result<(), Problem> {
        let mut conn = self.context.db.read().await?;
        caller
            .require(&mut conn, MANAGE, organisation_id)
            .await
            .map(drop)
    }

    async fn require_for(&self, caller: &Caller, activity_id: Uuid) -> Result<(), Problem> {
        let mut conn = self.context.db.read().await?;
        require_for_activity(&mut conn, caller, MANAGE, activity_id)
            .await
            .map(drop)
    }
}

/// For whom the names of those who registered are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The person.
    Person,
    /// The organiser, to whom the name was given to prepare the activity.
    Organiser,
    /// Staff whose permission comes from above the organiser.
    Above,
}

/// Passes if the caller holds `permission` on the organisation of the activity, and says as whom. A draft that the caller has nothing
/// to do with does not exist for them.
pub async fn require_for_activity(
    conn: &mut PgConnection,
    caller: &Caller,
    permission: &'static str,
    activity_id: Uuid,
) -> Result<Audience, Problem> {
    let (organisation_id, state) = store::owner(conn, activity_id)
        .await?
        .ok_or(ActivityError::NotFound)?;
    match caller.require(conn, permission, organisation_id).await {
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

async fn locked(conn: &mut PgConnection, activity_id: Uuid) -> Result<Activity, Problem> {
    Ok(store::lock(conn, activity_id)
        .await?
        .ok_or(ActivityError::NotFound)?)
}

async fn present(conn: &mut PgConnection, activity_id: Uuid) -> Result<wire::Activity, Problem> {
    let activity = store::activity(conn, activity_id)
        .await?
        .ok_or(ActivityError::NotFound)?;
    Ok(activity.into())
}

async fn note(
    conn: &mut PgConnection,
    caller: &Caller,
    method: &str,
    activity_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let action = format!("cast.events.v1.Activities/{method}");
    audit::record(
        conn,
        caller,
        &action,
        &format!("activity:{activity_id}"),
        "ok",
        now,
    )
    .await
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

fn wanted(request: &wire::UpdateActivityRequest) -> Result<Change, Problem> {
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
