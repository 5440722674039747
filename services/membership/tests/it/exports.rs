//! Members as a file: what is in it, who gets it, and until when.

use futures::StreamExt as _;
use jobs::State as JobState;
use proto_exports::v1::{
    self as shared, Export,
    export::{Failure, Format, Language, Purpose, State},
};
use proto_membership::v1::{
    self as wire, MembershipCategory, create_member_export_request::Column, membership,
};
use time::Duration;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::world::{Actor, World, reason, refusal};

/// A file as it was downloaded.
pub struct File {
    pub name: String,
    pub media_type: String,
    pub length: i64,
    pub bytes: Vec<u8>,
}

impl File {
    /// The lines of a CSV, each with its cells as they were before the export.
    pub fn lines(&self) -> Vec<Vec<String>> {
        let text = self
            .bytes
            .strip_prefix("\u{feff}".as_bytes())
            .expect("a mark");
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

impl World {
    pub fn export_request(&self) -> wire::CreateMemberExportRequest {
        wire::CreateMemberExportRequest {
            organisation_id: self.society.to_string(),
            format: Format::Csv.into(),
            purpose: Purpose::Statistics.into(),
            purpose_text: "年度统计上报".into(),
            ..Default::default()
        }
    }

    pub async fn export(
        &self,
        actor: &Actor,
        request: wire::CreateMemberExportRequest,
    ) -> Result<Export, Status> {
        let request = self.by(actor, request);
        let answer = self.member_exports().create_member_export(request).await?;
        Ok(answer.into_inner())
    }

    /// Asks and lets the worker make the file.
    pub async fn exported(
        &self,
        actor: &Actor,
        request: wire::CreateMemberExportRequest,
    ) -> Export {
        let asked = self.export(actor, request).await.unwrap();
        self.work().await;
        self.get_export(actor, &asked.export_id).await.unwrap()
    }

    /// Runs what is due.
    pub async fn work(&self) -> usize {
        self.exports.worker("cast.test").run_due().await.unwrap()
    }

    pub async fn get_export(&self, actor: &Actor, export_id: &str) -> Result<Export, Status> {
        let request = shared::GetExportRequest {
            export_id: export_id.into(),
        };
        let mut client = self.member_exports();
        let answer = client.get_member_export(self.by(actor, request));
        Ok(answer.await?.into_inner())
    }

    pub async fn cancel_export(&self, actor: &Actor, export_id: &str) -> Result<Export, Status> {
        let request = shared::CancelExportRequest {
            export_id: export_id.into(),
            request_id: String::new(),
        };
        let mut client = self.member_exports();
        let answer = client.cancel_member_export(self.by(actor, request));
        Ok(answer.await?.into_inner())
    }

    pub async fn download(&self, actor: &Actor, export_id: &str) -> Result<File, Status> {
        let request = shared::DownloadExportRequest {
            export_id: export_id.into(),
        };
        let mut client = self.member_exports();
        let answer = client.download_member_export(self.by(actor, request));
        let mut parts = answer.await?.into_inner();
        let first = parts.next().await.expect("a first part")?;
        let content = first.content.unwrap();
        let mut file = File {
            name: first.file_name,
            media_type: content.content_type,
            length: first.length,
            bytes: content.data.to_vec(),
        };
        while let Some(part) = parts.next().await {
            file.bytes.extend_from_slice(&part?.content.unwrap().data);
        }
        Ok(file)
    }

    /// How many objects are in the store.
    pub fn objects(&self) -> usize {
        let mut folders = vec![self.files.path().to_owned()];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    files += 1;
                }
            }
        }
        files
    }

    /// Takes every right of a person away.
    pub async fn revoke(&self, actor: &Actor) {
        sqlx::query("delete from access.grants where person_id = $1")
            .bind(actor.id)
            .execute(self.pool())
            .await
            .unwrap();
    }

    /// Outcomes of audit records about an export, oldest first.
    async fn audited_about(&self, export_id: &str) -> Vec<(String, String)> {
        sqlx::query_as(
            "select split_part(action, '/', 2), outcome from audit.records where subject = 'export:' || $1
             order by occurred_at, record_id",
        )
        .bind(export_id)
        .fetch_all(self.pool())
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn a_file_says_what_the_list_says() {
    let world = World::new().await;
    let (wang, zhao) = (world.person("王芳"), world.person("赵=敏"));
    let (first, second) = (world.member(&wang).await, world.member(&zhao).await);
    world.withdraw_consent(&zhao).await;
    world
        .suspend(&world.desk, &second.membership_id)
        .await
        .unwrap();

    let export = world.exported(&world.desk, world.export_request()).await;
    assert_eq!((export.state(), export.rows_done), (State::Ready, 2));
    assert_eq!(export.title, "中国计算机学会");
    let file = world
        .download(&world.desk, &export.export_id)
        .await
        .unwrap();
    assert_eq!(
        file.lines(),
        [
            ["会员号", "科协号", "姓名", "会员类别", "状态", "入会日期"].map(str::to_owned),
            [
                first.member_number.clone(),
                wang.number.clone(),
                "王芳".into(),
                "普通会员".into(),
                "有效".into(),
                first.joined_on.clone()
            ],
            [
                second.member_number.clone(),
                zhao.number.clone(),
                String::new(),
                "普通会员".into(),
                "已暂停".into(),
                second.joined_on.clone()
            ],
        ]
    );
    assert_eq!(file.length, i64::try_from(file.bytes.len()).unwrap());
    assert_eq!(file.media_type, "text/csv; charset=utf-8; header=present");
    assert_eq!(file.name, "中国计算机学会-会员名单-20260501.csv");
    // What lies on the disk says nothing.
    assert_eq!(world.objects(), 1);
    assert_eq!(
        world.audited_about(&export.export_id).await,
        [
            ("CreateMemberExport".to_owned(), "ok".to_owned()),
            ("DownloadMemberExport".to_owned(), "ok".to_owned())
        ]
    );
    world.check().await;
}

#[tokio::test]
async fn columns_rows_and_language_are_as_asked() {
    let world = World::new().await;
    let member = world.member(&world.person("王芳")).await;
    world.member(&world.person("赵敏")).await;
    world
        .suspend(&world.desk, &member.membership_id)
        .await
        .unwrap();
    let request = wire::CreateMemberExportRequest {
        columns: vec![Column::State.into(), Column::MemberNumber.into()],
        state: membership::State::Suspended.into(),
        category: MembershipCategory::Ordinary.into(),
        language: Language::En.into(),
        ..world.export_request()
    };
    let export = world.exported(&world.desk, request).await;
    assert_eq!(export.columns, ["STATE", "MEMBER_NUMBER"]);
    let file = world
        .download(&world.desk, &export.export_id)
        .await
        .unwrap();
    assert_eq!(
        file.lines(),
        [
            ["State".to_owned(), "Member number".to_owned()],
            ["Suspended".to_owned(), member.member_number]
        ]
    );
    world.check().await;
}

#[tokio::test]
async fn a_workbook_is_read_by_another_program() {
    use calamine::{Data, Reader as _};
    let world = World::new().await;
    let member = world.member(&world.person("欧阳𠮷")).await;
    let request = wire::CreateMemberExportRequest {
        format: Format::Xlsx.into(),
        ..world.export_request()
    };
    let export = world.exported(&world.desk, request).await;
    let file = world
        .download(&world.desk, &export.export_id)
        .await
        .unwrap();
    assert!(file.name.ends_with(".xlsx"));
    let mut workbook: calamine::Xlsx<_> =
        calamine::Xlsx::new(std::io::Cursor::new(file.bytes)).unwrap();
    assert_eq!(workbook.sheet_names(), ["会员名单"]);
    let range = workbook.worksheet_range_at(0).unwrap().unwrap();
    let rows: Vec<&[Data]> = range.rows().collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1][0], Data::String(member.member_number));
    assert_eq!(rows[1][2], Data::String("欧阳𠮷".into()));
    assert!(matches!(rows[1][5], Data::DateTime(_)), "{:?}", rows[1][5]);
    world.check().await;
}

