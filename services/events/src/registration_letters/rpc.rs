//! The service `cast.events.v1.RegistrationLetters`.

use kit::{Call, db::Db, errors::Result, wire::parse_id};
use letters::{Letters, Owner, Written};
use proto_events::v1 as wire;
use proto_letters::v1 as shared;

use super::group;
use crate::{
    activities::{ActivityError, rpc::require_for_activity, store},
    contract, registrations,
};

/// Letters to registrants.
#[derive(Clone, Debug)]
pub struct RegistrationLetters {
    pub(crate) db: Db,
    pub(crate) letters: Letters,
}

impl contract::RegistrationLetters for RegistrationLetters {
    async fn create_registration_letter(
        &self,
        call: Call<wire::CreateRegistrationLetterRequest>,
    ) -> Result<shared::Letter> {
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
        let mut groups = Vec::new();
        for state in request.states {
            groups.extend(registrations::wire::state("states", state)?.and_then(group));
        }
        let written = Written {
            owner: Owner {
                organisation_id: activity.organisation_id,
                activity_id: Some(activity_id),
            },
            sender: activity.content.title,
            title: request.title,
            body: request.body,
            groups,
        };
        self.letters.create(&call, tx, written).await
    }

    async fn list_registration_letters(
        &self,
        call: Call<wire::ListRegistrationLettersRequest>,
    ) -> Result<shared::ListLettersResponse> {
        let activity_id = parse_id("activity_id", &call.message.activity_id)?;
        let mut conn = self.db.read().await?;
        require_for_activity(&call, &mut conn, activity_id).await?;
        let (organisation_id, _) = store::owner(&mut conn, activity_id)
            .await?
            .ok_or(ActivityError::NotFound)?;
        let owner = Owner {
            organisation_id,
            activity_id: Some(activity_id),
        };
        self.letters.list(&call, &mut conn, owner).await
    }

    async fn get_registration_letter(
        &self,
        call: Call<shared::GetLetterRequest>,
    ) -> Result<shared::Letter> {
        self.letters.get(call).await
    }

    async fn update_registration_letter(
        &self,
        call: Call<shared::UpdateLetterRequest>,
    ) -> Result<shared::Letter> {
        self.letters.update(call).await
    }

    async fn delete_registration_letter(
        &self,
        call: Call<shared::DeleteLetterRequest>,
    ) -> Result<shared::DeleteLetterResponse> {
        self.letters.delete(call).await
    }

    async fn try_registration_letter(
        &self,
        call: Call<shared::TryLetterRequest>,
    ) -> Result<shared::Letter> {
        self.letters.send_to_oneself(call).await
    }

    async fn send_registration_letter(
        &self,
        call: Call<shared::SendLetterRequest>,
    ) -> Result<shared::Letter> {
        self.letters.send(call).await
    }

    async fn stop_registration_letter(
        &self,
        call: Call<shared::StopLetterRequest>,
    ) -> Result<shared::Letter> {
        self.letters.stop(call).await
    }

    async fn list_my_registration_letters(
        &self,
        call: Call<shared::ListReceivedLettersRequest>,
    ) -> Result<shared::ListReceivedLettersResponse> {
        self.letters.list_received(call).await
    }

    async fn get_my_registration_letter(
        &self,
        call: Call<shared::GetLetterRequest>,
    ) -> Result<shared::ReceivedLetter> {
        self.letters.get_received(call).await
    }

    async fn update_registration_letter_choice(
        &self,
        call: Call<shared::UpdateLetterChoiceRequest>,
    ) -> Result<shared::LetterChoice> {
        self.letters.choose(call).await
    }
}
