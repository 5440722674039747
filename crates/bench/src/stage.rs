//! The private platform that is measured, and access to it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use platform::{Options, Platform, Service, workspace};
use tokio::sync::OnceCell;
use tonic::transport::{Channel, Endpoint};

use super::{
    machine::Machine,
    memory::Memory,
    pgbench::Pgbench,
    written::{self, Written},
};
use journey::{demo, visitor::Visitor};
use platform::build;

/// The scale of the measurement.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Number of memberships, persons and registrations in the database.
    pub scale: u64,
    /// Length of a round.
    pub length: Duration,
    /// Rounds of each figure.
    pub rounds: usize,
}

/// A running platform with data at scale.
pub struct Stage {
    pub platform: Platform,
    pub plan: Plan,
    pub pgbench: Pgbench,
    /// What the services wrote when it was filled.
    pub written: Vec<(Service, Written)>,
    /// What pgbench wrote.
    pub pgbench_written: Option<Written>,
    /// The demo accounts of the seeds.
    pub demo: demo::Accounts,
    /// The society's own system, created when a scenario needs it.
    machine: OnceCell<Machine>,
    /// Memory of the services during the scenarios.
    pub memory: Memory,
    home: PathBuf,
}

impl Stage {
    /// Starts a platform of optimised programs with durable writes (fsync), and fills it. Data that an earlier run left
    /// in `home` is removed unless `keep` is set.
    pub async fn set_up(plan: Plan, home: &Path, keep: bool) -> Result<Self> {
        let programs = build::directory(true)?;
        if !keep {
            platform::reset(home)?;
        }
        let platform = Platform::start(Options {
            home: Some(home.to_owned()),
            programs,
            seeds: workspace().join("seeds"),
            postgres_url: None,
            nats_url: None,
            replicas: 1,
            people: None,
            environment: [
                // As in production: errors are logged, calls are not.
                ("CAST_LOG", "warn"),
                // All callers share one address.
                ("CAST_REQUESTS_PER_SECOND", "1000000"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            progress: |step| println!("{step} …"),
        })
        .await?;
        let written = written::fill(&platform, plan.scale).await?;
        println!("preparing pgbench …");
        let rows = usize::try_from(plan.scale)?;
        let server = &platform.addresses().postgres_url;
        let (pgbench, pgbench_written) = Pgbench::prepare(server, rows).await?;
        Ok(Self {
            platform,
            plan,
            pgbench,
            written,
            pgbench_written,
            demo: demo::Accounts::read(&workspace().join("seeds"))?,
            machine: OnceCell::new(),
            memory: Memory::default(),
            home: home.to_owned(),
        })
    }

    /// Stops it and, unless it is to be kept, removes its data.
    pub async fn tear_down(self, keep: bool) -> Result<()> {
        self.platform.stop().await?;
        if !keep {
            platform::reset(&self.home)?;
        }
        Ok(())
    }

    /// A separate connection to a service, for gRPC.
    pub async fn channel(&self, service: Service) -> Result<Channel> {
        let endpoint = Endpoint::from_shared(self.platform.service_url(service).to_owned())?;
        endpoint
            .tcp_nodelay(true)
            .connect()
            .await
            .with_context(|| format!("{service} cannot be reached"))
    }

    /// An anonymous visitor of the gateway.
    pub fn stranger(&self) -> Result<Visitor> {
        Visitor::new(
            self.platform.gateway_url(),
            &self.platform.addresses().mailbox,
        )
    }

    /// The society's own system.
    pub async fn machine(&self) -> Result<&Machine> {
        let register = async || {
            let stranger = self.stranger()?;
            Machine::register(self.platform.gateway_url(), &stranger, &self.demo).await
        };
        self.machine.get_or_try_init(register).await
    }

    /// The process of a service.
    pub fn pid(&self, service: Service) -> Result<u32> {
        self.platform
            .pid(service)
            .with_context(|| format!("{service} does not run"))
    }
}
