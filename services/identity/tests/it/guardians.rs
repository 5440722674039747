//! People under 14: verified when a guardian agrees, until the guardian no longer does.

use kit::access::Claims;
use proto_identity::v1::{
    self as wire, Account, GuardianshipState as State, person::Status as Verification,
};
use time::{Duration, macros::datetime};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::world::{Browser, URL, World, born, fields, phone, reason, refused};

/// Eleven years old when every world begins.
const CHILD: &str = "20150307";

impl World {
    /// A child who has given name and number.
    async fn child(&self, sequence: u16) -> (Browser, Account) {
        let (browser, account) = self.signed_up(&phone()).await;
        let person = browser
            .verify("王小小", &born(CHILD, sequence))
            .await
            .unwrap();
        assert_eq!(person.status(), Verification::AwaitingGuardian);
        (browser, account)
    }

    /// A child, a guardian, and the guardianship the guardian has entered the code of.
    pub async fn claimed(&self, sequence: u16) -> (Browser, Browser, wire::Ward) {
        let (child, _) = self.child(sequence).await;
        let (guardian, _) = self.verified(sequence).await;
        let ward = guardian
            .claim(&child.guardian_code().await.unwrap())
            .await
            .unwrap();
        (child, guardian, ward)
    }

    async fn claims(&self, browser: &Browser) -> std::sync::Arc<Claims> {
        let keys = std::sync::Arc::new(identity::keys::Published(self.db.clone()));
        let verifier = kit::access::Verifier::new(URL, keys, self.clock.clone());
        verifier
            .verify(&browser.token().await.unwrap())
            .await
            .unwrap()
    }
}

impl Browser {
    pub async fn guardian_code(&self) -> Result<String, Status> {
        let request = self
            .signed(wire::CreateGuardianCodeRequest::default())
            .await?;
        let answer = self.guardians().create_guardian_code(request).await?;
        Ok(answer.into_inner().code)
    }

    async fn my_guardianship(&self) -> wire::MyGuardianship {
        let request = self
            .signed(wire::GetMyGuardianshipRequest {})
            .await
            .unwrap();
        let answer = self.guardians().get_my_guardianship(request).await.unwrap();
        answer.into_inner()
    }

    pub async fn claim(&self, code: &str) -> Result<wire::Ward, Status> {
        let message = wire::ClaimWardRequest {
            code: code.to_owned(),
            request_id: String::new(),
        };
        let request = self.signed(message).await?;
        self.guardians()
            .claim_ward(request)
            .await
            .map(Response::into_inner)
    }

    async fn wards(&self) -> Vec<wire::Ward> {
        let request = self.signed(wire::ListMyWardsRequest {}).await.unwrap();
        let answer = self.guardians().list_my_wards(request).await.unwrap();
        answer.into_inner().wards
    }

    pub async fn confirm_once(&self, ward: &wire::Ward, id: &str) -> Result<wire::Ward, Status> {
        let message = wire::ConfirmWardRequest {
            guardianship_id: ward.guardianship_id.clone(),
            consent: true,
            request_id: id.to_owned(),
        };
        let request: Request<_> = self.signed(message).await?;
        self.guardians()
            .confirm_ward(request)
            .await
            .map(Response::into_inner)
    }

    async fn confirm(&self, ward: &wire::Ward) -> Result<wire::Ward, Status> {
        self.confirm_once(ward, "").await
    }

    pub async fn refuse(&self, ward: &wire::Ward) -> Result<wire::Ward, Status> {
        let message = wire::RefuseWardRequest {
            guardianship_id: ward.guardianship_id.clone(),
            request_id: String::new(),
        };
        let request = self.signed(message).await?;
        self.guardians()
            .refuse_ward(request)
            .await
            .map(Response::into_inner)
    }

    pub async fn withdraw(&self, ward: &wire::Ward) -> Result<wire::Ward, Status> {
        let message = wire::WithdrawWardConsentRequest {
            guardianship_id: ward.guardianship_id.clone(),
            request_id: String::new(),
        };
        let request = self.signed(message).await?;
        let answer = self.guardians().withdraw_ward_consent(request).await;
        answer.map(Response::into_inner)
    }
}

fn count(events: &[String], kind: &str) -> usize {
    events.iter().filter(|event| *event == kind).count()
}

