//! The service `ApplicationFiles`.

use kit::{
    Call,
    call::Answers,
    errors::{Problem, Result},
    wire::parse_id,
};
use proto_membership::{reasons, v1 as wire};
use proto_options::HttpBody;

use super::ApplicationFiles;
use crate::{
    applications::{
        files::FILES,
        read::{self, answers_are_open},
    },
    consents::audience::Audience,
    contract, organisations, uploads,
};

impl contract::ApplicationFiles for ApplicationFiles {
    async fn create_application_upload(
        &self,
        call: Call<wire::CreateUploadRequest>,
    ) -> Result<wire::Upload> {
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let found =
            organisations::store::accepts(&mut *self.db.read().await?, organisation_id).await?;
        if found.is_none() {
            return Err(Problem::of(&reasons::NOT_FOUND));
        }
        uploads::create((&self.db, &self.uploads), call).await
    }

    async fn get_application_upload(
        &self,
        call: Call<wire::GetUploadRequest>,
    ) -> Result<wire::Upload> {
        uploads::get(&self.uploads, call).await
    }

    async fn put_application_upload_part(
        &self,
        call: Call<wire::PutUploadPartRequest>,
    ) -> Result<wire::Upload> {
        uploads::put_part(&self.uploads, call).await
    }

    async fn complete_application_upload(
        &self,
        call: Call<wire::CompleteUploadRequest>,
    ) -> Result<wire::Upload> {
        uploads::complete(&self.uploads, call).await
    }

    async fn delete_application_upload(
        &self,
        call: Call<wire::DeleteUploadRequest>,
    ) -> Result<wire::DeleteUploadResponse> {
        uploads::delete((&self.db, &self.uploads), call).await
    }

    async fn get_application_file(
        &self,
        call: Call<wire::GetApplicationFileRequest>,
    ) -> Result<Answers<wire::ApplicationFileContent>> {
        let not_found = || Problem::of(&reasons::NOT_FOUND);
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        let mut conn = self.db.read().await?;
        let (record, audience) =
            read::visible(&mut conn, &call, &call.message.application_id).await?;
        if !answers_are_open(&record, audience) {
            return Err(not_found());
        }
        let attached = FILES
            .has(&mut conn, record.application_id, upload_id)
            .await?;
        drop(conn);
        if !attached {
            return Err(not_found());
        }
        let original = wire::get_application_file_request::Face::Original as i32;
        let original = call.message.face == original;
        let content = FILES.content(&self.uploads, upload_id, original).await?;
        if audience != Audience::Person {
            let subject = format!("application:{}", record.application_id);
            call.audit_read(&self.db, &subject).await?;
        }
        Ok(content.messages(|piece| wire::ApplicationFileContent {
            content: Some(HttpBody {
                content_type: piece.content_type,
                data: piece.data,
            }),
            file_name: piece.file_name,
            length: piece.length,
        }))
    }
}
