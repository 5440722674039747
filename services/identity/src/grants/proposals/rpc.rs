//! The methods of proposals.

use kit::{
    Call,
    access::{self, Caller, roles},
    call::Write,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    wire,
};
use proto_identity::{
    reasons,
    v1::{
        ApproveGrantProposalRequest, CreateGrantProposalRequest, DeclineGrantProposalRequest,
        GrantProposal, ListGrantProposalsRequest, ListGrantProposalsResponse,
    },
};
use proto_notices::{Filled, templates};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    rules::{self, Action, Proposal, State},
    store::{self, NewProposal, Row},
};
use crate::{
    contract,
    grants::{
        give::{Gift, give_and_tell, revoke},
        rpc::{decider, lock_both, may_give},
        rules::{Decider, Subject},
        store as grants, view,
    },
    notices::{self, Telling, tell},
    persons,
};

/// Who is told of a proposal.
const PERMISSION: &str = "grants.manage";

/// Roles that two people give and take.
pub struct GrantProposals {
    /// Where proposals are.
    pub db: Db,
    /// What the names of people are sealed with.
    pub keys: Keys,
}

impl contract::GrantProposals for GrantProposals {
    async fn create_grant_proposal(
        &self,
        call: Call<CreateGrantProposalRequest>,
    ) -> Result<GrantProposal> {
        let organisation_id = wire::parse_id("organisation_id", &call.message.organisation_id)?;
        let outcome = self.propose(&call, organisation_id).await;
        let subject = format!("organisation:{organisation_id}");
        call.audit_refusal(&self.db, &subject, outcome).await
    }

    async fn list_grant_proposals(
        &self,
        call: Call<ListGrantProposalsRequest>,
    ) -> Result<ListGrantProposalsResponse> {
        let input = &call.message;
        let organisation_id = wire::parse_id("organisation_id", &input.organisation_id)?;
        let page = call.page::<Uuid>()?;
        let waiting_at = input.waiting.then_some(call.now);
        let mut conn = self.db.read().await?;
        let rows = store::list(
            &mut conn,
            organisation_id,
            waiting_at,
            page.after,
            page.limit,
        )
        .await?;
        let (rows, next_page_token) = page.next(rows, |row| row.proposal_id);
        let rows = rows
            .into_iter()
            .map(|row| proposal(&self.keys, row, call.now));
        Ok(ListGrantProposalsResponse {
            proposals: rows.collect::<Result<_>>()?,
            next_page_token,
        })
    }

    async fn approve_grant_proposal(
        &self,
        call: Call<ApproveGrantProposalRequest>,
    ) -> Result<GrantProposal> {
        let (call, message) = call.split();
        self.answer(call, &message.proposal_id, true).await
    }

    async fn decline_grant_proposal(
        &self,
        call: Call<DeclineGrantProposalRequest>,
    ) -> Result<GrantProposal> {
        let (call, message) = call.split();
        self.answer(call, &message.proposal_id, false).await
    }
}

impl GrantProposals {
    async fn propose(
        &self,
        call: &Call<CreateGrantProposalRequest>,
        organisation_id: Uuid,
    ) -> Result<GrantProposal> {
        let (caller, input) = (&call.caller, &call.message);
        let action = Action::from_wire(input.action)
            .ok_or_else(|| Problem::invalid("action", ("Give or take.", "请选择授予或收回。")))?;
        let mut tx = call.begin(&self.db).await?;
        may_give(&mut tx, caller, organisation_id, &input.role).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let not_found = || Problem::of(&reasons::PERSON_NOT_FOUND);
        let person_id = persons::store::by_number(&mut tx, &input.person_number)
            .await?
            .ok_or_else(not_found)?;
        let verified = lock_both(&mut tx, caller, person_id)
            .await?
            .ok_or_else(not_found)?;
        // Again, now that nothing about either of the two changes any more.
        let (by, role, organisation) =
            may_give(&mut tx, caller, organisation_id, &input.role).await?;
        rules::propose(&by, person_id, role)?;
        let subject = subject(&mut tx, person_id, verified).await?;
        check(&mut tx, action, &subject, role, organisation_id).await?;
        store::expire(&mut tx, call.now).await?;
        let waits = store::waiting(&mut tx, action, person_id, role.name, organisation_id).await?;
        let proposal_id = match waits {
            Some(waits) => waits,
            None => {
                let new = NewProposal {
                    proposal_id: kit::chance::id(call.now),
                    action,
                    person_id,
                    role: role.name,
                    organisation_id,
                    reason: &input.reason,
                    proposed_by: by.person_id,
                    proposed_at: call.now,
                    expires_at: call.now + rules::LIFETIME,
                };
                store::insert(&mut tx, &new).await?;
                let except = [by.person_id, person_id];
                let what = templates::RoleProposed {
                    organisation_id,
                    organisation_name: &organisation.name,
                };
                tell_deciders(&mut tx, organisation_id, &except, &what.into(), call.now).await?;
                new.proposal_id
            }
        };
        tx.audit(&format!("grant-proposal:{proposal_id}")).await?;
        let row = present(store::read(&mut tx, proposal_id).await?)?;
        let answer = proposal(&self.keys, row, call.now)?;
        tx.commit(answer).await
    }

