//! The service `Memberships`. What changes a membership is in [`change`](super::change), what is shown of it in [`read`](super::read).

use kit::{
    Call,
    errors::{Problem, Result},
    wire::{parse_id, timestamp},
};
use proto_membership::{reasons, v1 as wire};
use uuid::Uuid;

use super::{
    Error, Ground, Memberships, State,
    change::{Change, Side},
    read::{Query, to_wire},
    store,
};
use crate::{cards::Claims, consents::audience::Audience, contract};

/// `GetMembership` is for every signed-in person; those who are not the member need this permission on the organisation.
const READ: &str = "members.read";

fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

impl contract::Memberships for Memberships {
    async fn list_my_memberships(
        &self,
        call: Call<wire::ListMyMembershipsRequest>,
    ) -> Result<wire::ListMyMembershipsResponse> {
        let person_id = call.caller.person()?.person_id;
        let page = call.page::<Uuid>()?;
        let mut conn = self.db.read().await?;
        let records = store::of_person(&mut conn, person_id, page.after, page.limit).await?;
        let (records, next_page_token) = page.next(records, |last| last.membership_id);
        let own = |record| to_wire(record, &self.keys, Audience::Person);
        let memberships = records.into_iter().map(own).collect::<Result<_>>()?;
        Ok(wire::ListMyMembershipsResponse {
            memberships,
            next_page_token,
        })
    }

    async fn get_membership(
        &self,
        call: Call<wire::GetMembershipRequest>,
    ) -> Result<wire::Membership> {
        let person_id = call.caller.person()?.person_id;
        let id = parse_id("membership_id", &call.message.membership_id)?;
        let mut conn = self.db.read().await?;
        let record = store::get(&mut conn, id).await?.ok_or_else(not_found)?;
        if record.person_id == person_id {
            return to_wire(record, &self.keys, Audience::Person);
        }
        let organisation_id = record.organisation_id;
        let held = call.caller.held(&mut conn, READ, organisation_id).await?;
        let audience = held.ok_or_else(not_found)?.into();
        drop(conn);
        call.audit_read(&self.db, &format!("membership:{id}"))
            .await?;
        to_wire(record, &self.keys, audience)
    }

    async fn list_memberships(
        &self,
        call: Call<wire::ListMembershipsRequest>,
    ) -> Result<wire::ListMembershipsResponse> {
        let (call, request) = call.split();
        // No longer supported: the refusal tells a client that still sends it where to send it.
        #[allow(deprecated)]
        let text = &request.query;
        if !text.is_empty() {
            return Err(Problem::invalid(
                "query",
                (
                    "A name does not belong into an address; send it as POST to …/memberships:search.",
                    "姓名不应出现在网址中，请改用 POST …/memberships:search 提交查询内容。",
                ),
            ));
        }
        let query = Query {
            organisation_id: &request.organisation_id,
            state: request.state,
            category: request.category,
            text: "",
        };
        self.members(&call, query).await
    }

    async fn search_memberships(
        &self,
        call: Call<wire::SearchMembershipsRequest>,
    ) -> Result<wire::ListMembershipsResponse> {
        let (call, request) = call.split();
        let query = Query {
            organisation_id: &request.organisation_id,
            state: request.state,
            category: request.category,
            text: &request.query,
        };
        self.members(&call, query).await
    }

    async fn get_membership_card(
        &self,
        call: Call<wire::GetMembershipCardRequest>,
    ) -> Result<wire::MembershipCard> {
        let person_id = call.caller.person()?.person_id;
        let id = parse_id("membership_id", &call.message.membership_id)?;
        let record = store::get(&mut *self.db.read().await?, id).await?;
        // A card is the member's own; others do not learn that there is one.
        let record = record
            .filter(|record| record.person_id == person_id)
            .ok_or_else(not_found)?;
        if !record.state.is_member() {
            return Err(Error::Ended.into());
        }
        let token = self.cards.sign(&Claims {
            membership_id: record.membership_id,
            organisation_id: record.organisation_id,
            member_number: record.member_number.clone(),
            issued_at: call.now.unix_timestamp(),
        })?;
        Ok(wire::MembershipCard {
            url: self.cards.url(&token),
            token,
            issued_at: Some(timestamp(call.now)),
            membership: Some(to_wire(record, &self.keys, Audience::Person)?),
        })
    }

    async fn suspend_membership(
        &self,
        call: Call<wire::SuspendMembershipRequest>,
    ) -> Result<wire::Membership> {
        let (call, request) = call.split();
        let change = Change {
            membership_id: &request.membership_id,
            etag: &request.etag,
            reason: Some(&request.reason),
            ground: Ground::from_wire(request.ground),
            side: Side::Staff,
            rule: State::suspend,
        };
        self.change(&call, change).await
    }

    async fn reinstate_membership(
        &self,
        call: Call<wire::ReinstateMembershipRequest>,
    ) -> Result<wire::Membership> {
        let (call, request) = call.split();
        let change = Change {
            membership_id: &request.membership_id,
            etag: &request.etag,
            reason: None,
            ground: None,
            side: Side::Staff,
            rule: State::reinstate,
        };
        self.change(&call, change).await
    }

    async fn resign_membership(
        &self,
        call: Call<wire::ResignMembershipRequest>,
    ) -> Result<wire::Membership> {
        let (call, request) = call.split();
        let change = Change {
            membership_id: &request.membership_id,
            etag: "",
            reason: None,
            ground: None,
            side: Side::Member,
            rule: State::resign,
        };
        self.change(&call, change).await
    }
}
