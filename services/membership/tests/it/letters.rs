//! Letters of a society to its members.

use proto_letters::v1::{self as shared, Letter, letter::State};
use proto_membership::v1::{self as wire, MembershipCategory};
use proto_notices::v1::{NoticeAsked, notice_asked::To};
use time::Duration;
use tonic::{Code, Status};

use crate::world::{Actor, World, reason, refusal};

impl World {
    pub fn letter_request(&self) -> wire::CreateMemberLetterRequest {
        wire::CreateMemberLetterRequest {
            organisation_id: self.society.to_string(),
            title: "关于召开会员大会的通知".into(),
            body: "各位会员：\n会员大会定于十二月召开。".into(),
            categories: Vec::new(),
            request_id: "letter".into(),
        }
    }

    async fn write(&self, by: &Actor, groups: &[MembershipCategory]) -> Result<Letter, Status> {
        let request = wire::CreateMemberLetterRequest {
            categories: groups.iter().map(|&group| group.into()).collect(),
            request_id: String::new(),
            ..self.letter_request()
        };
        let mut client = self.member_letters();
        let done = client.create_member_letter(self.by(by, request));
        Ok(done.await?.into_inner())
    }

    async fn send(&self, by: &Actor, letter: &Letter) -> Result<Letter, Status> {
        let request = shared::SendLetterRequest {
            letter_id: letter.letter_id.clone(),
            etag: letter.etag.clone(),
            request_id: String::new(),
        };
        let mut client = self.member_letters();
        let done = client.send_member_letter(self.by(by, request));
        Ok(done.await?.into_inner())
    }

    async fn stop(&self, by: &Actor, letter: &Letter) -> Result<Letter, Status> {
        let request = shared::StopLetterRequest {
            letter_id: letter.letter_id.clone(),
            request_id: String::new(),
        };
        let mut client = self.member_letters();
        let done = client.stop_member_letter(self.by(by, request));
        Ok(done.await?.into_inner())
    }

    async fn letter(&self, by: &Actor, letter: &Letter) -> Result<Letter, Status> {
        let request = shared::GetLetterRequest {
            letter_id: letter.letter_id.clone(),
        };
        let mut client = self.member_letters();
        let done = client.get_member_letter(self.by(by, request));
        Ok(done.await?.into_inner())
    }

    async fn received(
        &self,
        by: &Actor,
        letter: &Letter,
    ) -> Result<shared::ReceivedLetter, Status> {
        let request = shared::GetLetterRequest {
            letter_id: letter.letter_id.clone(),
        };
        let mut client = self.member_letters();
        let done = client.get_my_member_letter(self.by(by, request));
        Ok(done.await?.into_inner())
    }

    async fn wants(&self, by: &Actor, wanted: bool) {
        let request = shared::UpdateLetterChoiceRequest {
            organisation_id: self.society.to_string(),
            wanted,
            request_id: String::new(),
        };
        let request = self.by(by, request);
        self.member_letters()
            .update_member_letter_choice(request)
            .await
            .unwrap();
    }

    /// Runs what is due.
    async fn deliver(&self) {
        self.letters.worker("cast.test").run_due().await.unwrap();
    }

    /// Who was told of letters, one entry for each time.
    async fn told_of_letters(&self) -> Vec<String> {
        let asked: Vec<NoticeAsked> = self.events().await;
        let asked = asked.into_iter();
        let letters = asked.filter(|one| one.template == "letter_from_organisation");
        let people = letters.flat_map(|one| match one.to {
            Some(To::People(people)) => people.person_ids,
            _ => panic!("to people"),
        });
        people.collect()
    }
}

#[tokio::test]
async fn members_are_told_once_and_find_the_letter() {
    let world = World::new().await;
    let desk = world.staff("society.member_desk", world.society).await;
    let (wang, li, zhao) = (
        world.person("王芳"),
        world.person("李明"),
        world.person("赵敏"),
    );
    for member in [&wang, &li, &zhao] {
        world.member(member).await;
    }
    world.wants(&zhao, false).await;
    let letter = world.write(&desk, &[]).await.unwrap();
    assert_eq!((letter.state(), letter.recipients), (State::Draft, 3));
    // A draft is not found by those it is for.
    assert_eq!(
        refusal(world.received(&wang, &letter).await).code,
        Code::NotFound
    );
    let sent = world.send(&desk, &letter).await.unwrap();
    assert_eq!(
        (sent.state(), sent.recipients, sent.told),
        (State::Sending, 3, 0)
    );
    world.deliver().await;
    world.deliver().await;
    let done = world.letter(&desk, &letter).await.unwrap();
    assert_eq!(
        (done.state(), done.told, done.left_out),
        (State::Sent, 2, 1)
    );
    let mut told = world.told_of_letters().await;
    told.sort();
    let mut expected = [wang.id.to_string(), li.id.to_string()];
    expected.sort();
    assert_eq!(told, expected);
    // Also those who are not told find it, and a stranger does not.
    for member in [&wang, &zhao] {
        let read = world.received(member, &letter).await.unwrap();
        assert!(read.body.contains("会员大会定于十二月召开"));
        assert_eq!(read.wanted, member.id == wang.id);
    }
    assert_eq!(
        refusal(world.received(&world.stranger, &letter).await).code,
        Code::NotFound
    );
    // Sent twice is refused, and so is changing it.
    assert_eq!(reason(world.send(&desk, &done).await), "LETTER_STATE");
    world.check().await;
}

