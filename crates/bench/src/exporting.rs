//! The members of a society as a file: read in one snapshot, names opened, written, sealed, stored. From the request to the
//! moment the file can be downloaded, and the download. Baseline: PostgreSQL copies the same columns of the same rows to its
//! client, names left sealed.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use journey::visitor::{Visitor, text};
use platform::Service;
use serde_json::{Value, json};

use super::{
    database,
    figure::Figure,
    society::{SOCIETY, society},
    stage::Stage,
};

/// How often a caller asks whether the file is ready.
const POLL: Duration = Duration::from_millis(20);
/// After which it is not.
const READY_TIMEOUT: Duration = Duration::from_secs(300);

pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let organisation_id = society()?;
    let url = stage.platform.database_url(Service::Membership);
    let url = url.context("membership has a database")?;
    let stranger = stage.stranger()?;
    let role = "society.member_desk";
    let mut desk = stage.demo.staff(&stranger, role, SOCIETY).await?;
    let (mut copied, mut sheets, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = String::new();
    for _ in 0..stage.plan.rounds {
        let (rows, took) = database::copy_members(url, &organisation_id).await?;
        copied.push(rows as f64 / took.as_secs_f64());
        for (format, rounds) in [("XLSX", &mut sheets), ("CSV", &mut texts)] {
            let begun = Instant::now();
            let export = export(&mut desk, &organisation_id, format).await?;
            rounds.push(rows as f64 / begun.elapsed().as_secs_f64());
            let done = text(&export, "rowsDone")?;
            ensure!(done == rows.to_string(), "{done} rows instead of {rows}");
            let bytes = download(&mut desk, text(&export, "exportId")?).await?;
            seen = format!("{rows} rows, {bytes} bytes as {format}");
        }
    }
    let baseline = "COPY … TO STDOUT";
    Ok(vec![
        Figure::new("Members as XLSX", "rows/s", sheets).beside(baseline, &copied),
        Figure::new("Members as CSV", "rows/s", texts)
            .beside(baseline, &copied)
            .seen(seen),
    ])
}

async fn export(desk: &mut Visitor, organisation_id: &str, format: &str) -> Result<Value> {
    let path = format!("/v1/organisations/{organisation_id}/memberExports");
    let wanted = json!({"format": format, "purpose": "STATISTICS", "purposeText": "measurement"});
    let asked = desk.post(&path, wanted).await?;
    let path = format!("/v1/memberExports/{}", text(&asked, "exportId")?);
    let begun = Instant::now();
    while begun.elapsed() < READY_TIMEOUT {
        let export = desk.get(&path).await?;
        match text(&export, "state")? {
            "READY" => return Ok(export),
            "WAITING" | "RUNNING" => tokio::time::sleep(POLL).await,
            other => bail!("the export is {other}"),
        }
    }
    bail!("the export is not ready after {READY_TIMEOUT:?}")
}

async fn download(desk: &mut Visitor, export_id: &str) -> Result<usize> {
    let path = format!("/v1/memberExports/{export_id}/content");
    let request = desk.request(reqwest::Method::GET, &path);
    let answer = request.send().await?.error_for_status()?;
    Ok(answer.bytes().await?.len())
}
