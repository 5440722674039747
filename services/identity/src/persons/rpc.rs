//! The methods of the person registry, except the one that verifies a real name: see [`verification`](crate::verification).

use eventlog::NewEvent;
use kit::{Call, db::Db, errors::Result, wire};
use proto_identity::v1::{GetMyPersonRequest, Person, PersonMoved, UpdateMyPersonRequest};
use reference::divisions;

use super::{
    PersonError, Registry,
    registry::present,
    store::{self, Row},
};

/// The caller as the registry holds them.
pub(crate) async fn get_my_person(
    db: &Db,
    registry: &Registry,
    call: Call<GetMyPersonRequest>,
) -> Result<Person> {
    let person_id = call.caller.person()?.person_id;
    let mut conn = db.read().await?;
    let row = store::read(&mut conn, person_id).await?;
    registry.person(&present(row)?)
}

/// The caller works elsewhere now.
pub(crate) async fn update_my_person(
    db: &Db,
    registry: &Registry,
    call: Call<UpdateMyPersonRequest>,
) -> Result<Person> {
    let person_id = call.caller.person()?.person_id;
    let (call, input) = call.split();
    divisions::check("division_code", &input.division_code)?;
    let mut tx = call.begin(db).await?;
    if let Some(answer) = tx.replayed().await? {
        return Ok(answer);
    }
    let mut row = present(store::lock(&mut tx, person_id).await?)?;
    if wire::expect_version(&input.etag, row.version).is_err() {
        return Err(PersonError::Outdated.into());
    }
    if row.division_code != input.division_code {
        store::set_division(&mut tx, person_id, &input.division_code, call.now).await?;
        let moved = PersonMoved {
            from_division_code: row.division_code,
            to_division_code: input.division_code.clone(),
        };
        row = Row {
            division_code: input.division_code,
            version: row.version + 1,
            updated_at: call.now,
            ..row
        };
        tx.audit(&format!("person:{person_id}")).await?;
        tx.publish(&NewEvent::of("Person", person_id, &moved), call.now)
            .await?;
    }
    tx.commit(registry.person(&row)?).await
}