#[tokio::test]
async fn a_letter_goes_to_its_groups_alone() {
    let world = World::new().await;
    let desk = world.staff("society.member_desk", world.society).await;
    let wang = world.person("王芳");
    world.member(&wang).await;
    let students = world
        .write(&desk, &[MembershipCategory::Student])
        .await
        .unwrap();
    assert_eq!(students.recipients, 0);
    assert_eq!(
        reason(world.send(&desk, &students).await),
        "LETTER_WITHOUT_RECIPIENTS"
    );
    let groups = [MembershipCategory::Ordinary, MembershipCategory::Senior];
    let others = world.write(&desk, &groups).await.unwrap();
    world.send(&desk, &others).await.unwrap();
    world.deliver().await;
    assert_eq!(world.told_of_letters().await, [wang.id.to_string()]);
    assert!(world.received(&wang, &others).await.is_ok());
}

#[tokio::test]
async fn what_was_not_read_is_not_sent_and_others_write_nothing() {
    let world = World::new().await;
    let desk = world.staff("society.member_desk", world.society).await;
    world.member(&world.person("王芳")).await;
    let letter = world.write(&desk, &[]).await.unwrap();
    let request = shared::UpdateLetterRequest {
        letter_id: letter.letter_id.clone(),
        title: "改过的标题".into(),
        body: "改过的正文".into(),
        etag: letter.etag.clone(),
        request_id: String::new(),
    };
    let colleague = world.staff("society.member_desk", world.society).await;
    let changed = world
        .member_letters()
        .update_member_letter(world.by(&colleague, request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(reason(world.send(&desk, &letter).await), "ETAG_MISMATCH");
    let elsewhere = world
        .staff("society.member_desk", world.other_society)
        .await;
    for stranger in [&elsewhere, &world.stranger] {
        let refused = world.send(stranger, &changed).await;
        assert!(matches!(
            refusal(refused).code,
            Code::NotFound | Code::PermissionDenied
        ));
        assert!(world.write(stranger, &[]).await.is_err());
        assert!(world.letter(stranger, &changed).await.is_err());
    }
    assert!(world.told_of_letters().await.is_empty());
}

#[tokio::test]
async fn a_stopped_letter_tells_no_more() {
    let world = World::new().await;
    let desk = world.staff("society.member_desk", world.society).await;
    world.member(&world.person("王芳")).await;
    let letter = world.write(&desk, &[]).await.unwrap();
    assert_eq!(reason(world.stop(&desk, &letter).await), "LETTER_STATE");
    world.send(&desk, &letter).await.unwrap();
    let stopped = world.stop(&desk, &letter).await.unwrap();
    assert_eq!(stopped.state(), State::Stopped);
    world.deliver().await;
    assert!(world.told_of_letters().await.is_empty());
    assert_eq!(world.letter(&desk, &letter).await.unwrap().told, 0);
}

#[tokio::test]
async fn the_fourth_letter_of_a_week_waits_also_when_two_send_at_once() {
    let world = World::new().await;
    let desk = world.staff("society.member_desk", world.society).await;
    world.member(&world.person("王芳")).await;
    let mut letters = Vec::new();
    for _ in 0..4 {
        letters.push(world.write(&desk, &[]).await.unwrap());
    }
    for letter in &letters[..2] {
        world.send(&desk, letter).await.unwrap();
    }
    let (one, other) = tokio::join!(
        world.send(&desk, &letters[2]),
        world.send(&desk, &letters[3])
    );
    assert_eq!(
        one.is_ok() as u8 + other.is_ok() as u8,
        1,
        "one of both is the third"
    );
    let late = if one.is_ok() {
        (&letters[3], other)
    } else {
        (&letters[2], one)
    };
    assert_eq!(reason(late.1), "LETTERS_TOO_MANY");
    world.clock.set(world.clock.now() + Duration::days(7));
    assert!(world.send(&desk, late.0).await.is_ok());
}
