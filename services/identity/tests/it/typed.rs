//! What people type, in the ways keyboards, spreadsheets and chat programs write it.

use proto_identity::v1::{self as wire, client::Kind, request_code_request::Purpose};
use tonic::Code;

use crate::{
    clients::{machine, register},
    world::{PASSWORD, World, fields, phone, refused, resident_id, sign_up},
};

#[tokio::test]
async fn a_phone_number_is_the_same_account_however_it_was_copied() {
    let world = World::new().await;
    let (_, account) = world.signed_up("19900000001").await;
    for typed in [
        "\u{202d}19900000001\u{202c}",
        "199\u{2011}0000\u{2011}0001",
        "１９９０００００００１",
        "199\u{3000}0000\u{a0}0001",
        "+86 199–0000–0001",
        "(86)199 0000 0001\u{200b}",
    ] {
        let mut browser = world.browser();
        browser
            .sign_in(typed, PASSWORD)
            .await
            .unwrap_or_else(|status| panic!("{typed:?}: {status:?}"));
        assert_eq!(browser.me().await.unwrap().account_id, account.account_id);
    }
    let browser = world.browser();
    world.wait(time::Duration::minutes(2));
    let sent = world.outbox.0.lock().unwrap().len();
    browser
        .request_code(
            Purpose::SignIn,
            "\u{202d}199\u{2011}0000\u{2011}0001\u{202c}",
        )
        .await
        .unwrap();
    world.message("+8619900000001").await;
    assert_eq!(world.outbox.0.lock().unwrap().len(), sent + 1);
}

#[tokio::test]
async fn a_mail_address_is_the_same_account_however_it_was_copied() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (code_id, code) = world
        .code(&browser, Purpose::SignUp, "wang-ming@example.org")
        .await;
    browser
        .create_account(&sign_up(&code_id, &code))
        .await
        .unwrap();
    for typed in [
        "\u{feff}wang-ming@example.org\u{200e}",
        "ｗａｎｇ－ｍｉｎｇ＠ｅｘａｍｐｌｅ．ｏｒｇ",
        "wang\u{2011}ming@example.org\n",
    ] {
        let mut other = world.browser();
        other
            .sign_in(typed, PASSWORD)
            .await
            .unwrap_or_else(|status| panic!("{typed:?}: {status:?}"));
    }
}

#[tokio::test]
async fn a_one_time_code_is_taken_in_full_width_and_in_groups() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (code_id, code) = world.code(&browser, Purpose::SignUp, &phone()).await;
    let wide: String = code
        .chars()
        .filter_map(|c| char::from_u32(u32::from(c) + 0xfee0))
        .collect();
    let (head, tail) = wide.split_at(wide.len() / 2);
    browser
        .create_account(&sign_up(&code_id, &format!("{head}\u{3000}{tail}")))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_identity_number_is_read_however_it_was_written() {
    let world = World::new().await;
    let mut last = None;
    for typed in [
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 1949 1231 002X",
        "11010519491231002Ⅹ",
        "110105-19491231-002х",
        "\u{202d}11010519491231002x\u{202c}",
    ] {
        // The number belongs to one account; the same one verifies itself again each time.
        let browser = match last.take() {
            Some(browser) => browser,
            None => world.signed_up(&phone()).await.0,
        };
        let person = browser
            .verify("王示例", typed)
            .await
            .unwrap_or_else(|status| panic!("{typed:?}: {status:?}"));
        assert_eq!(person.masked_document_number, "1****************X");
        last = Some(browser);
    }
    let (other, _) = world.signed_up(&phone()).await;
    assert_eq!(
        refused(other.verify("王示例", "11010519491231002X").await),
        "DOCUMENT_IN_USE"
    );
    // The limit holds for what was read; what is far too long is not read at all.
    for wrong in [
        "11010519491231002X1".to_owned(),
        format!("{}{}", " ".repeat(5_000), resident_id(1)),
    ] {
        let status = other.verify("王示例", &wrong).await.unwrap_err();
        assert_eq!(fields(&status), ["resident_id_number"]);
    }
}

