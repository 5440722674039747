//! What the organisations of a demonstration say about themselves. Each says first that it is made up; websites are below `.example`, which
//! RFC 2606 (section 2) reserves.

use kit::db::Db;
use synthetic::{Population, Subject};
use time::OffsetDateTime;

use crate::{organisations::store as organisations, seed};

/// Writes introductions and websites of those that have neither.
pub(super) async fn write(
    db: &Db,
    population: &Population,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    seed::store::lock(&mut tx).await?;
    let societies = population.societies.all().iter();
    let societies = societies.map(|one| (one.organisation_id, one.subject, &one.discipline));
    let associations = population.societies.associations().iter();
    let associations = associations.map(|one| (one.organisation_id, one.subject, &None));
    for (ordinal, (organisation_id, subject, discipline)) in
        societies.chain(associations).enumerate()
    {
        let Some(mut organisation) = organisations::lock(&mut tx, organisation_id).await? else {
            continue;
        };
        if organisation.introduction.is_empty() && organisation.website.is_empty() {
            let field = Field {
                subject,
                discipline: discipline.as_deref(),
            };
            organisation.introduction = introduction(&organisation.name, field, ordinal);
            organisation.website = format!("https://{}.example/", organisation.code.to_lowercase());
            organisations::change(&mut tx, &organisation, now).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// What an organisation deals with.
struct Field<'a> {
    subject: Subject,
    discipline: Option<&'a str>,
}

fn introduction(name: &str, field: Field<'_>, ordinal: usize) -> String {
    const AIMS: [&str; 3] = [
        "每年举办学术年会和青年学者论坛",
        "为会员提供继续教育和学术交流服务",
        "组织专家开展科普活动和决策咨询",
    ];
    let aim = AIMS[ordinal % AIMS.len()];
    let what = match (field.subject, field.discipline) {
        (Subject::Public, _) => "是当地科技工作者的群众组织，联系所属学会、高校科协和企业科协，组织科普活动和科技志愿服务".to_owned(),
        (_, Some(discipline)) => {
            format!("是由{discipline}及相关领域的科技工作者和单位自愿组成的全国学会，{aim}")
        }
        (subject, None) => format!(
            "是{}类全国学会，由科技工作者和有关单位自愿组成，{aim}",
            subject.title_zh()
        ),
    };
    format!("演示内容，并非该组织的正式介绍。\n{name}{what}。")
}
