//! The methods of `cast.events.v1.RegistrationExports`.

use exports::{Asked, Exports};
use kit::{
    Call,
    call::Answers,
    db::Db,
    errors::{Problem, Result},
    wire::parse_id,
};
use proto_events::v1 as wire;
use proto_exports::v1 as shared;

use super::{Column, Filter};
use crate::{
    activities::{ActivityError, rpc::require_for_activity, store},
    contract,
};

/// Serves `cast.events.v1.RegistrationExports`.
#[derive(Clone, Debug)]
pub struct RegistrationExports {
    /// The database.
    pub db: Db,
    /// The exports.
    pub exports: Exports,
}

impl contract::RegistrationExports for RegistrationExports {
    async fn create_registration_export(
        &self,
        call: Call<wire::CreateRegistrationExportRequest>,
    ) -> Result<shared::Export> {
        let (call, request) = call.split();
        let activity_id = parse_id("activity_id", &request.activity_id)?;
        let mut tx = call.begin(&self.db).await?;
        require_for_activity(&call, &mut tx, activity_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let activity = store::activity(&mut tx, activity_id)
            .await?
            .ok_or(ActivityError::NotFound)?;
        let filter = Filter {
            state: request.state,
        };
        let columns = request.columns.iter().copied();
        let asked = Asked {
            organisation_id: activity.organisation_id,
            activity_id: Some(activity_id),
            title: activity.content.title,
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

    async fn list_registration_exports(
        &self,
        call: Call<shared::ListExportsRequest>,
    ) -> Result<shared::ListExportsResponse> {
        self.exports.list(call).await
    }

    async fn list_my_registration_exports(
        &self,
        call: Call<shared::ListMyExportsRequest>,
    ) -> Result<shared::ListExportsResponse> {
        self.exports.list_mine(call).await
    }

    async fn get_registration_export(
        &self,
        call: Call<shared::GetExportRequest>,
    ) -> Result<shared::Export> {
        self.exports.get(call).await
    }

    async fn cancel_registration_export(
        &self,
        call: Call<shared::CancelExportRequest>,
    ) -> Result<shared::Export> {
        self.exports.cancel(call).await
    }

    async fn download_registration_export(
        &self,
        call: Call<shared::DownloadExportRequest>,
    ) -> Result<Answers<shared::DownloadExportResponse>> {
        self.exports.download(call).await
    }
}
