//! The service `Organisations`.

use eventlog::NewEvent;
use kit::{
    Call,
    db::Db,
    errors::{Problem, Result},
    wire::{etag, expect_version, parse_id, parse_optional_id},
};
use proto_membership::{reasons, v1 as wire};

use super::{
    Kind, Organisation, SubjectClass, rules,
    store::{
        self,
        list::{self, Cursor, Filter},
    },
};
use crate::{contract, divisions, logos, numbers};

/// Organisations, open to everybody to read.
#[derive(Clone, Debug)]
pub struct Organisations {
    pub(crate) db: Db,
}

impl contract::Organisations for Organisations {
    async fn list_organisations(
        &self,
        call: Call<wire::ListOrganisationsRequest>,
    ) -> Result<wire::ListOrganisationsResponse> {
        let page = call.page::<Cursor>()?;
        let request = call.message;
        let division = Some(request.division_code.as_str()).filter(|code| !code.is_empty());
        let filter = Filter {
            kind: Kind::from_wire(request.kind),
            subject_class: SubjectClass::from_wire(request.subject_class)
                .filter(|c| *c != SubjectClass::Unspecified),
            parent_id: parse_optional_id("parent_id", &request.parent_id)?,
            divisions: division.map(reference::divisions::at_or_below),
        };
        let mut tx = self.db.begin().await?;
        if let Some(code) = division
            && !divisions::store::known(&mut tx, code).await?
        {
            return Err(reference::divisions::unknown("division_code"));
        }
        let after = page.after.clone();
        let found = list::page(&mut tx, &request.query, &filter, after, page.limit).await?;
        let (found, next_page_token) = page.next(found, |last| last.cursor.clone());
        Ok(wire::ListOrganisationsResponse {
            organisations: found
                .into_iter()
                .map(|found| found.organisation.into())
                .collect(),
            next_page_token,
        })
    }

    async fn get_organisation(
        &self,
        call: Call<wire::GetOrganisationRequest>,
    ) -> Result<wire::Organisation> {
        let id = parse_id("organisation_id", &call.message.organisation_id)?;
        let organisation = store::get(&mut *self.db.read().await?, id).await?;
        Ok(organisation.ok_or_else(not_found)?.into())
    }

    async fn create_organisation(
        &self,
        call: Call<wire::CreateOrganisationRequest>,
    ) -> Result<wire::Organisation> {
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let request = call.message;
        let parent_id = parse_id("parent_id", &request.parent_id)?;
        let kind = Kind::from_wire(request.kind).ok_or_else(|| {
            Problem::invalid("kind", ("Missing; choose a kind.", "请选择组织类型。"))
        })?;
        let class =
            SubjectClass::from_wire(request.subject_class).unwrap_or(SubjectClass::Unspecified);
        let division_code = Some(request.division_code).filter(|code| !code.is_empty());
        if let Some(code) = &division_code
            && !divisions::store::in_use(&mut tx, code).await?
        {
            return Err(reference::divisions::unknown("division_code"));
        }
        let (parent_kind, parent_path) = store::lock_parent(&mut tx, parent_id)
            .await?
            .ok_or_else(not_found)?;
        rules::place(kind, class, parent_kind, &parent_path)?;
        let organisation_id = kit::chance::id(call.now);
        let organisation = Organisation {
            organisation_id,
            parent_id: Some(parent_id),
            path: rules::path_below(Some(&parent_path), organisation_id),
            code: request.code,
            name: request.name,
            short_name: request.short_name,
            kind,
            division_code,
            subject_class: class,
            introduction: String::new(),
            website: String::new(),
            accepts_applications: false,
            review_days: rules::REVIEW_DAYS,
            version: 1,
            logo: None,
        };
        store::establish_one(&mut tx, &organisation, call.now).await??;
        tx.audit(&format!("organisation:{organisation_id}")).await?;
        tx.publish(&established(&organisation), call.now).await?;
        tx.commit(organisation.into()).await
    }

    async fn update_organisation(
        &self,
        call: Call<wire::UpdateOrganisationRequest>,
    ) -> Result<wire::Organisation> {
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let request = call.message;
        let id = parse_id("organisation_id", &request.organisation_id)?;
        let mut organisation = store::lock(&mut tx, id).await?.ok_or_else(not_found)?;
        expect_version(&request.etag, organisation.version)?;
        if let Some(short_name) = request.short_name {
            organisation.short_name = short_name;
        }
        if let Some(introduction) = request.introduction {
            organisation.introduction = introduction;
        }
        if let Some(website) = request.website {
            rules::website(&website)?;
            organisation.website = website;
        }
        if let Some(accepts) = request.accepts_applications {
            if accepts {
                // An organisation that takes applications can number its members.
                numbers::store::open_range(&mut tx, id, &organisation.code).await?;
            }
            organisation.accepts_applications = accepts;
        }
        if let Some(days) = request.review_days {
            // The contract allows 1 to 60.
            organisation.review_days = i16::try_from(days).map_err(Problem::internal)?;
        }
        organisation.version = store::change(&mut tx, &organisation, call.now).await?;
        tx.audit(&format!("organisation:{id}")).await?;
        tx.commit(organisation.into()).await
    }
}

fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

/// The event that an organisation was established.
pub(crate) fn established(organisation: &Organisation) -> NewEvent {
    let fact = wire::OrganisationEstablished {
        parent_id: organisation
            .parent_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        code: organisation.code.clone(),
        name: organisation.name.clone(),
        kind: organisation.kind.to_wire(),
        division_code: organisation.division_code.clone().unwrap_or_default(),
        subject_class: organisation.subject_class.to_wire(),
        path: organisation.path.clone(),
    };
    NewEvent::of("Organisation", organisation.organisation_id, &fact)
}

impl From<Organisation> for wire::Organisation {
    fn from(organisation: Organisation) -> Self {
        Self {
            organisation_id: organisation.organisation_id.to_string(),
            code: organisation.code,
            name: organisation.name,
            short_name: organisation.short_name,
            kind: organisation.kind.to_wire(),
            parent_id: organisation
                .parent_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            division_code: organisation.division_code.unwrap_or_default(),
            subject_class: organisation.subject_class.to_wire(),
            introduction: organisation.introduction,
            website: organisation.website,
            accepts_applications: organisation.accepts_applications,
            etag: etag(organisation.version),
            review_days: i32::from(organisation.review_days),
            logo: organisation.logo.map(|logo| logos::published(logo.0)),
        }
    }
}