#[tokio::test]
async fn those_above_get_no_more_than_the_list_shows_them() {
    let world = World::new().await;
    world.member(&world.person("王芳")).await;
    let above = world
        .staff("organisation.administrator", world.headquarters)
        .await;
    let export = world.exported(&above, world.export_request()).await;
    let file = world.download(&above, &export.export_id).await.unwrap();
    assert_eq!(file.lines()[1][2], "王**");
    assert!(!String::from_utf8(file.bytes).unwrap().contains("王芳"));
    world.check().await;
}

#[tokio::test]
async fn who_may_not_export_cannot_ask_and_nobody_gets_the_file_of_another() {
    let world = World::new().await;
    for actor in [&world.reviewer, &world.approver, &world.stranger] {
        let refused = reason(world.export(actor, world.export_request()).await);
        assert_eq!(refused, "PERMISSION_DENIED");
    }
    let system = world.system(world.society, "members.read");
    let refused = reason(world.export(&system, world.export_request()).await);
    assert_eq!(refused, "PERMISSION_DENIED");
    let export = world.exported(&world.desk, world.export_request()).await;
    let colleague = world.staff("society.member_desk", world.society).await;
    let id = &export.export_id;
    assert_eq!(reason(world.get_export(&colleague, id).await), "NOT_FOUND");
    assert_eq!(
        reason(world.cancel_export(&colleague, id).await),
        "NOT_FOUND"
    );
    assert_eq!(
        reason(world.download(&colleague, id).await.map(drop)),
        "NOT_FOUND"
    );
    world.check().await;
}

