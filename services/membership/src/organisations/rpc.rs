//! The service `Organisations`.

use eventlog::NewEvent;
use kit::{
    access::{Caller, caller},
    audit,
    clock::Clock,
    crypto::Keys,
    db::{Begin, Db, Tx},
    errors::Problem,
    paging::Page,
    wire::{etag, expect_version, parse_id, parse_optional_id},
};
use proto::{
    cast::membership::v1::{self as wire, organisations_server},
    reasons,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    Kind, Organisation, SubjectClass, rules,
    store::{
        self,
        list::{self, Cursor, Filter},
    },
};
use crate::{divisions, numbers};

const MANAGE: &str = "organisations.manage";

/// Organisations, open to everybody to read.
#[derive(Clone, Debug)]
pub struct Organisations {
    db: Db,
    keys: Keys,
    clock: Clock,
}

impl Organisations {
    /// Over this database; `keys` seal page tokens and remembered answers.
    pub fn new(db: Db, keys: Keys, clock: Clock) -> Self {
        Self { db, keys, clock }
    }

    async fn list(
        &self,
        request: wire::ListOrganisationsRequest,
    ) -> Result<wire::ListOrganisationsResponse, Problem> {
        let parent_id = parse_optional_id("parent_id", &request.parent_id)?;
        let division = Some(request.division_code.as_str()).filter(|code| !code.is_empty());
        let filter = Filter {
            kind: Kind::from_wire(request.kind),
            subject_class: SubjectClass::from_wire(request.subject_class)
                .filter(|c| *c != SubjectClass::Unspecified),
            parent_id,
            divisions: division.map(divisions::rules::at_or_below),
        };
        let (kind, class) = (request.kind.to_string(), request.subject_class.to_string());
        let fingerprint = [
            "organisations",
            &request.query,
            &kind,
            &class,
            &request.parent_id,
            &request.division_code,
        ];
        let page = Page::<Cursor>::of(
            request.page_size,
            &request.page_token,
            &fingerprint,
            &self.keys,
        )?;
        let mut tx = self.db.begin().await?;
        if let Some(code) = division
            && !divisions::store::known(&mut tx, code).await?
        {
            return Err(divisions::unknown("division_code"));
        }
        let found = list::page(
            &mut tx,
            &request.query,
            &filter,
            page.after.clone(),
            page.limit,
        )
        .await?;
        let (found, next_page_token) = page.next(found, |last| last.cursor.clone());
        Ok(wire::ListOrganisationsResponse {
            organisations: found
                .into_iter()
                .map(|found| found.organisation.into())
                .collect(),
            next_page_token,
        })
    }

    async fn get(
        &self,
        request: wire::GetOrganisationRequest,
    ) -> Result<wire::Organisation, Problem> {
        let id = parse_id("organisation_id", &request.organisation_id)?;
        let organisation = store::get(&mut *self.db.read().await?, id).await?;
        Ok(organisation
            .ok_or_else(|| Problem::of(&reasons::NOT_FOUND))?
            .into())
    }

    async fn create(
        &self,
        caller: &Caller,
        request: wire::CreateOrganisationRequest,
    ) -> Result<wire::Organisation, Problem> {
        let parent_id = parse_id("parent_id", &request.parent_id)?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        caller.require(&mut tx, MANAGE, parent_id).await?;
        let mut tx = match tx
            .once(caller, &self.keys, &request.request_id, &request)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        let kind = Kind::from_wire(request.kind).ok_or_else(|| {
            Problem::invalid("kind", ("Missing; choose a kind.", "请选择组织类型。"))
        })?;
        let class =
            SubjectClass::from_wire(request.subject_class).unwrap_or(SubjectClass::Unspecified);
        let division_code = Some(request.division_code).filter(|code| !code.is_empty());
        if let Some(code) = &division_code
            && !divisions::store::in_use(&mut tx, code).await?
        {
            return Err(divisions::unknown("division_code"));
        }
        let (parent_kind, parent_path) = store::hold(&mut tx, parent_id)
            .await?
            .ok_or_else(|| Problem::of(&reasons::NOT_FOUND))?;
        rules::place(kind, class, parent_kind, &parent_path)?;
        let organisation_id = Uuid::now_v7();
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
            version: 1,
        };
        store::establish_one(&mut tx, &organisation, now).await??;
        audit::record(
            &mut tx,
            caller,
            "cast.membership.v1.Organisations/CreateOrganisation",
            &subject(organisation_id),
            "ok",
            now,
        )
        .await?;
        tx.publish(&established(&organisation), now).await?;
        let answer = organisation.into();
        tx.commit(&answer).await?;
        Ok(answer)
    }

    async fn update(
        &self,
        caller: &Caller,
        request: wire::UpdateOrganisationRequest,
    ) -> Result<wire::Organisation, Problem> {
        let id = parse_id("organisation_id", &request.organisation_id)?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        caller.require(&mut tx, MANAGE, id).await?;
        let mut tx = match tx
            .once(caller, &self.keys, &request.request_id, &request)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        let mut organisation = store::lock(&mut tx, id)
            .await?
            .ok_or_else(|| Problem::of(&reasons::NOT_FOUND))?;
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
            self.accept(&mut tx, &mut organisation, accepts).await?;
        }
        organisation.version = store::change(&mut tx, &organisation, now).await?;
        audit::record(
            &mut tx,
            caller,
            "cast.membership.v1.Organisations/UpdateOrganisation",
            &subject(id),
            "ok",
            now,
        )
        .await?;
        let answer = organisation.into();
        tx.commit(&answer).await?;
        Ok(answer)
    }

    /// Whoever takes applications can number the members.
    async fn accept(
        &self,
        tx: &mut Tx,
        organisation: &mut Organisation,
        accepts: bool,
    ) -> Result<(), Problem> {
        if accepts {
            numbers::store::open_range(tx, organisation.organisation_id, &organisation.code)
                .await?;
        }
        organisation.accepts_applications = accepts;
        Ok(())
    }
}

fn subject(id: Uuid) -> String {
    format!("organisation:{id}")
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
        }
    }
}

#[tonic::async_trait]
impl organisations_server::Organisations for Organisations {
    async fn list_organisations(
        &self,
        request: Request<wire::ListOrganisationsRequest>,
    ) -> Result<Response<wire::ListOrganisationsResponse>, Status> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }

    async fn get_organisation(
        &self,
        request: Request<wire::GetOrganisationRequest>,
    ) -> Result<Response<wire::Organisation>, Status> {
        Ok(Response::new(self.get(request.into_inner()).await?))
    }

    async fn create_organisation(
        &self,
        request: Request<wire::CreateOrganisationRequest>,
    ) -> Result<Response<wire::Organisation>, Status> {
        let caller = caller(&request);
        Ok(Response::new(
            self.create(&caller, request.into_inner()).await?,
        ))
    }

    async fn update_organisation(
        &self,
        request: Request<wire::UpdateOrganisationRequest>,
    ) -> Result<Response<wire::Organisation>, Status> {
        let caller = caller(&request);
        Ok(Response::new(
            self.update(&caller, request.into_inner()).await?,
        ))
    }
}