#[tokio::test]
async fn a_child_is_verified_when_the_guardian_has_confirmed_and_not_before() {
    let world = World::new().await;
    let (child, account) = world.child(1).await;
    let person = child.person().await;
    assert_eq!(
        (
            person.name.as_str(),
            person.verified_at,
            person.masked_document_number.as_str()
        ),
        ("", None, "")
    );
    assert!(!child.me().await.unwrap().verified);
    let before = world.claims(&child).await;
    assert!(!before.verified && before.name.is_none());
    assert_eq!(count(&world.events().await, "PersonVerified"), 0);
    assert_eq!(
        child.my_guardianship().await,
        wire::MyGuardianship::default()
    );

    let code = child.guardian_code().await.unwrap();
    assert!(child.my_guardianship().await.code_expires_at.is_some());
    let (guardian, adult) = world.verified(2).await;
    let ward = guardian
        .claim(&code.to_lowercase().replace('-', " "))
        .await
        .unwrap();
    assert_eq!(
        (ward.state(), ward.masked_name.as_str(), &ward.person_number),
        (State::Requested, "王**", &account.person_number)
    );
    assert_eq!(guardian.wards().await, std::slice::from_ref(&ward));
    assert_eq!(child.my_guardianship().await.state(), State::Requested);
    assert_eq!(
        child.person().await.status(),
        Verification::AwaitingGuardian
    );

    let confirmed = guardian.confirm(&ward).await.unwrap();
    assert_eq!(confirmed.state(), State::Confirmed);
    assert_eq!(confirmed.consent_text, "guardian/2026-11");
    let person = child.person().await;
    assert_eq!(
        (person.status(), person.name.as_str()),
        (Verification::Verified, "王小小")
    );
    let after = world.claims(&child).await;
    assert!(after.verified && after.name.as_deref() == Some("王小小"));
    let seen = child.my_guardianship().await;
    assert_eq!(
        (
            seen.state(),
            seen.masked_guardian_name.as_str(),
            seen.consented_at
        ),
        (State::Confirmed, "王**", confirmed.consented_at)
    );
    let events = world.events().await;
    assert_eq!(
        count(&events, "PersonVerified"),
        2,
        "the guardian's and the child's"
    );
    assert_eq!(count(&events, "GuardianConsentGiven"), 1);
    let recorded: Vec<(String, String)> = sqlx::query_as(
        "select action, outcome from audit.records where subject = $1 and actor = $2 order by record_id",
    )
    .bind(format!("person:{}", account.person_id))
    .bind(format!("person:{}", adult.person_id))
    .fetch_all(world.pool())
    .await
    .unwrap();
    let recorded: Vec<&str> = recorded
        .iter()
        .map(|(action, _)| action.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(recorded, ["ClaimWard", "ConfirmWard"]);
    assert_eq!(
        world
            .count("select count(*) from pending_verifications")
            .await,
        0
    );
}

#[tokio::test]
async fn without_the_consent_the_child_is_not_verified_any_more_at_once() {
    let world = World::new().await;
    let (child, guardian, ward) = world.claimed(1).await;
    guardian.confirm(&ward).await.unwrap();
    let person_id: Uuid = child.me().await.unwrap().person_id.parse().unwrap();
    world
        .hold(person_id, "society.analyst", world.society)
        .await;
    assert!(world.claims(&child).await.verified);

    let withdrawn = guardian.withdraw(&ward).await.unwrap();
    assert_eq!(withdrawn.state(), State::Withdrawn);
    assert!(withdrawn.masked_name.is_empty() && withdrawn.person_number.is_empty());
    assert!(
        withdrawn.consented_at.is_some(),
        "that there was a consent stays"
    );
    let claims = world.claims(&child).await;
    assert!(!claims.verified && claims.name.is_none());
    let person = child.person().await;
    assert_eq!(
        (person.status(), person.name.as_str(), person.verified_at),
        (Verification::Suspended, "", None)
    );
    assert_eq!(world.count("select count(*) from access.grants").await, 0);
    let events = world.events().await;
    for kind in [
        "PersonVerificationSuspended",
        "GuardianConsentWithdrawn",
        "GrantRevoked",
    ] {
        assert_eq!(count(&events, kind), 1, "{kind}");
    }
    // Asking again, of the same guardian or another one, with the identity of then and no other.
    assert_eq!(
        refused(child.verify("王小小", &born("19900307", 77)).await),
        "ALREADY_VERIFIED"
    );
    let (other, _) = world.verified(2).await;
    let again = other
        .claim(&child.guardian_code().await.unwrap())
        .await
        .unwrap();
    other.confirm(&again).await.unwrap();
    assert!(world.claims(&child).await.verified);
    let events = world.events().await;
    assert_eq!(count(&events, "PersonVerificationRestored"), 1);
    assert_eq!(count(&events, "PersonVerified"), 3, "the child's once");
    assert_eq!(refused(guardian.withdraw(&again).await), "WARD_NOT_FOUND");
    assert_eq!(
        guardian.withdraw(&ward).await.unwrap().state(),
        State::Withdrawn,
        "of then"
    );
    assert!(world.claims(&child).await.verified);
}

#[tokio::test]
async fn only_a_verified_adult_answers_and_nobody_else_learns_whether_a_code_is_good() {
    let world = World::new().await;
    let (child, _) = world.child(1).await;
    let code = child.guardian_code().await.unwrap();
    let (unverified, _) = world.signed_up(&phone()).await;
    let (youth, _) = world.signed_up(&phone()).await;
    youth.verify("李十七", &born("20091121", 2)).await.unwrap();
    let (other_child, _) = world.child(3).await;
    for by in [&unverified, &youth, &other_child, &child] {
        for code in [code.as_str(), "2222-2222-2222", "????-????-????"] {
            assert_eq!(refused(by.claim(code).await), "GUARDIAN_NOT_ELIGIBLE");
        }
    }
    for by in [&unverified, &youth] {
        assert_eq!(refused(by.guardian_code().await), "GUARDIAN_NOT_NEEDED");
    }
    let (guardian, account) = world.verified(4).await;
    for wrong in ["2222-2222-2222", "????-????-????", "222222222222222"] {
        assert_eq!(refused(guardian.claim(wrong).await), "GUARDIAN_CODE_WRONG");
    }
    let actor = format!("person:{}", account.person_id);
    assert_eq!(world.records(&actor, "GUARDIAN_CODE_WRONG").await, 3);
    guardian.claim(&code).await.unwrap();
    let (late, _) = world.verified(5).await;
    assert_eq!(
        refused(late.claim(&code).await),
        "GUARDIAN_CODE_WRONG",
        "used"
    );
}

#[tokio::test]
async fn a_code_is_good_for_a_day_and_a_new_one_voids_what_was_before() {
    let world = World::new().await;
    let (child, _) = world.child(1).await;
    let (guardian, _) = world.verified(2).await;
    let first = child.guardian_code().await.unwrap();
    let second = child.guardian_code().await.unwrap();
    assert_eq!(refused(guardian.claim(&first).await), "GUARDIAN_CODE_WRONG");
    world.wait(Duration::hours(24));
    assert_eq!(
        refused(guardian.claim(&second).await),
        "GUARDIAN_CODE_WRONG"
    );
    let third = child.guardian_code().await.unwrap();
    let ward = guardian.claim(&third).await.unwrap();
    // The child turns to another guardian before the guardian answers.
    child.guardian_code().await.unwrap();
    assert_eq!(refused(guardian.confirm(&ward).await), "WARD_STATE");
    assert_eq!(guardian.wards().await[0].state(), State::Superseded);
    assert!(guardian.wards().await[0].person_number.is_empty());
}

#[tokio::test]
async fn who_refuses_has_agreed_to_nothing_and_another_may_be_asked() {
    let world = World::new().await;
    let (child, guardian, ward) = world.claimed(1).await;
    assert_eq!(
        guardian.refuse(&ward).await.unwrap().state(),
        State::Refused
    );
    assert_eq!(refused(guardian.confirm(&ward).await), "WARD_STATE");
    assert_eq!(
        child.person().await.status(),
        Verification::AwaitingGuardian
    );
    assert_eq!(child.my_guardianship().await.state(), State::Refused);
    let (other, _) = world.verified(2).await;
    assert_eq!(refused(other.confirm(&ward).await), "WARD_NOT_FOUND");
    let ward = other
        .claim(&child.guardian_code().await.unwrap())
        .await
        .unwrap();
    assert_eq!(refused(other.withdraw(&ward).await), "WARD_STATE");
    other.confirm(&ward).await.unwrap();
    assert_eq!(child.person().await.status(), Verification::Verified);
}

#[tokio::test]
async fn of_two_guardians_at_once_one_has_the_child() {
    let world = World::new().await;
    let (child, account) = world.child(1).await;
    let code = child.guardian_code().await.unwrap();
    let (one, first) = world.verified(2).await;
    let (other, second) = world.verified(3).await;
    let held = world.held(&[&account, &first, &second]).await;
    let mut claims = Vec::new();
    for by in [one, other] {
        let code = code.clone();
        claims.push(tokio::spawn(async move { by.claim(&code).await }));
    }
    // Both have found the code good.
    world.waiting(2).await;
    held.rollback().await.unwrap();
    let mut refusals = Vec::new();
    for claim in claims {
        refusals.extend(claim.await.unwrap().err().map(|status| reason(&status)));
    }
    assert_eq!(refusals, ["GUARDIAN_CODE_WRONG"]);
    assert_eq!(world.count("select count(*) from guardianships").await, 1);
}

#[tokio::test]
async fn confirming_twice_at_once_is_one_consent() {
    let world = World::new().await;
    let (child, guardian, ward) = world.claimed(1).await;
    let account = child.me().await.unwrap();
    let held = world.held(&[&account]).await;
    let mut confirming = Vec::new();
    for id in ["", "once", "once"] {
        let (guardian, ward) = (guardian.clone(), ward.clone());
        confirming.push(tokio::spawn(async move {
            guardian.confirm_once(&ward, id).await
        }));
    }
    world.waiting(3).await;
    held.rollback().await.unwrap();
    for confirmed in confirming {
        assert_eq!(confirmed.await.unwrap().unwrap().state(), State::Confirmed);
    }
    let events = world.events().await;
    assert_eq!(count(&events, "GuardianConsentGiven"), 1);
    assert_eq!(count(&events, "PersonVerified"), 2);
    let recorded = "select count(*) from audit.records where action like '%ConfirmWard'";
    assert_eq!(world.count(recorded).await, 1);
}

#[tokio::test]
async fn withdrawing_while_it_is_confirmed_again_leaves_one_of_the_two() {
    let world = World::new().await;
    for sequence in 1..4 {
        let (child, guardian, ward) = world.claimed(sequence).await;
        guardian.confirm(&ward).await.unwrap();
        let account = child.me().await.unwrap();
        let held = world.held(&[&account]).await;
        let withdrawing = {
            let (guardian, ward) = (guardian.clone(), ward.clone());
            tokio::spawn(async move { guardian.withdraw(&ward).await })
        };
        let confirming = {
            let (guardian, ward) = (guardian.clone(), ward.clone());
            tokio::spawn(async move { guardian.confirm(&ward).await })
        };
        world.waiting(2).await;
        held.rollback().await.unwrap();
        withdrawing.await.unwrap().unwrap();
        match confirming.await.unwrap() {
            Ok(earlier) => assert_eq!(earlier.state(), State::Confirmed),
            Err(later) => assert_eq!(reason(&later), "WARD_STATE"),
        }
        // Whichever came first, the withdrawal stands: it is not overtaken by the consent of before.
        assert_eq!(child.person().await.status(), Verification::Suspended);
        assert_eq!(guardian.wards().await[0].state(), State::Withdrawn);
        assert!(!world.claims(&child).await.verified);
    }
}

#[tokio::test]
async fn who_becomes_fourteen_decides_alone() {
    let world = World::new().await;
    // Fourteen at midnight in Shanghai of 7 March 2029.
    let (waiting, guardian, ward) = world.claimed(1).await;
    let (consented, other, confirmed) = world.claimed(2).await;
    other.confirm(&confirmed).await.unwrap();
    world.clock.set(datetime!(2029-03-06 23:59:59 +8));
    // Thirty days of sessions are over by then.
    let (waiting, guardian, consented, other) = (
        world.again(waiting).await,
        world.again(guardian).await,
        world.again(consented).await,
        world.again(other).await,
    );
    let number = born(CHILD, 1);
    let person = waiting.verify("王小小", &number).await.unwrap();
    assert_eq!(person.status(), Verification::AwaitingGuardian);
    world.clock.set(datetime!(2029-03-07 00:00 +8));
    assert_eq!(
        refused(guardian.confirm(&ward).await),
        "GUARDIAN_NOT_NEEDED"
    );
    assert_eq!(
        refused(waiting.guardian_code().await),
        "GUARDIAN_NOT_NEEDED"
    );
    let person = waiting.verify("王小小", &number).await.unwrap();
    assert_eq!(person.status(), Verification::Verified);
    assert_eq!(guardian.wards().await[0].state(), State::Superseded);
    // The guardian of a person who decides alone may go; nothing hangs on it.
    let ended = other.withdraw(&confirmed).await.unwrap();
    assert_eq!(ended.state(), State::Withdrawn);
    assert_eq!(consented.person().await.status(), Verification::Verified);
}

#[tokio::test]
async fn one_number_is_one_childs_whoever_answers_for_it() {
    let world = World::new().await;
    let (child, guardian, ward) = world.claimed(1).await;
    let (twin, _) = world.child(1).await;
    let (other, _) = world.verified(2).await;
    let second = other
        .claim(&twin.guardian_code().await.unwrap())
        .await
        .unwrap();
    guardian.confirm(&ward).await.unwrap();
    assert_eq!(refused(other.confirm(&second).await), "DOCUMENT_IN_USE");
    assert_eq!(child.person().await.status(), Verification::Verified);
    assert_eq!(twin.person().await.status(), Verification::AwaitingGuardian);
    let (third, _) = world.signed_up(&phone()).await;
    assert_eq!(
        refused(third.verify("王小小", &born(CHILD, 1)).await),
        "DOCUMENT_IN_USE"
    );
}

#[tokio::test]
async fn a_guardian_agrees_to_what_they_have_seen() {
    let world = World::new().await;
    let (child, guardian, ward) = world.claimed(1).await;
    let person = child.verify("王大大", &born(CHILD, 9)).await.unwrap();
    assert_eq!(person.status(), Verification::AwaitingGuardian);
    assert_eq!(refused(guardian.confirm(&ward).await), "WARD_STATE");
}

#[tokio::test]
async fn nobody_answers_for_more_children_than_a_family_has() {
    let world = World::new().await;
    let (guardian, _) = world.verified(99).await;
    let mut first = None;
    for sequence in 1..=10 {
        let (child, _) = world.child(sequence).await;
        let ward = guardian
            .claim(&child.guardian_code().await.unwrap())
            .await
            .unwrap();
        first.get_or_insert(ward);
    }
    let (child, _) = world.child(11).await;
    let code = child.guardian_code().await.unwrap();
    assert_eq!(refused(guardian.claim(&code).await), "GUARDIAN_WARDS_FULL");
    guardian.refuse(&first.unwrap()).await.unwrap();
    guardian.claim(&code).await.unwrap();
}

#[tokio::test]
async fn what_no_guardian_answered_for_is_forgotten() {
    let world = World::new().await;
    let (waiting, _) = world.child(1).await;
    let (suspended, guardian, ward) = world.claimed(2).await;
    guardian.confirm(&ward).await.unwrap();
    guardian.withdraw(&ward).await.unwrap();
    waiting.guardian_code().await.unwrap();
    let (before, after) = (Duration::days(30), Duration::days(30) + Duration::SECOND);
    for (age, left) in [(before, 2), (after, 1)] {
        let now = crate::world::NOW + age;
        let mut conn = world.pool().acquire().await.unwrap();
        let since = now - Duration::days(30);
        identity::persons::store::sweep(&mut conn, since)
            .await
            .unwrap();
        identity::guardians::store::sweep(&mut conn, now - Duration::days(2))
            .await
            .unwrap();
        let waiting = "select count(*) from pending_verifications";
        assert_eq!(world.count(waiting).await, left);
    }
    assert_eq!(world.count("select count(*) from guardian_codes").await, 0);
    assert_eq!(waiting.person().await.status(), Verification::Unverified);
    assert_eq!(suspended.person().await.status(), Verification::Suspended);
}

#[tokio::test]
async fn an_implausible_day_of_birth_is_named() {
    let world = World::new().await;
    let (browser, _) = world.signed_up(&phone()).await;
    for day in ["20261121", "20991231", "18991231"] {
        let status = browser.verify("王示例", &born(day, 1)).await.unwrap_err();
        assert_eq!(reason(&status), "RESIDENT_ID_INVALID");
        assert_eq!(fields(&status), ["resident_id_number"], "{day}");
    }
}
