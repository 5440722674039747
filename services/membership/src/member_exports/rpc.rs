//! The service `MemberExports`.

use exports::{Asked, Exports};
use kit::{
    Call,
    call::Answers,
    db::Db,
    errors::{Problem, Result},
    wire::parse_id,
};
use proto_exports::v1 as shared;
use proto_membership::{reasons, v1 as wire};

use super::{Column, Filter};
use crate::{categories::Category, contract, memberships::State, organisations};

/// Exports of members.
#[derive(Clone, Debug)]
pub struct MemberExports {
    pub(crate) db: Db,
    pub(crate) exports: Exports,
}

impl contract::MemberExports for MemberExports {
    async fn create_member_export(
        &self,
        call: Call<wire::CreateMemberExportRequest>,
    ) -> Result<shared::Export> {
        let (call, request) = call.split();
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let mut tx = call.begin(&self.db).await?;
        // The layer has checked the right on the organisation.
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let organisation = organisations::store::get(&mut tx, organisation_id)
            .await?
            .ok_or_else(|| Problem::of(&reasons::NOT_FOUND))?;
        let filter = Filter {
            state: State::from_wire(request.state).map(|state| state.as_str().to_owned()),
            category: Category::from_wire(request.category).map(|one| one.as_str().to_owned()),
        };
        let columns = request.columns.iter().copied();
        let asked = Asked {
            organisation_id,
            activity_id: None,
            title: organisation.name,
            format: request.format,
            language: request.language,
            columns: columns
                .filter_map(Column::from_wire)
                .map(Column::as_str)
                .collect(),
            filter: serde_json::to_value(filter)
                .map_err(|error| Problem::internal(anyhow::Error::from(error)))?,
            purpose: request.purpose,
            purpose_text: request.purpose_text,
        };
        self.exports.create(&call, tx, asked).await
    }

    async fn list_member_exports(
        &self,
        call: Call<shared::ListExportsRequest>,
    ) -> Result<shared::ListExportsResponse> {
        self.exports.list(call).await
    }

    async fn list_my_member_exports(
        &self,
        call: Call<shared::ListMyExportsRequest>,
    ) -> Result<shared::ListExportsResponse> {
        self.exports.list_mine(call).await
    }

    async fn get_member_export(
        &self,
        call: Call<shared::GetExportRequest>,
    ) -> Result<shared::Export> {
        self.exports.get(call).await
    }

    async fn cancel_member_export(
        &self,
        call: Call<shared::CancelExportRequest>,
    ) -> Result<shared::Export> {
        self.exports.cancel(call).await
    }

    async fn download_member_export(
        &self,
        call: Call<shared::DownloadExportRequest>,
    ) -> Result<Answers<shared::DownloadExportResponse>> {
        self.exports.download(call).await
    }
}
