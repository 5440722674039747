//! The service `Divisions`.

use kit::{db::Db, errors::Problem};
use proto::cast::membership::v1::{
    Division, ListDivisionsRequest, ListDivisionsResponse, divisions_server,
};
use tonic::{Request, Response, Status};

use super::{store, unknown};

/// Administrative divisions, open to everybody.
#[derive(Clone, Debug)]
pub struct Divisions {
    db: Db,
}

impl Divisions {
    /// Reads from this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn list(&self, request: ListDivisionsRequest) -> Result<ListDivisionsResponse, Problem> {
        let parent = Some(request.parent_code.as_str()).filter(|code| !code.is_empty());
        let mut conn = self.db.read().await?;
        let divisions = store::below(&mut conn, parent).await?;
        if let (true, Some(code)) = (divisions.is_empty(), parent)
            && !store::known(&mut conn, code).await?
        {
            return Err(unknown("parent_code"));
        }
        Ok(ListDivisionsResponse {
            divisions: divisions.into_iter().map(Into::into).collect(),
        })
    }
}

impl From<super::Division> for Division {
    fn from(division: super::Division) -> Self {
        Self {
            code: division.code,
            name: division.name,
            level: division.level.to_wire(),
            parent_code: division.parent_code.unwrap_or_default(),
        }
    }
}

#[tonic::async_trait]
impl divisions_server::Divisions for Divisions {
    async fn list_divisions(
        &self,
        request: Request<ListDivisionsRequest>,
    ) -> Result<Response<ListDivisionsResponse>, Status> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }
}
