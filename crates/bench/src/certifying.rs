//! Certificates of membership, downloaded again and again by four members: through the gateway, with rights, facts opened, the document made
//! and streamed. Baseline: the renderer alone, as many processes as a service has, asked for the same page.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use futures::future::try_join_all;
use journey::visitor::{Visitor, text};
use papers::{Fact, order::Order};
use platform::build;
use renderers::{CHILDREN, Renderer};
use serde_json::json;
use uuid::Uuid;

use super::{figure::Figure, stage::Stage};

/// Two more than the processes, so that none waits for a call.
const CALLERS: u64 = 4;

pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let mut members = Vec::new();
    for person in 0..CALLERS {
        members.push(member(stage, person).await?);
    }
    let program = build::directory(true)?.join("renderer");
    let (mut served, mut alone, mut size) = (Vec::new(), Vec::new(), 0);
    for _ in 0..stage.plan.rounds {
        alone.push(renderer_alone(&program, stage.plan.length).await?);
        let begun = Instant::now();
        let all = members
            .iter()
            .map(|(visitor, path)| downloads(visitor, path, begun + stage.plan.length));
        let all = try_join_all(all).await?;
        let papers: u64 = all.iter().map(|(papers, _)| papers).sum();
        size = all.first().map_or(0, |(_, size)| *size);
        served.push(papers as f64 / begun.elapsed().as_secs_f64());
    }
    let what = "GET …/certificate/content, 4 members";
    Ok(vec![
        Figure::new(what, "papers/s", served)
            .beside("the renderer alone, 2 processes", &alone)
            .seen(format!("{size} bytes each")),
    ])
}

/// A synthetic person, signed in, with a certificate; and the path of its document.
async fn member(stage: &Stage, person: u64) -> Result<(Visitor, String)> {
    let mut visitor = stage.stranger()?;
    visitor
        .sign_in(&synthetic::address(person), synthetic::PASSWORD)
        .await?;
    let mine = visitor.get("/v1/me/memberships").await?;
    let active = mine["memberships"].as_array().into_iter().flatten();
    let active = active.into_iter().find(|one| one["state"] == "ACTIVE");
    let membership = active.context("a synthetic person has no membership in force")?;
    let path = format!(
        "/v1/memberships/{}/certificate",
        text(membership, "membershipId")?
    );
    visitor.post(&path, json!({})).await?;
    Ok((visitor, format!("{path}/content")))
}

/// Downloads until then: how many, and of what size.
async fn downloads(visitor: &Visitor, path: &str, end: Instant) -> Result<(u64, usize)> {
    let (mut papers, mut size) = (0, 0);
    while Instant::now() < end {
        let request = visitor.request(reqwest::Method::GET, path);
        let answer = request.send().await?.error_for_status()?;
        let pdf = answer.bytes().await?;
        ensure!(pdf.starts_with(b"%PDF"), "that is no paper");
        (papers, size) = (papers + 1, pdf.len());
    }
    Ok((papers, size))
}

/// Papers a second of the program, without a platform.
async fn renderer_alone(program: &Path, length: Duration) -> Result<f64> {
    let renderer = Renderer::new(program);
    let same = |text: &str| Fact::same(text);
    let order = Order {
        template: "membership".to_owned(),
        version: 1,
        holder: "王芳".to_owned(),
        issuer: "中国计算机学会".to_owned(),
        number: "B-20-M2026-000001".to_owned(),
        issued_on: (2026, 5, 1),
        link: format!("https://wskx.example.cn/p/m/{}", "A1b2".repeat(52)),
        facts: [
            ("organisation", same("中国计算机学会")),
            ("member_number", same("B200000123M")),
            ("category", same("普通会员")),
            ("joined_on", same("2024年3月5日")),
        ]
        .map(|(key, fact)| (key.to_owned(), fact))
        .into(),
        check_only: false,
    };
    // Each process has read the fonts before the clock runs.
    try_join_all((0..CHILDREN).map(|_| order.made_by(&renderer, Uuid::nil()))).await?;
    let begun = Instant::now();
    let process = async || {
        let mut papers = 0u64;
        while begun.elapsed() < length {
            order.made_by(&renderer, Uuid::nil()).await?;
            papers += 1;
        }
        anyhow::Ok(papers)
    };
    let papers = try_join_all((0..CHILDREN).map(|_| process())).await?;
    let papers: u64 = papers.iter().sum();
    Ok(papers as f64 / begun.elapsed().as_secs_f64())
}
