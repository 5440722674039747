//! The method of the audit trail.

use kit::{
    access, audit,
    errors::{Problem, Result},
    paging::Page,
    wire,
};
use proto::{
    cast::identity::v1::{
        AuditRecord, ListAuditRecordsRequest, ListAuditRecordsResponse, audit_server::Audit,
    },
    reasons,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::store;
use crate::Identity;

const READ: &str = "audit.read";
const LIST: &str = "cast.identity.v1.Audit/ListAuditRecords";

#[tonic::async_trait]
impl Audit for Identity {
    async fn list_audit_records(
        &self,
        request: Request<ListAuditRecordsRequest>,
    ) -> Result<Response<ListAuditRecordsResponse>, Status> {
        Ok(self.list_audit_records(request).await?)
    }
}

impl Identity {
    async fn list_audit_records(
        &self,
        request: Request<ListAuditRecordsRequest>,
    ) -> Result<Response<ListAuditRecordsResponse>> {
        let caller = access::caller(&request);
        let input = request.into_inner();
        let mut tx = self.db.begin().await?;
        // The trail is that of the whole platform, so the permission must reach all of it.
        let headquarters = store::headquarters(&mut tx).await?;
        let headquarters = headquarters
            .ok_or_else(|| Problem::of(&reasons::PERMISSION_DENIED).with("permission", READ))?;
        caller.require(&mut tx, READ, headquarters).await?;
        let filter = ["audit", &input.actor, &input.subject];
        let page = Page::<Uuid>::of(input.page_size, &input.page_token, &filter, &self.keys)?;
        let rows = store::list(
            &mut tx,
            &input.actor,
            &input.subject,
            page.after,
            page.limit,
        )
        .await?;
        let (rows, next_page_token) = page.next(rows, |row| row.record_id);
        // Who reads the trail leaves a trace in it.
        let subject = if input.subject.is_empty() {
            "audit:all"
        } else {
            &input.subject
        };
        audit::record(&mut tx, &caller, LIST, subject, "ok", self.clock.now()).await?;
        tx.commit().await?;
        let records = rows.into_iter().map(|row| AuditRecord {
            record_id: row.record_id.to_string(),
            occurred_at: Some(wire::timestamp(row.occurred_at)),
            actor: row.actor,
            action: row.action,
            subject: row.subject,
            outcome: row.outcome,
            origin: row.origin,
        });
        Ok(Response::new(ListAuditRecordsResponse {
            records: records.collect(),
            next_page_token,
        }))
    }
}
