//! What people type, in the ways keyboards, spreadsheets and chat programs write it.

use proto_membership::v1::{
    self as wire, ListOrganisationsRequest, MembershipQuery, membership::State,
};
use tonic::{Code, Request, Response};

use crate::{
    journey::create_request,
    organisations,
    world::{World, refusal},
};

/// Nothing that shows, or something else than what is there.
const HIDDEN: [&str; 5] = [
    "\u{200b}\u{200b}\u{200b}",
    "科普\u{202e}会讲",
    "科普\u{2067}会讲",
    " \u{3000}\u{feff}",
    "科普\u{1b}[31m会讲",
];

impl World {
    /// The names of the members that staff of the society find.
    async fn found(&self, query: &str) -> Vec<String> {
        let request = wire::SearchMembershipsRequest {
            organisation_id: self.society.to_string(),
            query: query.into(),
            ..Default::default()
        };
        let answer = self
            .memberships()
            .search_memberships(self.by(&self.desk, request))
            .await
            .unwrap_or_else(|status| panic!("{query:?}: {status:?}"));
        let members = answer.into_inner().memberships;
        members.into_iter().map(|m| m.member_name).collect()
    }

    /// The names of the organisations that everybody finds, best first.
    async fn listed(&self, query: &str) -> Vec<String> {
        let request = ListOrganisationsRequest {
            query: query.into(),
            page_size: 500,
            ..Default::default()
        };
        let answer = self
            .organisations()
            .list_organisations(Request::new(request))
            .await
            .unwrap_or_else(|status| panic!("{query:?}: {status:?}"));
        let organisations = answer.into_inner().organisations;
        organisations.into_iter().map(|o| o.name).collect()
    }
}

#[tokio::test]
async fn a_member_is_found_however_the_name_or_number_is_typed() {
    let world = World::new().await;
    let names = ["阿卜杜拉·买买提", "O'Neil", "王\u{4dae}", "李明"];
    let mut people = Vec::new();
    for name in names {
        let person = world.person(name);
        world.member(&person).await;
        people.push(person);
    }
    for (typed, name) in [
        ("阿卜杜拉·买买提", 0),
        ("阿卜杜拉•买买提", 0),
        ("阿卜杜拉・买买提", 0),
        ("阿卜杜拉\u{2027}买买提", 0),
        ("\u{202d}阿卜杜拉·买买提\u{202c}", 0),
        ("O'Neil", 1),
        ("O’Neil", 1),
        ("Ｏ＇Ｎｅｉｌ", 1),
        ("o`neil\u{200b}", 1),
        ("王\u{e863}", 2),
        ("王 \u{4dae}", 2),
        ("Ｂ２０　００００００４Ｍ", 3),
        ("B20\u{2011}0000004\u{2011}M", 3),
        ("\u{202d}b200000004m\u{202c}", 3),
    ] {
        assert_eq!(world.found(typed).await, [names[name]], "{typed:?}");
    }
    let wide: String = people[3]
        .number
        .chars()
        .filter_map(|c| char::from_u32(u32::from(c) + 0xfee0))
        .collect();
    assert_eq!(world.found(&wide).await, [names[3]]);
    assert!(
        world.found("阿卜杜拉·买").await.is_empty(),
        "names are whole"
    );
    for nothing in [" \u{3000}", "\u{200b}\u{200b}"] {
        let request = wire::SearchMembershipsRequest {
            organisation_id: world.society.to_string(),
            query: nothing.into(),
            ..Default::default()
        };
        let answer = world
            .memberships()
            .search_memberships(world.by(&world.desk, request))
            .await;
        assert_eq!(refusal(answer).fields, ["query"], "{nothing:?}");
    }
}

#[tokio::test]
async fn a_member_is_verified_however_the_number_is_typed_and_the_query_comes_back_as_it_was_sent()
{
    let world = World::new().await;
    let system = world.system(world.society, "members.verify");
    let wang = world.person("王芳");
    world.member(&wang).await;
    let grouped = format!("{} {}", &wang.number[..8], &wang.number[8..]);
    for (member_number, person_number) in [
        ("Ｂ２０００００００１Ｍ", ""),
        ("\u{202d}B20\u{2011}0000001\u{2011}M\u{202c}", ""),
        ("", grouped.as_str()),
    ] {
        let query = MembershipQuery {
            member_number: member_number.into(),
            person_number: person_number.into(),
        };
        let request = wire::VerifyMembershipRequest {
            organisation_id: world.society.to_string(),
            query: Some(query.clone()),
        };
        let answer = world
            .verification()
            .verify_membership(world.by(&system, request))
            .await
            .unwrap_or_else(|status| panic!("{query:?}: {status:?}"))
            .into_inner();
        assert_eq!(answer.state(), State::Active, "{query:?}");
        assert_eq!(answer.query, Some(query));
    }
}

