//! The method `GetProvince`.

use kit::{Call, errors::Result};
use proto_cockpit::v1::{self as wire, overview};

use super::store::{self, City};
use crate::{
    Cockpit,
    facts::Province,
    overview::wire::province_name,
    queries::QueryError,
    reading::{READ, reach},
};

/// A province and its cities, within the caller's scope. Five round trips: the caller's reach, and, in one snapshot, begin, name,
/// cities, commit.
pub async fn get_province(
    cockpit: &Cockpit,
    call: Call<wire::GetProvinceRequest>,
) -> Result<wire::GetProvinceResponse> {
    let province = Province::by_code(&call.message.province_code)
        .ok_or_else(|| QueryError::UnknownProvince.into_problem(""))?;
    let mut conn = cockpit.db.read().await?;
    let scope = reach(&mut conn, &call).await?;
    let computed_at = call.now;
    let mut tx = sqlx::Connection::begin_with(&mut *conn, READ).await?;
    let name = store::name(&mut tx, province).await?;
    let cities = store::cities(&mut tx, &scope, province).await?;
    tx.commit().await?;

    let sum = |figure: fn(&City) -> i64| cities.iter().map(figure).sum();
    Ok(wire::GetProvinceResponse {
        province: Some(overview::Province {
            province_code: province.code().to_owned(),
            name: province_name(province, name.as_deref()),
            people: sum(|city| city.people),
            memberships: sum(|city| city.memberships),
            activities: sum(|city| city.activities),
            attendances: sum(|city| city.attendances),
        }),
        cities: cities.into_iter().map(to_message).collect(),
        computed_at: Some(kit::wire::timestamp(computed_at)),
    })
}

fn to_message(city: City) -> wire::City {
    wire::City {
        division_code: city.code,
        name: city.name.unwrap_or_default(),
        people: city.people,
        memberships: city.memberships,
        activities: city.activities,
        attendances: city.attendances,
    }
}
