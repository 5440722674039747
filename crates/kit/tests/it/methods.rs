//! A few methods of the contract, small enough to see through.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kit::{
    Call,
    access::Caller,
    call::Answers,
    db::Db,
    errors::{Problem, Result},
};
use proto_cockpit::v1::{
    GetOverviewRequest, GetProvinceRequest, GetProvinceResponse, ListMetricsRequest,
    ListMetricsResponse, ListPlanIndicatorsRequest, ListPlanIndicatorsResponse, Overview,
    QueryMetricRequest, QueryMetricResponse, QuerySlicesRequest, QuerySlicesResponse,
    WatchOverviewRequest,
};
use proto_eventlog::v1::{
    GetHeadRequest, GetHeadResponse, ListQuarantinedRequest, ListQuarantinedResponse, ReadRequest,
    ReadResponse, ReplayQuarantinedRequest, ReplayQuarantinedResponse,
};
use proto_identity::v1::{
    CreateGrantRequest, DeleteGrantRequest, Grant, ListGrantsRequest, ListGrantsResponse,
    ListMyGrantsRequest, ListMyGrantsResponse, ListRolesRequest, ListRolesResponse,
    RevokeGrantsOfPersonRequest, RevokeGrantsOfPersonResponse, Role, UpdateGrantRequest,
};
use proto_membership::v1::{ListDivisionsRequest, ListDivisionsResponse};
use proto_platform::reasons;
use uuid::Uuid;

/// The traits of the contract.
pub mod contract {
    #![allow(dead_code)]
    proto_identity::methods!();
    proto_membership::methods!();
    proto_cockpit::methods!();
    proto_eventlog::methods!();
}

/// The id of a grant that is taken back without asking for the caller's right.
pub const UNASKED: Uuid = Uuid::max();
/// The id of a grant that is not shown to those who may not take it back.
pub const HIDDEN: Uuid = Uuid::from_u128(1);

/// Methods of the contract that answer who called.
#[derive(Clone)]
pub struct Methods {
    /// How many calls reached a method.
    pub reached: Arc<AtomicUsize>,
    /// How often the work of [`contract::Grants::create_grant`] was begun.
    pub worked: Arc<AtomicUsize>,
    /// With a table `work`, see [`crate::once`].
    pub db: Db,
    /// The organisation of every record.
    pub organisation_id: Uuid,
}

impl Methods {
    pub fn new(db: Db, organisation_id: Uuid) -> Self {
        Self {
            reached: Arc::default(),
            worked: Arc::default(),
            db,
            organisation_id,
        }
    }

    fn reached(&self) {
        self.reached.fetch_add(1, Ordering::SeqCst);
    }
}

fn not_here<T>() -> Result<T> {
    Err(Problem::of(&reasons::NOT_FOUND))
}

impl contract::Grants for Methods {
    async fn list_roles(&self, call: Call<ListRolesRequest>) -> Result<ListRolesResponse> {
        self.reached();
        let origin = call.origin();
        let address = origin.address.map(|a| a.to_string()).unwrap_or_default();
        let agent = origin.user_agent.clone().unwrap_or_default();
        let role = Role {
            role: format!("{} from {address} with {agent}", call.caller.actor()),
            title_en: origin.trace_id.clone(),
            ..Default::default()
        };
        Ok(ListRolesResponse { roles: vec![role] })
    }

    async fn list_my_grants(&self, _: Call<ListMyGrantsRequest>) -> Result<ListMyGrantsResponse> {
        panic!("a bug in a method");
    }

    /// On the organisation of the request. Three to a page, numbered.
    async fn list_grants(&self, call: Call<ListGrantsRequest>) -> Result<ListGrantsResponse> {
        self.reached();
        let held = call.held()?;
        let page = call.page::<usize>()?;
        let grants = match &call.caller {
            Caller::Person(person) => person.grants.as_slice(),
            _ => &[],
        };
        let from = page.after.map_or(0, |last| last + 1);
        let rows = (from..grants.len()).map(|at| (at, &grants[at])).collect();
        let (rows, next_page_token) = page.next(rows, |(at, _)| *at);
        let grants = rows.into_iter().map(|(_, grant)| Grant {
            role: grant.role.clone(),
            organisation_name: format!("{held:?}"),
            ..Default::default()
        });
        Ok(ListGrantsResponse {
            grants: grants.collect(),
            next_page_token,
        })
    }

    /// On the organisation of the request, about the person whose number it has. Leaves a row in `work`.
    async fn create_grant(&self, call: Call<CreateGrantRequest>) -> Result<Grant> {
        self.reached();
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let nth = self.worked.fetch_add(1, Ordering::SeqCst);
        sqlx::query("insert into work default values")
            .execute(&mut **tx)
            .await?;
        // The method is at work for a while, so that others come meanwhile.
        tokio::time::sleep(Duration::from_millis(50)).await;
        tx.audit(&format!("organisation:{}", call.message.organisation_id))
            .await?;
        if call.message.role == "society.analyst" && nth == 0 {
            return not_here();
        }
        tx.commit(Grant {
            grant_id: format!("grant {nth}"),
            role: call.message.role,
            ..Default::default()
        })
        .await
    }