#[tokio::test]
async fn a_right_that_ends_before_the_file_is_made_makes_none() {
    let world = World::new().await;
    world.member(&world.person("王芳")).await;
    let export = world
        .export(&world.desk, world.export_request())
        .await
        .unwrap();
    world.revoke(&world.desk).await;
    world.work().await;
    let export = world
        .get_export(&world.desk, &export.export_id)
        .await
        .unwrap();
    assert_eq!(export.state(), State::Revoked);
    assert_eq!(world.objects(), 0);
    assert_eq!(
        world.audited_about(&export.export_id).await[1],
        (
            "CreateMemberExport".to_owned(),
            "PERMISSION_DENIED".to_owned()
        )
    );
    world.check().await;
}

#[tokio::test]
async fn a_right_that_ends_before_the_download_takes_the_file_away() {
    let world = World::new().await;
    world.member(&world.person("王芳")).await;
    let export = world.exported(&world.desk, world.export_request()).await;
    // A right elsewhere, so that the layer lets the call through to the method.
    world.revoke(&world.desk).await;
    world
        .grant(&world.desk, "society.member_desk", world.other_society)
        .await;
    let refused = reason(
        world
            .download(&world.desk, &export.export_id)
            .await
            .map(drop),
    );
    assert_eq!(refused, "PERMISSION_DENIED");
    assert_eq!(world.objects(), 0);
    // Given back, it does not bring the file back.
    world
        .grant(&world.desk, "society.member_desk", world.society)
        .await;
    let refused = reason(
        world
            .download(&world.desk, &export.export_id)
            .await
            .map(drop),
    );
    assert_eq!(refused, "EXPORT_GONE");
    world.check().await;
}

#[tokio::test]
async fn who_stands_above_by_now_does_not_get_what_was_made_for_the_society() {
    let world = World::new().await;
    world.member(&world.person("王芳")).await;
    let export = world.exported(&world.desk, world.export_request()).await;
    world.revoke(&world.desk).await;
    world
        .grant(
            &world.desk,
            "organisation.administrator",
            world.headquarters,
        )
        .await;
    let refused = reason(
        world
            .download(&world.desk, &export.export_id)
            .await
            .map(drop),
    );
    assert_eq!(refused, "PERMISSION_DENIED");
    let export = world
        .get_export(&world.desk, &export.export_id)
        .await
        .unwrap();
    assert_eq!(export.state(), State::Revoked);
    world.check().await;
}

#[tokio::test]
async fn the_sweeper_takes_files_away_whose_owner_has_lost_the_right_or_whose_time_is_over() {
    let world = World::new().await;
    world.member(&world.person("王芳")).await;
    let colleague = world.staff("society.member_desk", world.society).await;
    let lost = world.exported(&world.desk, world.export_request()).await;
    let kept = world.exported(&colleague, world.export_request()).await;
    assert_eq!(world.objects(), 2);
    world.revoke(&world.desk).await;
    world.exports.sweep().await.unwrap();
    assert_eq!(world.objects(), 1);
    let state = async |actor: &Actor, export: &Export| {
        world
            .get_export(actor, &export.export_id)
            .await
            .unwrap()
            .state()
    };
    assert_eq!(state(&world.desk, &lost).await, State::Revoked);
    assert_eq!(state(&colleague, &kept).await, State::Ready);

    world.clock.set(world.clock.now() + exports::KEPT);
    // Neither shown nor handed over from that moment on, the sweeper or not.
    assert_eq!(state(&colleague, &kept).await, State::Expired);
    let refused = refusal(world.download(&colleague, &kept.export_id).await.map(drop));
    assert_eq!(refused.reason, "EXPORT_GONE");
    assert_eq!(refused.code, Code::FailedPrecondition);
    world.exports.sweep().await.unwrap();
    assert_eq!(world.objects(), 0);
    world.check().await;
}

#[tokio::test]
async fn a_consent_withdrawn_afterwards_takes_the_file_away_and_the_next_one_leaves_the_name_out() {
    let world = World::new().await;
    let wang = world.person("王芳");
    world.member(&wang).await;
    let export = world.exported(&world.desk, world.export_request()).await;
    assert!(world.download(&world.desk, &export.export_id).await.is_ok());
    world.withdraw_consent(&wang).await;
    for _ in 0..2 {
        let refused = reason(
            world
                .download(&world.desk, &export.export_id)
                .await
                .map(drop),
        );
        assert_eq!(refused, "EXPORT_OUTDATED");
    }
    assert_eq!(world.objects(), 0);
    let next = world.exported(&world.desk, world.export_request()).await;
    let file = world.download(&world.desk, &next.export_id).await.unwrap();
    assert_eq!(file.lines()[1][2], "");
    world.check().await;
}