    async fn answer(
        &self,
        call: Call<()>,
        proposal_id: &str,
        approved: bool,
    ) -> Result<GrantProposal> {
        let proposal_id = wire::parse_id("proposal_id", proposal_id)?;
        let outcome = self.decide(&call, proposal_id, approved).await;
        let subject = format!("grant-proposal:{proposal_id}");
        call.audit_refusal(&self.db, &subject, outcome).await
    }

    async fn decide(
        &self,
        call: &Call<()>,
        proposal_id: Uuid,
        approved: bool,
    ) -> Result<GrantProposal> {
        let caller = &call.caller;
        let mut tx = call.begin(&self.db).await?;
        let row = seen(&mut tx, caller, proposal_id).await?;
        caller.not_about(row.person_id)?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        // How many hold a role on the organisation does not change while one is taken there.
        grants::lock_organisation(&mut tx, row.organisation_id).await?;
        let people = [caller.person()?.person_id, row.proposed_by, row.person_id];
        let locked = persons::store::lock_all(&mut tx, &people).await?;
        let verified = locked
            .iter()
            .any(|(id, verified)| *id == row.person_id && *verified);
        // As it is now that no other call changes it.
        let row = seen(&mut tx, caller, proposal_id).await?;
        let (by, role, organisation) =
            may_give(&mut tx, caller, row.organisation_id, &row.role).await?;
        let proposer = proposer(&mut tx, &row, &organisation).await?;
        let as_it_is = Proposal {
            action: row.action,
            proposed_by: row.proposed_by,
            state: row.state,
            expires_at: row.expires_at,
        };
        let about = row.person_id;
        let to = rules::decide(&as_it_is, &by, &proposer, about, role, approved, call.now)?;
        if to == State::Approved {
            let subject = subject(&mut tx, about, verified).await?;
            check(&mut tx, row.action, &subject, role, row.organisation_id).await?;
            carry_out(&mut tx, &row, &subject, role, &caller.actor(), call.now).await?;
        }
        store::decide(&mut tx, proposal_id, to, by.person_id, call.now).await?;
        if to != State::Withdrawn {
            let what = templates::RoleProposalDecided {
                organisation_id: row.organisation_id,
                organisation_name: &organisation.name,
            };
            tell_people(&mut tx, &[row.proposed_by], &what.into(), call.now).await?;
        }
        tx.audit(&format!("grant-proposal:{proposal_id}")).await?;
        let row = present(store::read(&mut tx, proposal_id).await?)?;
        let answer = proposal(&self.keys, row, call.now)?;
        tx.commit(answer).await
    }
}

/// The proposal, if the caller manages grants there. Others are not told that it exists.
async fn seen(tx: &mut Write, caller: &Caller, proposal_id: Uuid) -> Result<Row> {
    let not_found = || Problem::of(&reasons::PROPOSAL_NOT_FOUND);
    let hidden = |problem: Problem| match problem.reason().code {
        code if code == reasons::PERMISSION_DENIED.code => not_found(),
        _ => problem,
    };
    let row = store::read(tx, proposal_id).await?.ok_or_else(not_found)?;
    tx.require(row.organisation_id).await.map_err(hidden)?;
    decider(tx, caller, row.organisation_id)
        .await
        .map_err(hidden)?;
    Ok(row)
}

