//! A few methods of the contract, small enough to see through.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kit::access::{Caller, caller, origin};
use proto::cast::{
    cockpit::v1::{
        GetOverviewRequest, GetProvinceRequest, GetProvinceResponse, ListMetricsRequest,
        ListMetricsResponse, ListPlanIndicatorsRequest, ListPlanIndicatorsResponse, Overview,
        QueryMetricRequest, QueryMetricResponse, WatchOverviewRequest, cockpit_server::Cockpit,
    },
    eventlog::v1::{
        GetHeadRequest, GetHeadResponse, ListQuarantinedRequest, ListQuarantinedResponse,
        ReadRequest, ReadResponse, ReplayQuarantinedRequest, ReplayQuarantinedResponse,
        event_log_server::EventLog,
    },
    identity::v1::{
        CreateGrantRequest, DeleteGrantRequest, Grant, ListGrantsRequest, ListGrantsResponse,
        ListMyGrantsRequest, ListMyGrantsResponse, ListRolesRequest, ListRolesResponse, Role,
        grants_server::Grants,
    },
    membership::v1::{ListDivisionsRequest, ListDivisionsResponse, divisions_server::Divisions},
};
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

/// Methods of the contract that answer who called.
#[derive(Clone, Default)]
pub struct Rooms {
    /// How many calls reached a method.
    pub reached: Arc<AtomicUsize>,
}

fn told<T>(request: &Request<T>) -> String {
    let origin = origin(request);
    let address = origin.address.map(|a| a.to_string()).unwrap_or_default();
    format!(
        "{} from {address} with {}",
        caller(request).actor(),
        origin.user_agent.unwrap_or_default()
    )
}

#[tonic::async_trait]
impl Grants for Rooms {
    async fn list_roles(
        &self,
        request: Request<ListRolesRequest>,
    ) -> Result<Response<ListRolesResponse>, Status> {
        self.reached.fetch_add(1, Ordering::SeqCst);
        let role = Role {
            role: told(&request),
            title_en: origin(&request).trace_id,
            ..Default::default()
        };
        Ok(Response::new(ListRolesResponse { roles: vec![role] }))
    }

    async fn list_my_grants(
        &self,
        _: Request<ListMyGrantsRequest>,
    ) -> Result<Response<ListMyGrantsResponse>, Status> {
        panic!("a bug in a method");
    }

    async fn list_grants(
        &self,
        request: Request<ListGrantsRequest>,
    ) -> Result<Response<ListGrantsResponse>, Status> {
        self.reached.fetch_add(1, Ordering::SeqCst);
        let grants = match caller(&request) {
            Caller::Person(person) => person.grants,
            _ => Vec::new(),
        };
        let grants = grants
            .into_iter()
            .map(|held| Grant {
                role: held.role,
                ..Default::default()
            })
            .collect();
        Ok(Response::new(ListGrantsResponse {
            grants,
            next_page_token: String::new(),
        }))
    }

    /// Acts on the person whose number the request has.
    async fn create_grant(
        &self,
        _: Request<CreateGrantRequest>,
    ) -> Result<Response<Grant>, Status> {
        self.reached.fetch_add(1, Ordering::SeqCst);
        Ok(Response::new(Grant::default()))
    }

    /// Acts on the person with the id of the grant, and asks so unless that is nil.
    async fn delete_grant(
        &self,
        request: Request<DeleteGrantRequest>,
    ) -> Result<Response<()>, Status> {
        self.reached.fetch_add(1, Ordering::SeqCst);
        let about = uuid::Uuid::try_parse(&request.get_ref().grant_id).unwrap_or_default();
        if !about.is_nil() {
            caller(&request).not_about(about)?;
        }
        Ok(Response::new(()))
    }
}

#[tonic::async_trait]
impl Divisions for Rooms {
    /// Public. Takes as many tenths of a second as the first three digits of the code say.
    async fn list_divisions(
        &self,
        request: Request<ListDivisionsRequest>,
    ) -> Result<Response<ListDivisionsResponse>, Status> {
        self.reached.fetch_add(1, Ordering::SeqCst);
        let code = request.into_inner().parent_code;
        let tenths: u64 = code
            .get(..3)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(100 * tenths)).await;
        Ok(Response::new(ListDivisionsResponse::default()))
    }
}

#[tonic::async_trait]
impl EventLog for Rooms {
    async fn read(&self, _: Request<ReadRequest>) -> Result<Response<ReadResponse>, Status> {
        Ok(Response::new(ReadResponse::default()))
    }

    async fn get_head(
        &self,
        _: Request<GetHeadRequest>,
    ) -> Result<Response<GetHeadResponse>, Status> {
        self.reached.fetch_add(1, Ordering::SeqCst);
        Ok(Response::new(GetHeadResponse { head: 7 }))
    }

    async fn list_quarantined(
        &self,
        _: Request<ListQuarantinedRequest>,
    ) -> Result<Response<ListQuarantinedResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn replay_quarantined(
        &self,
        _: Request<ReplayQuarantinedRequest>,
    ) -> Result<Response<ReplayQuarantinedResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

#[tonic::async_trait]
impl Cockpit for Rooms {
    type WatchOverviewStream = Pin<Box<dyn Stream<Item = Result<Overview, Status>> + Send>>;

    /// Three overviews, 100 ms apart, and then nothing until the caller goes.
    async fn watch_overview(
        &self,
        _: Request<WatchOverviewRequest>,
    ) -> Result<Response<Self::WatchOverviewStream>, Status> {
        self.reached.fetch_add(1, Ordering::SeqCst);
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
        Ok(Response::new(Box::pin(
            tokio_stream::wrappers::ReceiverStream::new(receive),
        )))
    }

    async fn list_metrics(
        &self,
        _: Request<ListMetricsRequest>,
    ) -> Result<Response<ListMetricsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn query_metric(
        &self,
        _: Request<QueryMetricRequest>,
    ) -> Result<Response<QueryMetricResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_overview(
        &self,
        _: Request<GetOverviewRequest>,
    ) -> Result<Response<Overview>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_province(
        &self,
        _: Request<GetProvinceRequest>,
    ) -> Result<Response<GetProvinceResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_plan_indicators(
        &self,
        _: Request<ListPlanIndicatorsRequest>,
    ) -> Result<Response<ListPlanIndicatorsResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}
