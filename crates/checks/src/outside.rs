//! End-to-end stages.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use futures::StreamExt as _;
use platform::workspace;

use super::{context::Context, form_vectors, seeds, suites, tools};
use journey::demo::Accounts;
use journey::visitor::Visitor;
use platform::{build, here, portal, print};

use crate::openapi;

pub async fn tests(_context: &mut Context) -> Result<String> {
    build::services(false)?;
    suites::run(&["--test", "platform"], &[])
}

pub fn portal() -> Result<String> {
    let folder = here::home();
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    renew_form_vectors(&folder)?;
    let generated = folder.join("form-vectors.jsonl");
    form_vectors::write(&generated, FORM_SEED, 20_000, 5)?;
    portal::check(
        &openapi::of_the_code()?,
        &[("CAST_FORM_VECTORS", generated.as_os_str())],
    )?;
    Ok(String::new())
}

/// What the forms and answers are made from. A change of it looks at others.
const FORM_SEED: u64 = 20_261_129;

/// Some forms and answers lie beside the portal's evaluator, so that its tests need no Rust. They are renewed where the evaluator of the
/// platform says something else now.
fn renew_form_vectors(folder: &Path) -> Result<()> {
    let kept = workspace().join("portal/src/features/forms/vectors.jsonl");
    let fresh = folder.join("form-vectors-kept.jsonl");
    form_vectors::write(&fresh, 1, 40, 5)?;
    let fresh = std::fs::read(&fresh)?;
    if std::fs::read(&kept).ok().as_deref() == Some(fresh.as_slice()) {
        return Ok(());
    }
    std::fs::write(&kept, fresh).with_context(|| kept.display().to_string())?;
    bail!(
        "forms are evaluated differently: {} was renewed; look at the difference and start again",
        kept.display()
    )
}

/// The user interface in a real browser. Screenshots of every page are kept for review.
pub async fn browser(context: &mut Context) -> Result<String> {
    let chromium = tools::chromium()?;
    tools::readers_of_papers()?;
    // The gateway shows what was built last, which may be older than the sources.
    portal::build()?;
    let platform = context.platform().await?;
    let pictures = here::home().join("pictures");
    portal::browse(&[
        ("CAST_PUBLIC_URL", platform.gateway_url().as_ref()),
        ("CAST_MAILBOX", platform.addresses().mailbox.as_os_str()),
        ("CAST_CHROMIUM", chromium.as_os_str()),
        ("CAST_PICTURES", pictures.as_os_str()),
    ])?;
    Ok(format!("pictures in {}", pictures.display()))
}

/// The fuzzer's callers: an anonymous one, and people whose roles permit most of the API.
const FUZZERS: [Option<(&str, &str)>; 4] = [
    None,
    Some(("organisation.administrator", "B-20")),
    Some(("headquarters.leader", "CAST")),
    Some(("platform.security", "CAST")),
];

/// The organisation whose id signed-in fuzzers use, to get past "not found": 中国计算机学会.
const ORGANISATION: &str = "B-20";

/// No response may be a 5xx, and none may differ from the document.
pub async fn fuzz(context: &mut Context) -> Result<String> {
    let (examples, seconds) = (
        context.arguments().fuzz_examples,
        context.arguments().fuzz_seconds,
    );
    let platform = context.platform().await?;
    let schemathesis = tools::schemathesis()?;
    let accounts = Accounts::read(&workspace().join("seeds"))?;
    let stranger = Visitor::new(platform.gateway_url(), &platform.addresses().mailbox)?;
    let seconds = (seconds / FUZZERS.len() as u32).max(1);
    let own = workspace().join("crates/checks/schemathesis.toml");
    let signed_in = here::home().join("schemathesis.toml");
    std::fs::write(&signed_in, signed_in_config(&own)?).context("cannot write in .cast")?;

    let mut runs = Vec::new();
    for fuzzer in FUZZERS {
        let mut command = Command::new(&schemathesis);
        let (name, config) = match fuzzer {
            None => ("a visitor", &own),
            Some((role, organisation)) => {
                let staff = accounts.staff(&stranger, role, organisation).await?;
                let cookie = staff.cookie().context("a session comes with a cookie")?;
                command.env(SESSION, cookie);
                (role, &signed_in)
            }
        };
        command
            .arg("--config-file")
            .arg(config)
            .arg("run")
            .arg(format!("{}/openapi.json", platform.gateway_url()))
            .args(["--header", &format!("Origin:{}", platform.gateway_url())])
            .args(["--max-examples", &examples.to_string()])
            .args(["--max-time", &seconds.to_string()])
            .current_dir(here::home());
        if fuzzer.is_some() {
            // Excludes signing itself out, and endless streams.
            command.args(["--exclude-operation-id", "Sessions_DeleteSession"]);
            command.args(["--exclude-operation-id", "Cockpit_WatchOverview"]);
            command.args(["--exclude-operation-id", "Notices_WatchUnreadNotices"]);
        }
        runs.push((name, command));
    }
    let failed = side_by_side(runs).await?;
    if !failed.is_empty() {
        bail!(
            "an answer is not as described, asked as {}",
            failed.join(", ")
        );
    }
    Ok(format!("{} roles, {seconds} s each", FUZZERS.len()))
}

/// Runs commands, two at a time: each waits for the platform as long as it works itself. Prints what they say when they
/// have ended, and returns the names of those that failed.
async fn side_by_side(runs: Vec<(&'static str, Command)>) -> Result<Vec<&'static str>> {
    let outputs = runs.into_iter().map(|(name, command)| async move {
        let output = tokio::process::Command::from(command).output().await;
        (name, output.context("the fuzzer cannot be run"))
    });
    let mut outputs = futures::stream::iter(outputs).buffered(2);
    let mut failed = Vec::new();
    while let Some((name, output)) = outputs.next().await {
        let output = output?;
        println!("── as {name}");
        print(&String::from_utf8_lossy(&output.stdout))?;
        print(&String::from_utf8_lossy(&output.stderr))?;
        if !output.status.success() {
            failed.push(name);
        }
    }
    Ok(failed)
}

/// The variable with the session of a signed-in fuzzer.
const SESSION: &str = "CAST_FUZZ_SESSION";

/// The configuration with a session and an organisation.
fn signed_in_config(own: &Path) -> Result<String> {
    let own = std::fs::read_to_string(own).context("cannot read the fuzzer's configuration")?;
    let organisation = seeds::organisation(ORGANISATION)?;
    Ok(format!(
        "{own}
[auth.openapi.session]
api_key = \"${{{SESSION}}}\"

[parameters]
organisationId = \"{}\"
",
        organisation
    ))
}
