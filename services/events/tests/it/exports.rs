//! Registrations as a file: the second user of the crate `exports`.

use futures::StreamExt as _;
use proto_events::v1::{
    self as wire, Activity, create_registration_export_request::Column, registration,
};
use proto_exports::v1::{
    self as shared, Export,
    export::{Format, Kind, Language, Purpose, State},
};
use tonic::{Response, Status};

use crate::world::{World, as_, cancel, desk_of, named_person, ok, person, refused};
use kit::access::Caller;

impl World {
    pub fn export_request(&self, activity: &Activity) -> wire::CreateRegistrationExportRequest {
        wire::CreateRegistrationExportRequest {
            activity_id: activity.activity_id.clone(),
            format: Format::Csv.into(),
            purpose: Purpose::ActivityOrganisation.into(),
            purpose_text: "现场签到备用".into(),
            ..Default::default()
        }
    }

    async fn export(
        &self,
        caller: &Caller,
        request: wire::CreateRegistrationExportRequest,
    ) -> Result<Response<Export>, Status> {
        let request = as_(caller, request);
        self.registration_exports()
            .create_registration_export(request)
            .await
    }

    pub async fn exported(
        &self,
        caller: &Caller,
        request: wire::CreateRegistrationExportRequest,
    ) -> Export {
        let asked = ok(self.export(caller, request).await);
        let worker = self.exports.worker("cast.test");
        worker.run_due().await.expect("it runs");
        let request = shared::GetExportRequest {
            export_id: asked.export_id,
        };
        ok(self
            .registration_exports()
            .get_registration_export(as_(caller, request))
            .await)
    }

    /// The lines of a file, each with its cells as they were before the export.
    pub async fn lines(&self, caller: &Caller, export: &Export) -> Vec<Vec<String>> {
        let request = shared::DownloadExportRequest {
            export_id: export.export_id.clone(),
        };
        let mut parts = ok(self
            .registration_exports()
            .download_registration_export(as_(caller, request))
            .await);
        let mut bytes = Vec::new();
        while let Some(part) = parts.next().await {
            bytes.extend_from_slice(&part.unwrap().content.unwrap().data);
        }
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).expect("a mark");
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text);
        let cells = |record: csv::StringRecord| {
            let cells = record.iter().map(exports::csv::original);
            cells.map(str::to_owned).collect()
        };
        reader
            .records()
            .map(|record| cells(record.unwrap()))
            .collect()
    }
}

fn number(caller: &Caller) -> String {
    caller.person().expect("a person").person_number.clone()
}

#[tokio::test]
async fn a_file_of_registrations_says_what_the_list_says() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let (wang, unnamed) = (named_person(Some("王芳")), named_person(None));
    world.register(&wang, &activity).await;
    let given_back = world.register(&unnamed, &activity).await;
    ok(cancel(&world.registrations(), &unnamed, &given_back, "").await);
    let export = world
        .exported(&world.staff, world.export_request(&activity))
        .await;
    assert_eq!(
        (export.state(), export.kind()),
        (State::Ready, Kind::Registrations)
    );
    assert_eq!(
        (&export.title, &export.activity_id),
        (&activity.title, &activity.activity_id)
    );
    let at = "2026-05-01 10:00:00".to_owned();
    assert_eq!(
        world.lines(&world.staff, &export).await,
        [
            ["科协号", "姓名", "状态", "报名时间", "签到时间"].map(str::to_owned),
            [
                number(&wang),
                "王芳".into(),
                "已报名".into(),
                at.clone(),
                String::new()
            ],
            [
                number(&unnamed),
                String::new(),
                "已取消".into(),
                at,
                String::new()
            ],
        ]
    );
    let only = wire::CreateRegistrationExportRequest {
        state: registration::State::Cancelled.into(),
        columns: vec![Column::State.into(), Column::PersonNumber.into()],
        language: Language::En.into(),
        ..world.export_request(&activity)
    };
    let only = world.exported(&world.staff, only).await;
    assert_eq!(
        world.lines(&world.staff, &only).await,
        [
            ["State".to_owned(), "Person number".to_owned()],
            ["Cancelled".to_owned(), number(&unnamed)]
        ]
    );
}

#[tokio::test]
async fn those_above_the_organiser_get_masked_names_and_strangers_nothing() {
    let world = World::new().await;
    let activity = world.published(10).await;
    world.register(&named_person(Some("王芳")), &activity).await;
    let above = desk_of(world.pool(), world.headquarters).await;
    let export = world
        .exported(&above, world.export_request(&activity))
        .await;
    assert_eq!(world.lines(&above, &export).await[1][1], "王**");
    for caller in [&world.stranger, &person()] {
        let answer = world.export(caller, world.export_request(&activity)).await;
        assert_eq!(refused(answer), "PERMISSION_DENIED");
    }
    let draft = world.draft(10).await;
    let answer = world
        .export(&world.stranger, world.export_request(&draft))
        .await;
    assert_eq!(refused(answer), "NOT_FOUND");
}

#[tokio::test]
async fn a_name_that_looks_like_a_formula_is_exported_as_a_text() {
    let world = World::new().await;
    let activity = world.published(10).await;
    world
        .register(&named_person(Some("=HYPERLINK(\"x\")")), &activity)
        .await;
    let export = world
        .exported(&world.staff, world.export_request(&activity))
        .await;
    assert_eq!(
        world.lines(&world.staff, &export).await[1][1],
        "=HYPERLINK(\"x\")"
    );
}