/// The rights of who proposed it, as they are now.
async fn proposer(
    tx: &mut Write,
    row: &Row,
    organisation: &access::Organisation,
) -> Result<Decider> {
    let held = access::store::grants_of(tx, row.proposed_by).await?;
    let reaching = held
        .into_iter()
        .filter(|held| organisation.path.starts_with(&held.path));
    Ok(Decider {
        person_id: row.proposed_by,
        reaching: reaching.map(|held| held.role).collect(),
        headquarters: organisation.parent_id.is_none(),
    })
}

async fn subject(tx: &mut Write, person_id: Uuid, verified: bool) -> Result<Subject> {
    Ok(Subject {
        person_id,
        verified,
        held: grants::roles_of(tx, person_id).await?,
    })
}

async fn check(
    tx: &mut Write,
    action: Action,
    to: &Subject,
    role: &roles::Role,
    organisation_id: Uuid,
) -> Result<()> {
    let held = to.held.iter().any(|held| held == role.name);
    let holders = grants::holders(tx, role.name, organisation_id).await?;
    Ok(rules::possible(action, to, role, held, holders)?)
}

async fn carry_out(
    tx: &mut Write,
    row: &Row,
    to: &Subject,
    role: &'static roles::Role,
    actor: &str,
    now: OffsetDateTime,
) -> Result<()> {
    match row.action {
        Action::Give => {
            let gift = Gift {
                person_id: to.person_id,
                verified: to.verified,
                role,
                organisation_id: row.organisation_id,
                last_day: None,
                given_by: actor,
            };
            give_and_tell(tx, gift, now).await?;
        }
        Action::Take => {
            let held = grants::of_person(tx, to.person_id).await?;
            let same = |held: &grants::Row| {
                held.role == role.name && held.organisation_id == row.organisation_id
            };
            for grant in held.into_iter().filter(same) {
                revoke(tx, grant, actor, now).await?;
            }
        }
    }
    Ok(())
}

async fn tell_deciders(
    tx: &mut Write,
    organisation_id: Uuid,
    except: &[Uuid],
    what: &Filled,
    now: OffsetDateTime,
) -> Result<()> {
    let permitting = roles::ROLES.iter().filter(|role| role.permits(PERMISSION));
    let names: Vec<String> = permitting.map(|role| role.name.to_owned()).collect();
    let holders = notices::store::holders(tx, &names, organisation_id).await?;
    let mut people = notices::rules::nearest(&holders, None);
    people.retain(|person| !except.contains(person));
    tell_people(tx, &people, what, now).await
}

async fn tell_people(
    tx: &mut Write,
    people: &[Uuid],
    what: &Filled,
    now: OffsetDateTime,
) -> Result<()> {
    let telling = Telling {
        what,
        people,
        count: 1,
        urgent: false,
        told_at: now,
    };
    Ok(tell(tx, &telling, now).await?)
}

fn present(row: Option<Row>) -> Result<Row> {
    row.ok_or_else(|| Problem::of(&reasons::PROPOSAL_NOT_FOUND))
}

fn proposal(keys: &Keys, row: Row, now: OffsetDateTime) -> Result<GrantProposal> {
    let state = Proposal {
        action: row.action,
        proposed_by: row.proposed_by,
        state: row.state,
        expires_at: row.expires_at,
    }
    .state_at(now);
    Ok(GrantProposal {
        proposal_id: row.proposal_id.to_string(),
        action: row.action.to_wire(),
        role: row.role,
        organisation_id: row.organisation_id.to_string(),
        masked_name: view::name(keys, row.person_id, row.name_sealed.as_deref())?,
        person_number: row.person_number,
        reason: row.reason,
        proposed_by: row.proposer_number,
        proposed_at: Some(wire::timestamp(row.proposed_at)),
        expires_at: Some(wire::timestamp(row.expires_at)),
        state: state.to_wire(),
        decided_by: row.decider_number.unwrap_or_default(),
        decided_at: row.decided_at.map(wire::timestamp),
    })
}