    async fn update_grant(&self, _: Call<UpdateGrantRequest>) -> Result<Grant> {
        not_here()
    }

    async fn revoke_grants_of_person(
        &self,
        _: Call<RevokeGrantsOfPersonRequest>,
    ) -> Result<RevokeGrantsOfPersonResponse> {
        not_here()
    }

    /// On the one organisation, about the person with the id of the grant: asks whether it is the caller's unless that is nil, and for the
    /// right unless it is [`UNASKED`]. Of [`HIDDEN`] only those who may take it back learn that it exists.
    async fn delete_grant(&self, call: Call<DeleteGrantRequest>) -> Result<()> {
        self.reached();
        let about = Uuid::try_parse(&call.message.grant_id).unwrap_or_default();
        let mut tx = call.begin(&self.db).await?;
        if about == HIDDEN {
            let held = tx.held_on(self.organisation_id).await?;
            held.map_or_else(not_here, |_| Ok(()))?;
        } else if about != UNASKED {
            tx.require(self.organisation_id).await?;
        }
        if !about.is_nil() {
            call.caller.not_about(about)?;
        }
        sqlx::query("insert into work default values")
            .execute(&mut **tx)
            .await?;
        tx.commit(()).await
    }
}

impl contract::Divisions for Methods {
    /// Public. Takes as many tenths of a second as the first three digits of the code say.
    async fn list_divisions(
        &self,
        call: Call<ListDivisionsRequest>,
    ) -> Result<ListDivisionsResponse> {
        self.reached();
        let digits = call.message.parent_code.get(..3);
        let tenths: u64 = digits
            .and_then(|digits| digits.parse().ok())
            .unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(100 * tenths)).await;
        Ok(ListDivisionsResponse::default())
    }
}

impl contract::EventLog for Methods {
    async fn read(&self, _: Call<ReadRequest>) -> Result<ReadResponse> {
        Ok(ReadResponse::default())
    }

    async fn get_head(&self, _: Call<GetHeadRequest>) -> Result<GetHeadResponse> {
        self.reached();
        Ok(GetHeadResponse { head: 7 })
    }

    async fn list_quarantined(
        &self,
        _: Call<ListQuarantinedRequest>,
    ) -> Result<ListQuarantinedResponse> {
        not_here()
    }

    /// Leaves a record of the visitor for whom the service speaks.
    async fn replay_quarantined(
        &self,
        call: Call<ReplayQuarantinedRequest>,
    ) -> Result<ReplayQuarantinedResponse> {
        let mut tx = call.begin(&self.db).await?;
        let visitor = Caller::Anonymous(call.origin().clone());
        tx.audit_for(&visitor, "quarantine:all", "ok").await?;
        tx.commit(ReplayQuarantinedResponse::default()).await
    }
}

impl contract::Cockpit for Methods {
    /// Three overviews, 100 ms apart, and then nothing until the caller goes.
    async fn watch_overview(&self, call: Call<WatchOverviewRequest>) -> Result<Answers<Overview>> {
        self.reached();
        call.reach(&mut *self.db.read().await?).await?;
        let (send, receive) = tokio::sync::mpsc::channel(1);
        tokio::spawn(async move {
            for _ in 0..3 {
                if send.send(Ok(Overview::default())).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            send.closed().await;
        });
        Ok(Box::pin(tokio_stream::wrappers::ReceiverStream::new(
            receive,
        )))
    }

    /// Sends along what came along; without that it refuses, and the refusal is kept.
    async fn list_metrics(&self, call: Call<ListMetricsRequest>) -> Result<ListMetricsResponse> {
        let cookie = call.metadata("x-cast-device").unwrap_or_default();
        call.attach("x-cast-session", cookie)?;
        let outcome = match cookie {
            "" => not_here(),
            "wrong" => Err(Problem::invalid("cookie", "Wrong; send another.")),
            _ => Ok(ListMetricsResponse::default()),
        };
        call.audit_refusal(&self.db, "metric:all", outcome).await
    }

    /// Answers without asking how far the permission reaches.
    async fn query_metric(&self, _: Call<QueryMetricRequest>) -> Result<QueryMetricResponse> {
        Ok(QueryMetricResponse::default())
    }

    async fn query_slices(&self, _: Call<QuerySlicesRequest>) -> Result<QuerySlicesResponse> {
        not_here()
    }

    async fn get_overview(&self, _: Call<GetOverviewRequest>) -> Result<Overview> {
        not_here()
    }

    async fn get_province(&self, _: Call<GetProvinceRequest>) -> Result<GetProvinceResponse> {
        not_here()
    }

    async fn list_plan_indicators(
        &self,
        _: Call<ListPlanIndicatorsRequest>,
    ) -> Result<ListPlanIndicatorsResponse> {
        not_here()
    }
}