#[tokio::test]
async fn what_is_not_right_is_said_field_by_field() {
    let world = World::new().await;
    let desk = &world.desk;
    let base = || world.export_request();
    let refused = async |request: wire::CreateMemberExportRequest| {
        let refused = refusal(world.export(desk, request).await);
        assert_eq!(refused.reason, "INVALID_ARGUMENT");
        refused.fields
    };
    let with = |change: fn(&mut wire::CreateMemberExportRequest)| {
        let mut request = base();
        change(&mut request);
        request
    };
    assert_eq!(refused(with(|r| r.format = 0)).await, ["format"]);
    assert_eq!(refused(with(|r| r.format = 99)).await, ["format"]);
    assert_eq!(refused(with(|r| r.purpose = 0)).await, ["purpose"]);
    assert_eq!(
        refused(with(|r| r.purpose_text = "x".into())).await,
        ["purpose_text"]
    );
    assert_eq!(
        refused(with(|r| r.purpose_text = "字".repeat(201))).await,
        ["purpose_text"]
    );
    assert_eq!(refused(with(|r| r.columns = vec![1, 1])).await, ["columns"]);
    assert_eq!(refused(with(|r| r.columns = vec![1, 99])).await.len(), 1);
    assert_eq!(refused(with(|r| r.state = 99)).await, ["state"]);
    assert_eq!(refused(with(|r| r.category = 99)).await, ["category"]);
    assert_eq!(refused(with(|r| r.language = 99)).await, ["language"]);
    let nowhere = shared::GetExportRequest {
        export_id: Uuid::now_v7().to_string(),
    };
    let answer = world
        .member_exports()
        .get_member_export(world.by(desk, nowhere))
        .await;
    assert_eq!(reason(answer), "NOT_FOUND");
    assert_eq!(world.work().await, 0);
    world.check().await;
}

#[tokio::test]
async fn those_who_review_exports_see_who_when_and_what_for_and_others_do_not() {
    let world = World::new().await;
    world.member(&world.person("王芳")).await;
    let export = world.exported(&world.desk, world.export_request()).await;
    world
        .download(&world.desk, &export.export_id)
        .await
        .unwrap();
    let list = async |actor: &Actor| {
        let request = shared::ListExportsRequest {
            organisation_id: world.society.to_string(),
            ..Default::default()
        };
        let mut client = world.member_exports();
        let answer = client.list_member_exports(world.by(actor, request));
        answer.await.map(|answer| answer.into_inner().exports)
    };
    for role in ["organisation.administrator", "platform.audit"] {
        let reviewer = world.staff(role, world.headquarters).await;
        let seen = list(&reviewer).await.unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].requester_number, world.desk.number);
        assert_eq!(seen[0].purpose_text, "年度统计上报");
        assert_eq!(
            (seen[0].purpose(), seen[0].downloads),
            (Purpose::Statistics, 1)
        );
    }
    assert_eq!(world.audited("ListMemberExports").await, 2);
    assert_eq!(reason(list(&world.desk).await), "PERMISSION_DENIED");
    let mine = world
        .member_exports()
        .list_my_member_exports(world.by(&world.desk, shared::ListMyExportsRequest::default()))
        .await
        .unwrap();
    assert_eq!(mine.into_inner().exports.len(), 1);
    let none = world
        .member_exports()
        .list_my_member_exports(world.by(&world.reviewer, shared::ListMyExportsRequest::default()))
        .await
        .unwrap();
    assert_eq!(none.into_inner().exports, []);
    world.check().await;
}

#[tokio::test]
async fn names_stand_in_no_table_and_on_no_disk() {
    let world = World::new().await;
    world.member(&world.person("独孤求败")).await;
    let export = world.exported(&world.desk, world.export_request()).await;
    assert_eq!(export.state(), State::Ready);
    let mut folders = vec![world.files.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(12).any(|part| part == "独孤求败".as_bytes()));
        }
    }
    let stored: String = sqlx::query_scalar("select e::text from exports.exports e")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert!(!stored.contains("年度统计上报") && !stored.contains("独孤求败"));
    world.check().await;
}

/// How a job stands.
pub async fn job_state(world: &World, export_id: &str) -> JobState {
    let id = export_id.parse().unwrap();
    let mut conn = world.pool().acquire().await.unwrap();
    jobs::operate::find(&mut conn, id)
        .await
        .unwrap()
        .unwrap()
        .state
}

/// The failure of an export as its requester sees it.
pub async fn failure(world: &World, export_id: &str) -> (State, Failure) {
    let export = world.get_export(&world.desk, export_id).await.unwrap();
    (export.state(), export.failure())
}

/// Long enough for every pause and lease.
pub const LONG: Duration = Duration::hours(1);
