//! People sign up and prove who they are.

use anyhow::Result;
use journey::people::{PASSWORD, address, resident_id_number};
use serde_json::json;
use synthetic::Of;

use crate::{
    country::{Country, Person},
    outcome::{Outcome, outcome},
};

/// A new person, who stays signed in.
pub(crate) async fn sign_up(country: &mut Country) -> Result<Outcome> {
    let chance = country.chance();
    let name = synthetic::name(chance);
    let division_code = country
        .population
        .places
        .division(Of::Division, chance)
        .to_owned();
    let mut visitor = country.visitor.stranger();
    let address = address(&format!("{:x}", country.run), &format!("life{chance:x}"));
    visitor
        .sign_up_in(&address, PASSWORD, &name, &division_code)
        .await?;
    let verify = json!({
        "name": name,
        "residentIdNumber": resident_id_number(chance),
        "consent": true,
    });
    let answer = visitor.try_post("/v1/me/person:verify", verify).await?;
    country.joined(Person {
        visitor,
        division_code,
        seats: Vec::new(),
    });
    Ok(outcome(answer))
}
