//! Registering for an activity: a seat under the lock of its activity, a row, an event, all on disk before the
//! response. Once for a single contended activity, and once spread over 1,000.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use platform::Service;
use proto::cast::events::v1::{
    CreateRegistrationRequest, registrations_client::RegistrationsClient,
};
use tonic::{Code, Request, metadata::AsciiMetadataValue, transport::Channel};

use super::{
    activities, database, figure::Figure, load, load::Outcome, people, pgbench::Transaction,
    stage::Stage,
};

const CALLERS: usize = 64;
/// Number of activities for spread registrations.
const MANY: usize = 1_000;

/// A client that registers people.
#[derive(Clone)]
pub struct Desk(RegistrationsClient<Channel>);

impl Desk {
    pub async fn open(stage: &Stage) -> Result<Self> {
        let channel = stage.channel(Service::Events).await?;
        Ok(Self(RegistrationsClient::new(channel)))
    }

    /// Registers; returns the id of the registration, or `None` if the activity is full.
    pub async fn register(
        &self,
        bearer: &AsciiMetadataValue,
        activity_id: &str,
    ) -> Result<Option<String>> {
        let mut request = Request::new(CreateRegistrationRequest {
            activity_id: activity_id.to_owned(),
            division_code: "110108".to_owned(),
            ..Default::default()
        });
        request
            .metadata_mut()
            .insert("authorization", bearer.clone());
        match self.0.clone().create_registration(request).await {
            Ok(made) => Ok(Some(made.into_inner().registration_id)),
            // Other refusals with this code would show in the number of seats.
            Err(status) if status.code() == Code::FailedPrecondition => Ok(None),
            Err(status) => Err(status.into()),
        }
    }
}

pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    // As many as a current machine handles in some seconds, or fewer if there are fewer people.
    let people = (stage.plan.scale as usize / 2).min(20_000);
    let seats = people / 2;
    let hot = activities::publish(stage, stage.plan.rounds, seats).await?;
    let many = activities::publish(stage, MANY.min(people), people).await?;
    let desk = Desk::open(stage).await?;
    let (mut rush, mut one_row) = (Vec::new(), Vec::new());
    let (mut spread, mut many_rows) = (Vec::new(), Vec::new());
    let (mut rush_words, mut spread_words) = (String::new(), String::new());
    let length = stage.plan.length;
    for (round, activity_id) in hot.iter().enumerate() {
        let bearers = people::signed_in(stage, people).await?;
        let updates = stage
            .pgbench
            .per_second(Transaction::UpdateOne, CALLERS, length);
        one_row.push(updates.await?);
        let (seats_a_second, outcome) = rushed(stage, &desk, &bearers, activity_id, seats).await?;
        rush.push(seats_a_second);
        rush_words = format!(
            "{}; {seats} seats, {people} people: no seat given twice, the rest told that it is full",
            outcome.in_words()
        );

        let updates = stage
            .pgbench
            .per_second(Transaction::UpdateOneOf1000, CALLERS, length);
        many_rows.push(updates.await?);
        let outcome = scattered(&desk, &bearers, &many, round).await?;
        spread.push(outcome.per_second());
        spread_words = outcome.in_words();
    }
    Ok(vec![
        Figure::new(
            "registrations for one activity, 64 callers",
            "seats/s",
            rush,
        )
        .beside(Transaction::UpdateOne.name(), &one_row)
        .seen(rush_words),
        Figure::new(
            format!(
                "registrations spread over {} activities, 64 callers",
                many.len()
            ),
            "seats/s",
            spread,
        )
        .beside(Transaction::UpdateOneOf1000.name(), &many_rows)
        .seen(spread_words),
    ])
}

/// Twice as many people as seats. Seats taken per second until the last one.
async fn rushed(
    stage: &Stage,
    desk: &Desk,
    bearers: &Arc<[AsciiMetadataValue]>,
    activity_id: &str,
    seats: usize,
) -> Result<(f64, Outcome)> {
    let begun = Instant::now();
    let given = Arc::new(AtomicUsize::new(0));
    let last = Arc::new(AtomicU64::new(0));
    let outcome = {
        let (desk, bearers, activity_id) = (desk.clone(), bearers.clone(), activity_id.to_owned());
        let (given, last) = (given.clone(), last.clone());
        load::shared(CALLERS, bearers.len(), move |person| {
            let (desk, bearers) = (desk.clone(), bearers.clone());
            let (given, last, activity_id) = (given.clone(), last.clone(), activity_id.clone());
            async move {
                if desk
                    .register(&bearers[person], &activity_id)
                    .await?
                    .is_some()
                {
                    given.fetch_add(1, Ordering::Relaxed);
                    last.fetch_max(begun.elapsed().as_micros() as u64, Ordering::Relaxed);
                }
                Ok(())
            }
        })
        .await?
    };
    let given = given.load(Ordering::Relaxed);
    let url = stage.platform.database_url(Service::Events);
    let kept = database::seats(url.context("events has a database")?, activity_id).await?;
    let whole = (seats as i32, seats as i32, seats as i64, seats as i64);
    ensure!(
        given == seats && kept == whole,
        "{given} of {seats} seats were given; capacity, taken, people and registrations are {kept:?}"
    );
    let took = Duration::from_micros(last.load(Ordering::Relaxed));
    Ok((seats as f64 / took.as_secs_f64(), outcome))
}

/// Every person registers once, each for another activity than in the other rounds.
async fn scattered(
    desk: &Desk,
    bearers: &Arc<[AsciiMetadataValue]>,
    activities: &[String],
    round: usize,
) -> Result<Outcome> {
    let activities: Arc<[String]> = activities.into();
    let (desk, bearers) = (desk.clone(), bearers.clone());
    load::shared(CALLERS, bearers.len(), move |person| {
        let (desk, bearers, activities) = (desk.clone(), bearers.clone(), activities.clone());
        async move {
            let activity = &activities[(person + round) % activities.len()];
            let made = desk.register(&bearers[person], activity).await?;
            ensure!(made.is_some(), "an activity was full");
            Ok(())
        }
    })
    .await
}
