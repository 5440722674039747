//! The service `MemberLetters`.

use kit::{
    Call, access,
    db::Db,
    errors::{Problem, Result},
    wire::parse_id,
};
use letters::{Letters, Owner, Written};
use proto_letters::v1 as shared;
use proto_membership::{reasons, v1 as wire};

use crate::{categories::Category, contract};

/// Letters to members.
#[derive(Clone, Debug)]
pub struct MemberLetters {
    pub(crate) db: Db,
    pub(crate) letters: Letters,
}

impl contract::MemberLetters for MemberLetters {
    async fn create_member_letter(
        &self,
        call: Call<wire::CreateMemberLetterRequest>,
    ) -> Result<shared::Letter> {
        let (call, request) = call.split();
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let mut tx = call.begin(&self.db).await?;
        // The layer has checked the right on the organisation.
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let organisation = access::organisation(&mut tx, organisation_id)
            .await?
            .ok_or_else(|| Problem::of(&reasons::NOT_FOUND))?;
        let categories = request.categories.iter().copied();
        let written = Written {
            owner: Owner {
                organisation_id,
                activity_id: None,
            },
            sender: organisation.name,
            title: request.title,
            body: request.body,
            groups: categories
                .filter_map(Category::from_wire)
                .map(Category::as_str)
                .collect(),
        };
        self.letters.create(&call, tx, written).await
    }

    async fn list_member_letters(
        &self,
        call: Call<wire::ListMemberLettersRequest>,
    ) -> Result<shared::ListLettersResponse> {
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let owner = Owner {
            organisation_id,
            activity_id: None,
        };
        let mut conn = self.db.read().await?;
        self.letters.list(&call, &mut conn, owner).await
    }

    async fn get_member_letter(
        &self,
        call: Call<shared::GetLetterRequest>,
    ) -> Result<shared::Letter> {
        self.letters.get(call).await
    }

    async fn update_member_letter(
        &self,
        call: Call<shared::UpdateLetterRequest>,
    ) -> Result<shared::Letter> {
        self.letters.update(call).await
    }

    async fn delete_member_letter(
        &self,
        call: Call<shared::DeleteLetterRequest>,
    ) -> Result<shared::DeleteLetterResponse> {
        self.letters.delete(call).await
    }

    async fn try_member_letter(
        &self,
        call: Call<shared::TryLetterRequest>,
    ) -> Result<shared::Letter> {
        self.letters.send_to_oneself(call).await
    }

    async fn send_member_letter(
        &self,
        call: Call<shared::SendLetterRequest>,
    ) -> Result<shared::Letter> {
        self.letters.send(call).await
    }

    async fn stop_member_letter(
        &self,
        call: Call<shared::StopLetterRequest>,
    ) -> Result<shared::Letter> {
        self.letters.stop(call).await
    }

    async fn list_my_member_letters(
        &self,
        call: Call<shared::ListReceivedLettersRequest>,
    ) -> Result<shared::ListReceivedLettersResponse> {
        self.letters.list_received(call).await
    }

    async fn get_my_member_letter(
        &self,
        call: Call<shared::GetLetterRequest>,
    ) -> Result<shared::ReceivedLetter> {
        self.letters.get_received(call).await
    }

    async fn update_member_letter_choice(
        &self,
        call: Call<shared::UpdateLetterChoiceRequest>,
    ) -> Result<shared::LetterChoice> {
        self.letters.choose(call).await
    }
}
