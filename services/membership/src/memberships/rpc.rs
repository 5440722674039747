//! The service `Memberships`.

use std::sync::Arc;

use eventlog::NewEvent;
use kit::{
    access::{Caller, caller},
    audit,
    clock::Clock,
    crypto::Keys,
    db::{Begin, Db},
    errors::Problem,
    paging::Page,
    wire::{date, etag, parse_etag, parse_id, timestamp},
};
use proto::{
    cast::membership::v1::{self as wire, memberships_server},
    reasons,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    Category, Error, State,
    store::{self, Filter, Record, Step, Who},
};
use crate::{cards::Cards, numbers, sealed};

const READ: &str = "members.read";
const MANAGE: &str = "members.manage";

/// Memberships: of the caller, and of organisations whose members the caller may read or manage.
#[derive(Clone, Debug)]
pub struct Memberships {
    db: Db,
    keys: Keys,
    clock: Clock,
    cards: Arc<Cards>,
}

/// A change of state that somebody asks for.
#[derive(Clone, Copy)]
struct Change<'a> {
    method: &'static str,
    membership_id: &'a str,
    /// Empty to act on whatever stands there.
    etag: &'a str,
    reason: Option<&'a str>,
    request_id: &'a str,
    /// What staff need to hold; `None` if only the member can do it.
    permission: Option<&'static str>,
    rule: fn(State) -> Result<State, Error>,
}

fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

