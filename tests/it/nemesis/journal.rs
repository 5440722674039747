//! Verifies that acknowledged writes took place.

use std::collections::BTreeMap;

use sqlx::{Connection as _, PgConnection};
use testkit::{Platform, Service};
use uuid::Uuid;

/// The acknowledged responses of all people.
#[derive(Debug, Default)]
pub struct Journal {
    /// Acknowledged changes of division per person.
    pub moves: BTreeMap<Uuid, i64>,
    /// Acknowledged registrations: registration, activity, person.
    pub seats: Vec<(Uuid, Uuid, Uuid)>,
    /// Acknowledged cancellations of registrations.
    pub cancelled: Vec<Uuid>,
}

impl Journal {
    pub fn add(&mut self, other: Self) {
        self.moves.extend(other.moves);
        self.seats.extend(other.seats);
        self.cancelled.extend(other.cancelled);
    }

    fn acknowledged(&self) -> i64 {
        let seats = i64::try_from(self.seats.len() + self.cancelled.len()).unwrap();
        self.moves.values().sum::<i64>() + seats
    }

    /// Compares with the databases. Every request has been acknowledged in the end, so more is as wrong as less.
    pub async fn check(&self, platform: &Platform) {
        println!("nemesis: {} acknowledged writes", self.acknowledged());
        assert!(self.acknowledged() > 0, "nothing was done");
        let mut identity = connect(platform, Service::Identity).await;
        let told = "select count(*) from eventlog.event_log where event_type = 'PersonMoved' and aggregate_id = $1";
        platform.settled().await.unwrap();
        for (person, acknowledged) in &self.moves {
            let made: i64 = sqlx::query_scalar(told)
                .bind(person)
                .fetch_one(&mut identity)
                .await
                .unwrap();
            assert_eq!(
                made, *acknowledged,
                "changes of {person}: made and acknowledged"
            );
        }
        let mut events = connect(platform, Service::Events).await;
        let rows: Vec<(Uuid, Uuid, Uuid, String)> = sqlx::query_as(
            "select registration_id, activity_id, person_id, state from registrations",
        )
        .fetch_all(&mut events)
        .await
        .unwrap();
        let rows: BTreeMap<Uuid, (Uuid, Uuid, String)> = rows
            .into_iter()
            .map(|(id, activity, person, state)| (id, (activity, person, state)))
            .collect();
        for (registration, activity, person) in &self.seats {
            let row = rows.get(registration);
            let (at, of, state) = row.unwrap_or_else(|| panic!("{registration} is lost"));
            assert_eq!((at, of), (activity, person));
            let cancelled = self.cancelled.contains(registration);
            assert_eq!(state == "cancelled", cancelled, "{registration} is {state}");
        }
        let known: Vec<&Uuid> = self.moves.keys().collect();
        let ours = rows
            .values()
            .filter(|(_, person, _)| known.contains(&person));
        assert_eq!(
            ours.count(),
            self.seats.len(),
            "registrations: there and acknowledged"
        );
    }
}

async fn connect(platform: &Platform, service: Service) -> PgConnection {
    PgConnection::connect(platform.database_url(service).unwrap())
        .await
        .unwrap()
}
