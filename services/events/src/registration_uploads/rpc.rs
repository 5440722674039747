//! The methods of `cast.events.v1.RegistrationFiles`.

use files::{
    pictures::sha256,
    uploads::{
        Content, NewUpload,
        methods::{self, Shown},
    },
};
use kit::{
    Call,
    access::Reach,
    call::Answers,
    errors::{Problem, Result},
    wire::parse_id,
};
use proto_events::v1 as wire;
use proto_options::HttpBody;
use uuid::Uuid;
use wire::get_registration_file_request::Face;

use super::RegistrationFiles;
use crate::{
    activities::{ActivityError, State},
    contract,
    registration_files::FILES,
    registration_forms,
    registrations::{self, RegistrationError},
};

impl contract::RegistrationFiles for RegistrationFiles {
    async fn create_registration_upload(
        &self,
        call: Call<wire::CreateRegistrationUploadRequest>,
    ) -> Result<wire::RegistrationUpload> {
        let of = owner(&call, &call.message.activity_id)?;
        let mut tx = call.begin(&self.db).await?;
        match registration_forms::store::asked(&mut tx, of.1).await? {
            None | Some((State::Draft, _)) => return Err(ActivityError::NotFound.into()),
            Some((State::Cancelled, _)) => return Err(ActivityError::Cancelled.into()),
            Some((State::Published, _)) => {}
        }
        let request = &call.message;
        let new = NewUpload {
            name: &request.name,
            size: request.size,
            declared_type: &request.content_type,
        };
        methods::create(&self.uploads, tx, of, &new, call.now, message).await
    }

    async fn get_registration_upload(
        &self,
        call: Call<wire::GetRegistrationUploadRequest>,
    ) -> Result<wire::RegistrationUpload> {
        let of = owner(&call, &call.message.activity_id)?;
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        let upload = self.uploads.get(of, upload_id, call.now).await?;
        Ok(message(upload.into()))
    }

    async fn put_registration_upload_part(
        &self,
        call: Call<wire::PutRegistrationUploadPartRequest>,
    ) -> Result<wire::RegistrationUpload> {
        let of = owner(&call, &call.message.activity_id)?;
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        let (call, request) = call.split();
        let content = request.content.unwrap_or_default().data;
        let part = (upload_id, request.number);
        let upload = self.uploads.put_part(of, part, content, call.now).await?;
        Ok(message(upload.into()))
    }

    async fn complete_registration_upload(
        &self,
        call: Call<wire::CompleteRegistrationUploadRequest>,
    ) -> Result<wire::RegistrationUpload> {
        let of = owner(&call, &call.message.activity_id)?;
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        let hash = sha256(&call.message.sha256);
        let upload = self.uploads.complete(of, upload_id, hash, call.now).await?;
        Ok(message(upload.into()))
    }

    async fn delete_registration_upload(
        &self,
        call: Call<wire::DeleteRegistrationUploadRequest>,
    ) -> Result<wire::DeleteRegistrationUploadResponse> {
        let of = owner(&call, &call.message.activity_id)?;
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        let tx = call.begin(&self.db).await?;
        methods::delete(&self.uploads, tx, of, upload_id, call.now).await
    }

    async fn get_registration_file(
        &self,
        call: Call<wire::GetRegistrationFileRequest>,
    ) -> Result<Answers<wire::RegistrationFileContent>> {
        let registration_id = parse_id("registration_id", &call.message.registration_id)?;
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        {
            let mut tx = call.begin(&self.db).await?;
            let registration = registrations::store::registration(&mut tx, registration_id)
                .await?
                .ok_or_else(not_found)?;
            let activity_id = registration.activity_id;
            let details = registrations::store::activity_details(&mut tx, activity_id).await?;
            // What was given to the organiser is for the organiser alone.
            let reach = tx.held_on(details.organisation_id).await?;
            if reach != Some(Reach::There)
                || !FILES.has(&mut tx, registration_id, upload_id).await?
            {
                return Err(not_found());
            }
        }
        let original = call.message.face == Face::Original as i32;
        let content = FILES.content(&self.uploads, upload_id, original).await?;
        let subject = format!("registration:{registration_id}");
        call.audit_read(&self.db, &subject).await?;
        Ok(pieces(content))
    }

    async fn get_my_registration_file(
        &self,
        call: Call<wire::GetMyRegistrationFileRequest>,
    ) -> Result<Answers<wire::RegistrationFileContent>> {
        let person_id = call.caller.person()?.person_id;
        let registration_id = parse_id("registration_id", &call.message.registration_id)?;
        let upload_id = parse_id("upload_id", &call.message.upload_id)?;
        {
            let mut conn = self.db.read().await?;
            let found = registrations::store::registration(&mut conn, registration_id).await?;
            let own = found.is_some_and(|found| found.person_id == person_id);
            if !own || !FILES.has(&mut conn, registration_id, upload_id).await? {
                return Err(not_found());
            }
        }
        let original = call.message.face == Face::Original as i32;
        let content = FILES.content(&self.uploads, upload_id, original).await?;
        Ok(pieces(content))
    }
}

/// The caller and the activity, to which uploads belong.
fn owner<T>(call: &Call<T>, activity_id: &str) -> Result<(Uuid, Uuid)> {
    let person_id = call.caller.person()?.person_id;
    Ok((person_id, parse_id("activity_id", activity_id)?))
}

fn not_found() -> Problem {
    RegistrationError::NotFound.into()
}

fn pieces(content: Content) -> Answers<wire::RegistrationFileContent> {
    content.messages(|piece| wire::RegistrationFileContent {
        content: Some(HttpBody {
            content_type: piece.content_type,
            data: piece.data,
        }),
        file_name: piece.file_name,
        length: piece.length,
    })
}

/// An upload as its owner sees it.
fn message(upload: Shown) -> wire::RegistrationUpload {
    wire::RegistrationUpload {
        upload_id: upload.upload_id,
        size: upload.size,
        part_size: upload.part_size,
        part_count: upload.part_count,
        parts: upload.parts,
        content_type: upload.content_type,
        completed_at: upload.completed_at,
        expires_at: upload.expires_at,
    }
}