/// A membership on the wire; without the name if whoever looks may not see it.
fn to_wire(record: Record, keys: &Keys, own: bool) -> Result<wire::Membership, Problem> {
    let member_name = if own || record.consent_stands {
        sealed::open_name(keys, record.person_id, &record.name_sealed)?
    } else {
        String::new()
    };
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
    /// Over this database; `keys` seal names, reasons, page tokens and remembered answers, `cards` sign.
    pub fn new(db: Db, keys: Keys, clock: Clock, cards: Arc<Cards>) -> Self {
        Self {
            db,
            keys,
            clock,
            cards,
        }
    }

    async fn list_mine(
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
        let own = |record| to_wire(record, &self.keys, true);
        let memberships = records.into_iter().map(own).collect::<Result<_, _>>()?;
        Ok(wire::ListMyMembershipsResponse {
            memberships,
            next_page_token,
        })
    }

    async fn get(
        &self,
        caller: &Caller,
        request: wire::GetMembershipRequest,
    ) -> Result<wire::Membership, Problem> {
        let person = caller.person()?;
        let id = parse_id("membership_id", &request.membership_id)?;
        let mut tx = self.db.begin().await?;
        let record = store::get(&mut tx, id).await?.ok_or_else(not_found)?;
        let own = record.person_id == person.person_id;
        if !own {
            if !caller.holds(&mut tx, READ, record.organisation_id).await? {
                return Err(not_found());
            }
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
        to_wire(record, &self.keys, own)
    }

    async fn list(
        &self,
        caller: &Caller,
        request: wire::ListMembershipsRequest,
    ) -> Result<wire::ListMembershipsResponse, Problem> {
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let (state, category) = (
            State::from_wire(request.state),
            Category::from_wire(request.category),
        );
        // The query is a name, maybe: the token must not carry it.
        let query = request.query.trim();
        let name_hash = sealed::name_hash(&self.keys, organisation_id, query);
        let fingerprint = [
            "memberships",
            &request.organisation_id,
            state.map_or("", State::as_str),
            category.map_or("", Category::as_str),
            query,
        ];
        let page = Page::<String>::of(
            request.page_size,
            &request.page_token,
            &fingerprint,
            &self.keys,
        )?;
        let number = numbers::rules::normalise(query);
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
        caller.require(&mut tx, READ, organisation_id).await?;
        let after = page.after.as_deref();
        let records =
            store::of_organisation(&mut tx, organisation_id, &filter, after, page.limit).await?;
        let action = "cast.membership.v1.Memberships/ListMemberships";
        let subject = format!("organisation:{organisation_id}");
        audit::record(&mut tx, caller, action, &subject, "ok", self.clock.now()).await?;
        tx.commit().await?;
        let (records, next_page_token) = page.next(records, |last| last.member_number.clone());
        let staff = |record| to_wire(record, &self.keys, false);
        let memberships = records.into_iter().map(staff).collect::<Result<_, _>>()?;
        Ok(wire::ListMembershipsResponse {
            memberships,
            next_page_token,
        })
    }

    async fn card(
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
        let token = self.cards.sign(&record, now);
        Ok(wire::MembershipCard {
            url: self.cards.url(&token),
            token,
            issued_at: Some(timestamp(now)),
            membership: Some(to_wire(record, &self.keys, true)?),
        })
    }

    async fn change<M: prost::Message + prost::Name>(
        &self,
        caller: &Caller,
        change: Change<'_>,
        request: &M,
    ) -> Result<wire::Membership, Problem> {
        let id = parse_id("membership_id", change.membership_id)?;
        let expected = (!change.etag.is_empty())
            .then(|| parse_etag(change.etag))
            .transpose()?;
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(caller, &self.keys, change.request_id, request)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        // Whoever may not see it does not learn whether it exists.
        let (organisation_id, person_id) = store::belongs_to(&mut tx, id)
            .await?
            .ok_or_else(not_found)?;
        let allowed = match change.permission {
            Some(permission) => caller.holds(&mut tx, permission, organisation_id).await?,
            None => caller.person()?.person_id == person_id,
        };
        if !allowed {
            return Err(not_found());
        }
        let mut record = store::lock(&mut tx, id).await?.ok_or_else(not_found)?;
        if expected.is_some_and(|version| version != record.version) {
            return Err(Problem::of(&reasons::ETAG_MISMATCH));
        }
        let (from, to) = (record.state, (change.rule)(record.state)?);
        let reason_sealed = change
            .reason
            .map(|reason| sealed::seal_reason(&self.keys, id, reason));
        let step = Step {
            membership_id: id,
            from,
            to,
            side: if change.permission.is_some() {
                "staff"
            } else {
                "member"
            },
            actor: &caller.actor(),
            reason_sealed: reason_sealed.as_deref(),
        };
        record.version = store::take_step(&mut tx, &step, now).await?;
        record.state = to;
        let action = format!("cast.membership.v1.Memberships/{}", change.method);
        audit::record(
            &mut tx,
            caller,
            &action,
            &format!("membership:{id}"),
            "ok",
            now,
        )
        .await?;
        tx.publish(&moved(&record, from), now).await?;
        let answer = to_wire(record, &self.keys, change.permission.is_none())?;
        tx.commit(&answer).await?;
        Ok(answer)
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

fn moved(record: &Record, from: State) -> NewEvent {
    let fact = wire::MembershipMoved {
        organisation_id: record.organisation_id.to_string(),
        person_id: record.person_id.to_string(),
        category: record.category.to_wire(),
        division_code: record.division_code.clone(),
        from_state: from.to_wire(),
        to_state: record.state.to_wire(),
    };
    NewEvent::of("Membership", record.membership_id, &fact)
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl memberships_server::Memberships for Memberships {
    async fn list_my_memberships(
        &self,
        request: Request<wire::ListMyMembershipsRequest>,
    ) -> Answer<wire::ListMyMembershipsResponse> {
        let caller = caller(&request);
        Ok(Response::new(
            self.list_mine(&caller, request.into_inner()).await?,
        ))
    }

    async fn get_membership(
        &self,
        request: Request<wire::GetMembershipRequest>,
    ) -> Answer<wire::Membership> {
        let caller = caller(&request);
        Ok(Response::new(
            self.get(&caller, request.into_inner()).await?,
        ))
    }

    async fn list_memberships(
        &self,
        request: Request<wire::ListMembershipsRequest>,
    ) -> Answer<wire::ListMembershipsResponse> {
        let caller = caller(&request);
        Ok(Response::new(
            self.list(&caller, request.into_inner()).await?,
        ))
    }

    async fn get_membership_card(
        &self,
        request: Request<wire::GetMembershipCardRequest>,
    ) -> Answer<wire::MembershipCard> {
        let caller = caller(&request);
        Ok(Response::new(
            self.card(&caller, request.into_inner()).await?,
        ))
    }

    async fn suspend_membership(
        &self,
        request: Request<wire::SuspendMembershipRequest>,
    ) -> Answer<wire::Membership> {
        let caller = caller(&request);
        let request = request.into_inner();
        let change = Change {
            method: "SuspendMembership",
            membership_id: &request.membership_id,
            etag: &request.etag,
            reason: Some(&request.reason),
            request_id: &request.request_id,
            permission: Some(MANAGE),
            rule: State::suspend,
        };
        Ok(Response::new(self.change(&caller, change, &request).await?))
    }

    async fn reinstate_membership(
        &self,
        request: Request<wire::ReinstateMembershipRequest>,
    ) -> Answer<wire::Membership> {
        let caller = caller(&request);
        let request = request.into_inner();
        let change = Change {
            method: "ReinstateMembership",
            membership_id: &request.membership_id,
            etag: &request.etag,
            reason: None,
            request_id: &request.request_id,
            permission: Some(MANAGE),
            rule: State::reinstate,
        };
        Ok(Response::new(self.change(&caller, change, &request).await?))
    }

    async fn resign_membership(
        &self,
        request: Request<wire::ResignMembershipRequest>,
    ) -> Answer<wire::Membership> {
        let caller = caller(&request);
        let request = request.into_inner();
        let change = Change {
            method: "ResignMembership",
            membership_id: &request.membership_id,
            etag: "",
            reason: None,
            request_id: &request.request_id,
            permission: None,
            rule: State::resign,
        };
        Ok(Response::new(self.change(&caller, change, &request).await?))
    }
}