#[tokio::test]
async fn an_organisation_is_found_however_it_is_typed() {
    let world = World::new().await;
    let admin = world.staff("platform.system", world.headquarters).await;
    for (code, name) in [
        ("X-1", "伊犁·霍尔果斯科技联盟"),
        ("X-2", "中国—东盟技术合作委员会"),
        ("X-3", "O'Reilly 100%_研究会"),
    ] {
        let request = organisations::create_request(world.society, code, name);
        organisations::create(&world, &admin, request)
            .await
            .unwrap();
    }
    for (typed, name) in [
        ("伊犁•霍尔果斯", "伊犁·霍尔果斯科技联盟"),
        ("霍尔果斯 伊犁", "伊犁·霍尔果斯科技联盟"),
        ("\u{200b}伊犁・霍尔果斯\u{202c}", "伊犁·霍尔果斯科技联盟"),
        ("中国—东盟", "中国—东盟技术合作委员会"),
        ("东盟 委员会", "中国—东盟技术合作委员会"),
        ("O’Reilly", "O'Reilly 100%_研究会"),
        ("100%_", "O'Reilly 100%_研究会"),
        ("Ｂ\u{2011}２０", "中国计算机学会"),
    ] {
        assert_eq!(
            world.listed(typed).await.first().map(String::as_str),
            Some(name),
            "{typed:?}"
        );
    }
    // What LIKE has for itself stays what it is.
    for nothing in ["伊%盟", "伊_·霍", "\\"] {
        assert!(world.listed(nothing).await.is_empty(), "{nothing:?}");
    }
}

#[tokio::test]
async fn what_shows_nothing_or_something_else_is_refused_with_its_field() {
    let world = World::new().await;
    let admin = world.staff("platform.system", world.headquarters).await;
    let wang = world.person("王芳");
    let member = world.member(&wang).await;
    let waiting = world.submitted(&world.person("李明")).await;
    for hidden in HIDDEN {
        let mut refused = Vec::new();
        let name = organisations::create_request(world.society, "X-9", hidden);
        refused.push((
            "name",
            refusal(organisations::create(&world, &admin, name).await),
        ));
        let mut short = organisations::create_request(world.society, "X-9", "专业委员会");
        short.short_name = hidden.into();
        refused.push((
            "short_name",
            refusal(organisations::create(&world, &admin, short).await),
        ));
        let introduction = wire::UpdateOrganisationRequest {
            organisation_id: world.society.to_string(),
            introduction: Some(hidden.into()),
            etag: "*".into(),
            ..Default::default()
        };
        let answer = world
            .organisations()
            .update_organisation(world.by(&admin, introduction))
            .await;
        refused.push(("introduction", refusal(answer)));
        let suspend = wire::SuspendMembershipRequest {
            membership_id: member.membership_id.clone(),
            reason: hidden.into(),
            ..Default::default()
        };
        let answer = world
            .memberships()
            .suspend_membership(world.by(&world.desk, suspend))
            .await;
        refused.push(("reason", refusal(answer)));
        let reject = wire::ReturnApplicationRequest {
            application_id: waiting.application_id.clone(),
            reason: hidden.into(),
            ..Default::default()
        };
        let answer = world
            .applications()
            .return_application(world.by(&world.reviewer, reject))
            .await;
        refused.push(("reason", refusal(answer)));
        let mut form = create_request(world.society);
        if let Some(form) = form.form.as_mut() {
            form.employer = hidden.into();
        }
        let answer = world
            .applications()
            .create_application(world.by(&world.person("赵敏"), form))
            .await;
        refused.push(("form.employer", refusal(answer)));
        for (field, refused) in refused {
            assert_eq!(
                (refused.code, refused.fields.as_slice()),
                (Code::InvalidArgument, &[field.to_owned()][..]),
                "{hidden:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_kept_is_what_shows() {
    let world = World::new().await;
    let admin = world.staff("platform.system", world.headquarters).await;
    let mut request = organisations::create_request(
        world.society,
        "Ｘ\u{2011}1 ",
        " 体系\u{200b}结构\u{3000}\n专业委员会（第一） ",
    );
    request.short_name = "体系\u{feff}结构 ".into();
    let branch = organisations::create(&world, &admin, request)
        .await
        .unwrap();
    assert_eq!(
        (
            branch.code.as_str(),
            branch.name.as_str(),
            branch.short_name.as_str()
        ),
        ("X-1", "体系结构 专业委员会（第一）", "体系结构")
    );
    let request = wire::UpdateOrganisationRequest {
        organisation_id: branch.organisation_id,
        introduction: Some(
            "\r\n第一段\u{200b}。  \r\n\r\n\r\n\r\n第二段\t见 \u{2028}网站。\n".into(),
        ),
        etag: branch.etag,
        ..Default::default()
    };
    let changed = world
        .organisations()
        .update_organisation(world.by(&admin, request))
        .await
        .map(Response::into_inner)
        .unwrap();
    assert_eq!(changed.introduction, "第一段。\n\n第二段 见\n网站。");
}
