//! What members and staff see.

use kit::{
    access::Caller,
    audit,
    crypto::Keys,
    errors::Problem,
    paging::Page,
    wire::{date, etag, parse_id, timestamp},
};
use proto::{cast::membership::v1 as wire, reasons};
use uuid::Uuid;

use super::{
    Error, Memberships, State,
    store::{self, Filter, Record, Who},
};
use crate::{
    cards::Claims,
    categories::Category,
    consents::audience::{self, Audience},
    numbers, sealed,
};

const READ: &str = "members.read";

fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

/// A membership on the wire, as its audience may see it.
pub(super) fn to_wire(
    record: Record,
    keys: &Keys,
    audience: Audience,
) -> Result<wire::Membership, Problem> {
    let member_name = audience::name(
        keys,
        record.person_id,
        &record.name_sealed,
        record.consent_stands,
        audience,
    )?;
    Ok(wire::Membership {
        membership_id: record.membership_id.to_string(),
        organisation_id: record.organisation_id.to_string(),
        organisation_name: record.organisation_name,
        member_number: record.member_number,
        person_number: record.person_number,
        member_name,
        category: record.category.to_wire(),
        state: record.state.to_wire(),
        joined_on: date(record.joined_on),
        etag: etag(record.version),
    })
}

impl Memberships {
    pub(super) async fn list_mine(
        &self,
        caller: &Caller,
        request: wire::ListMyMembershipsRequest,
    ) -> Result<wire::ListMyMembershipsResponse, Problem> {
        let person_id = caller.person()?.person_id;
        let fingerprint = ["my memberships", &person_id.to_string()];
        let page = Page::<Uuid>::of(
            request.page_size,
            &request.page_token,
            &fingerprint,
            &self.keys,
        )?;
        let records = store::of_person(
            &mut *self.db.read().await?,
            person_id,
            page.after,
            page.limit,
        )
        .await?;
        let (records, next_page_token) = page.next(records, |last| last.membership_id);
        let own = |record| to_wire(record, &self.keys, Audience::Person);
        let memberships = records.into_iter().map(own).collect::<Result<_, _>>()?;
        Ok(wire::ListMyMembershipsResponse {
            memberships,
            next_page_token,
        })
    }

    pub(super) async fn get(
        &self,
        caller: &Caller,
        request: wire::GetMembershipRequest,
    ) -> Result<wire::Membership, Problem> {
        let person = caller.person()?;
        let id = parse_id("membership_id", &request.membership_id)?;
        let mut tx = self.db.begin().await?;
        let record = store::get(&mut tx, id).await?.ok_or_else(not_found)?;
        let mut audience = Audience::Person;
        if record.person_id != person.person_id {
            let held = caller.held(&mut tx, READ, record.organisation_id).await?;
            audience = held.ok_or_else(not_found)?.into();
            let action = "cast.membership.v1.Memberships/GetMembership";
            audit::record(
                &mut tx,
                caller,
                action,
                &format!("membership:{id}"),
                "ok",
                self.clock.now(),
            )
            .await?;
            tx.commit().await?;
        }
        to_wire(record, &self.keys, audience)
    }

    pub(super) async fn list(
        &self,
        caller: &Caller,
        request: wire::ListMembershipsRequest,
    ) -> Result<wire::ListMembershipsResponse, Problem> {
        // Withdrawn, not forgotten: who still sends it is told where it goes.
        #[allow(deprecated)]
        let query = &request.query;
        if !query.is_empty() {
            return Err(Problem::invalid(
                "query",
                (
                    "A name does not belong into an address; send it as POST to …/memberships:search.",
                    "姓名不应出现在网址中，请改用 POST …/memberships:search 提交查询内容。",
                ),
            ));
        }
        let wanted = Wanted {
            method: "ListMemberships",
            organisation_id: &request.organisation_id,
            state: request.state,
            category: request.category,
            query: "",
            page_size: request.page_size,
            page_token: &request.page_token,
        };
        self.members(caller, wanted).await
    }

