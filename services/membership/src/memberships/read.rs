//! What members and staff see.

use kit::{
    Call,
    crypto::Keys,
    errors::{Problem, Result},
    wire::{date, etag, parse_id},
};
use proto_membership::v1 as wire;

use super::{
    Memberships, State,
    store::{self, Filter, Record, Who},
};
use crate::{
    categories::Category,
    consents::audience::{self, Audience},
    numbers, sealed,
};

/// A membership on the wire, as its audience may see it.
pub(crate) fn to_wire(record: Record, keys: &Keys, audience: Audience) -> Result<wire::Membership> {
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

/// What a list or a search asks for.
pub(super) struct Query<'a> {
    pub organisation_id: &'a str,
    pub state: i32,
    pub category: i32,
    /// A number or a name; empty for all.
    pub text: &'a str,
}

impl Memberships {
    /// A page of the members of the organisation that the request names.
    pub(super) async fn members(
        &self,
        call: &Call<()>,
        query: Query<'_>,
    ) -> Result<wire::ListMembershipsResponse> {
        let audience = Audience::from(call.held()?);
        let page = call.page::<String>()?;
        let organisation_id = parse_id("organisation_id", query.organisation_id)?;
        let name_hash = sealed::name_hash(&self.keys, organisation_id, query.text);
        let number = text::number(query.text);
        let who = match () {
            () if query.text.is_empty() => None,
            () if numbers::rules::is_number(&number) => Some(Who::MemberNumber(&number)),
            () if is_person_number(&number) => Some(Who::PersonNumber(&number)),
            () => Some(Who::NameHash(&name_hash)),
        };
        if audience == Audience::Above && matches!(who, Some(Who::NameHash(_))) {
            // Refused without looking: whether a member of that name is found would tell the name.
            return Err(Problem::invalid(
                "query",
                (
                    "Only the organisation itself searches by name; give a member number or a person number.",
                    "只有该组织本身可以按姓名查询，请改填会员号或科协号。",
                ),
            ));
        }
        let filter = Filter {
            state: State::from_wire(query.state),
            category: Category::from_wire(query.category),
            who,
        };
        let mut tx = self.db.begin().await?;
        let after = page.after.as_deref();
        let records =
            store::of_organisation(&mut tx, organisation_id, &filter, after, page.limit).await?;
        tx.commit().await?;
        call.audit_read(&self.db, &format!("organisation:{organisation_id}"))
            .await?;
        let (records, next_page_token) = page.next(records, |last| last.member_number.clone());
        let staff = |record| to_wire(record, &self.keys, audience);
        let memberships = records.into_iter().map(staff).collect::<Result<_>>()?;
        Ok(wire::ListMembershipsResponse {
            memberships,
            next_page_token,
        })
    }
}

/// 16 characters, digits with perhaps an X at the end.
fn is_person_number(text: &str) -> bool {
    text.len() == 16
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| b.is_ascii_digit() || (at == 15 && b == b'X'))
}