#[tokio::test]
async fn a_name_is_kept_in_one_form() {
    let world = World::new().await;
    for (at, (typed, kept)) in [
        ("王\u{e863}", "王\u{4dae}"),
        ("王\u{e864}", "王\u{9fbb}"),
        ("王\u{e816}", "王\u{20087}"),
        ("王\u{e815}", "王\u{2e81}"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉．买买提", "阿卜杜拉·买买提"),
        ("Ｓｈａｎｅ　O\u{2019}Neil", "Shane O'Neil"),
        (
            "\u{200b}王 示\u{feff}例".replace(' ', "").as_str(),
            "王示例",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let (browser, _) = world.signed_up(&phone()).await;
        let person = browser
            .verify(typed, &resident_id(at as u16 + 1))
            .await
            .unwrap_or_else(|status| panic!("{typed:?}: {status:?}"));
        assert_eq!(person.name, kept, "{typed:?}");
    }
    let (browser, _) = world.signed_up(&phone()).await;
    for wrong in ["王\u{202e}示例", "\u{200b}\u{200b}", "王\u{e78d}"] {
        let status = browser.verify(wrong, &resident_id(90)).await.unwrap_err();
        assert_eq!(
            (status.code(), fields(&status)),
            (Code::InvalidArgument, vec!["name".to_owned()]),
            "{wrong:?}"
        );
    }
}

#[tokio::test]
async fn what_shows_nothing_or_something_else_is_no_name() {
    let world = World::new().await;
    let (admin, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    for wrong in [
        "\u{200b}\u{200b}\u{200b}",
        "会员\u{202e}系统",
        "会员\u{2066}系统",
        " \u{3000} ",
        "会员\u{1b}[31m系统",
    ] {
        let client = wire::CreateClientRequest {
            name: wrong.to_owned(),
            ..machine(world.society, &["members.verify"])
        };
        let status = register(&admin, client).await.unwrap_err();
        assert_eq!(
            (status.code(), fields(&status)),
            (Code::InvalidArgument, vec!["name".to_owned()]),
            "{wrong:?}"
        );
        let browser = world.browser();
        let (code_id, code) = world.code(&browser, Purpose::SignUp, &phone()).await;
        let account = wire::CreateAccountRequest {
            display_name: wrong.to_owned(),
            ..sign_up(&code_id, &code)
        };
        let status = browser.clone().create_account(&account).await.unwrap_err();
        assert_eq!(
            (status.code(), fields(&status)),
            (Code::InvalidArgument, vec!["display_name".to_owned()]),
            "{wrong:?}"
        );
    }
    let client = wire::CreateClientRequest {
        name: " 会员\u{200b}系统\n（二期） ".to_owned(),
        ..machine(world.society, &["members.verify"])
    };
    let (client, _) = register(&admin, client).await.unwrap();
    assert_eq!(client.name, "会员系统 （二期）");
}

#[tokio::test]
async fn an_address_that_codes_go_to_is_taken_as_it_stands_or_not_at_all() {
    let world = World::new().await;
    let (admin, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    for wrong in [
        "https://user:pw@site.example.cn/",
        "https://site.example.cn/\n",
        "https://site.example.cn/\u{202e}",
        "https://site\u{200b}.example.cn/",
        "ｈｔｔｐｓ://site.example.cn/",
        " https://site.example.cn/",
    ] {
        let site = wire::CreateClientRequest {
            kind: Kind::Web.into(),
            redirect_uris: vec![wrong.to_owned()],
            ..machine(world.society, &["openid"])
        };
        let status = register(&admin, site).await.unwrap_err();
        assert_eq!(
            (status.code(), fields(&status)),
            (Code::InvalidArgument, vec!["redirect_uris[0]".to_owned()]),
            "{wrong:?}"
        );
    }
}

#[tokio::test]
async fn a_password_is_never_read_as_something_else() {
    let world = World::new().await;
    let browser = world.browser();
    let (code_id, code) = world.code(&browser, Purpose::SignUp, "19900000002").await;
    let password = " Ｇｒüße  an\u{200b}die Gräfin ";
    let account = wire::CreateAccountRequest {
        password: password.to_owned(),
        ..sign_up(&code_id, &code)
    };
    browser.clone().create_account(&account).await.unwrap();
    for wrong in [password.trim(), " Grüße  an\u{200b}die Gräfin "] {
        assert!(world.browser().sign_in("19900000002", wrong).await.is_err());
    }
    world
        .browser()
        .sign_in("19900000002", password)
        .await
        .unwrap();
}