    pub(super) async fn search(
        &self,
        caller: &Caller,
        request: wire::SearchMembershipsRequest,
    ) -> Result<wire::ListMembershipsResponse, Problem> {
        let wanted = Wanted {
            method: "SearchMemberships",
            organisation_id: &request.organisation_id,
            state: request.state,
            category: request.category,
            query: &request.query,
            page_size: request.page_size,
            page_token: &request.page_token,
        };
        self.members(caller, wanted).await
    }

    async fn members(
        &self,
        caller: &Caller,
        request: Wanted<'_>,
    ) -> Result<wire::ListMembershipsResponse, Problem> {
        let organisation_id = parse_id("organisation_id", request.organisation_id)?;
        let (state, category) = (
            State::from_wire(request.state),
            Category::from_wire(request.category),
        );
        // The query is a name, maybe: the token must not carry it.
        let query = request.query;
        let name_hash = sealed::name_hash(&self.keys, organisation_id, query);
        let fingerprint = [
            "memberships",
            request.organisation_id,
            state.map_or("", State::as_str),
            category.map_or("", Category::as_str),
            query,
        ];
        let page = Page::<String>::of(
            request.page_size,
            request.page_token,
            &fingerprint,
            &self.keys,
        )?;
        let number = text::number(query);
        let who = match () {
            () if query.is_empty() => None,
            () if numbers::rules::is_number(&number) => Some(Who::MemberNumber(&number)),
            () if is_person_number(&number) => Some(Who::PersonNumber(&number)),
            () => Some(Who::NameHash(&name_hash)),
        };
        let filter = Filter {
            state,
            category,
            who,
        };
        let mut tx = self.db.begin().await?;
        let audience: Audience = caller.require(&mut tx, READ, organisation_id).await?.into();
        if audience == Audience::Above && matches!(filter.who, Some(Who::NameHash(_))) {
            // Refused without looking: whether somebody of that name is found would tell the name.
            return Err(Problem::invalid(
                "query",
                (
                    "Only the organisation itself searches by name; give a member number or a person number.",
                    "只有该组织本身可以按姓名查询，请改填会员号或科协号。",
                ),
            ));
        }
        let after = page.after.as_deref();
        let records =
            store::of_organisation(&mut tx, organisation_id, &filter, after, page.limit).await?;
        let action = format!("cast.membership.v1.Memberships/{}", request.method);
        let subject = format!("organisation:{organisation_id}");
        audit::record(&mut tx, caller, &action, &subject, "ok", self.clock.now()).await?;
        tx.commit().await?;
        let (records, next_page_token) = page.next(records, |last| last.member_number.clone());
        let staff = |record| to_wire(record, &self.keys, audience);
        let memberships = records.into_iter().map(staff).collect::<Result<_, _>>()?;
        Ok(wire::ListMembershipsResponse {
            memberships,
            next_page_token,
        })
    }

    pub(super) async fn card(
        &self,
        caller: &Caller,
        request: wire::GetMembershipCardRequest,
    ) -> Result<wire::MembershipCard, Problem> {
        let person = caller.person()?;
        let id = parse_id("membership_id", &request.membership_id)?;
        let record = store::get(&mut *self.db.read().await?, id).await?;
        // A card is the member's own; nobody else learns that there is one.
        let record = record
            .filter(|record| record.person_id == person.person_id)
            .ok_or_else(not_found)?;
        if !record.state.is_member() {
            return Err(Error::Ended.into());
        }
        let now = self.clock.now();
        let token = self.cards.sign(&Claims {
            membership_id: record.membership_id,
            organisation_id: record.organisation_id,
            member_number: record.member_number.clone(),
            issued_at: now.unix_timestamp(),
        });
        Ok(wire::MembershipCard {
            url: self.cards.url(&token),
            token,
            issued_at: Some(timestamp(now)),
            membership: Some(to_wire(record, &self.keys, Audience::Person)?),
        })
    }
}

/// What a list or a search asks for.
struct Wanted<'a> {
    method: &'static str,
    organisation_id: &'a str,
    state: i32,
    category: i32,
    /// A number or a name; empty for all.
    query: &'a str,
    page_size: i32,
    page_token: &'a str,
}

/// 16 characters, digits with perhaps an X at the end.
fn is_person_number(text: &str) -> bool {
    text.len() == 16
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| b.is_ascii_digit() || (at == 15 && b == b'X'))
}
