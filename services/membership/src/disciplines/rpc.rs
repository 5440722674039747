//! The service `Disciplines`.

use kit::{Call, errors::Result};
use proto_membership::v1 as wire;
use reference::disciplines;

use super::Disciplines;
use crate::contract;

impl contract::Disciplines for Disciplines {
    async fn list_disciplines(
        &self,
        _call: Call<wire::ListDisciplinesRequest>,
    ) -> Result<wire::ListDisciplinesResponse> {
        let all = disciplines::all().iter().map(|one| wire::Discipline {
            code: one.code.to_owned(),
            name: one.name.to_owned(),
        });
        Ok(wire::ListDisciplinesResponse {
            disciplines: all.collect(),
        })
    }
}
