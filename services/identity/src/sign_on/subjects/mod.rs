//! By what a client knows a person (OpenID Connect Core 1.0 section 8): by their id, or by a subject that all clients of its organisation share
//! and no other organisation knows, so that two organisations cannot find out by it that they know the same person.

pub mod store;

use kit::errors::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{demand::rules::Hint, rpc::SignOn, tokens::HintClaims};
use crate::clients::{store::Row, subject_at};

impl SignOn {
    pub(super) fn subject_of(&self, client: &Row, person_id: Uuid) -> String {
        subject_at(&self.keys, client, person_id)
    }

    /// Whom a client means by a subject; `None`: no person that it knows.
    pub(super) async fn person_of(
        &self,
        conn: &mut PgConnection,
        client: &Row,
        subject: &str,
    ) -> Result<Option<Uuid>> {
        if !client.pairwise_subjects {
            return Ok(Uuid::try_parse(subject).ok());
        }
        Ok(store::person(conn, subject, client.organisation_id).await?)
    }

    /// Remembers whom the subject of a person means, where it does not say so itself.
    pub(super) async fn remember_subject(
        &self,
        conn: &mut PgConnection,
        client: &Row,
        person_id: Uuid,
    ) -> Result<()> {
        if client.pairwise_subjects {
            let subject = self.subject_of(client, person_id);
            store::remember(conn, &subject, client.organisation_id, person_id).await?;
        }
        Ok(())
    }

    /// What `id_token_hint` of a request of this client says.
    pub(super) async fn hint(
        &self,
        conn: &mut PgConnection,
        client: Option<&Row>,
        token: &str,
    ) -> Result<Hint> {
        if token.is_empty() {
            return Ok(Hint::Absent);
        }
        let Some(HintClaims { aud, sub, .. }) = self.read_id_token(token) else {
            return Ok(Hint::Invalid);
        };
        let person = match client.filter(|client| client.client_id.to_string() == aud) {
            Some(client) => self.person_of(conn, client, &sub).await?,
            // Of another client: its audience is refused.
            None => None,
        };
        Ok(Hint::Of {
            audience: aud,
            person: person.unwrap_or(Uuid::nil()),
            subject: sub,
        })
    }
}
