//! `cast openapi`.

use anyhow::{Context as _, Result, bail};
use platform::{Addresses, http};

use platform::{build, here::home, print};

/// Prints the document of the running gateway, or, if none runs, of the source tree.
pub async fn run() -> Result<()> {
    let document = match Addresses::of_running(&home())? {
        Some(addresses) => fetch(&addresses.gateway_url).await?,
        None => of_the_code()?,
    };
    print(&format!("{}\n", document.trim_end()))
}

/// The document of the source tree's gateway.
pub fn of_the_code() -> Result<String> {
    let program = build::services(false)?.join("gateway");
    let output = std::process::Command::new(&program)
        .arg("openapi")
        .output()
        .context("cannot run the gateway")?;
    if !output.status.success() {
        bail!(
            "`gateway openapi` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    String::from_utf8(output.stdout).context("the document is not UTF-8")
}

/// The document of the gateway at `url`.
pub async fn fetch(url: &str) -> Result<String> {
    let url = format!("{url}/openapi.json");
    let (status, body) = http::get(&url).await?;
    if !status.is_success() {
        bail!("{url} answers {status}");
    }
    String::from_utf8(body.to_vec()).context("the document is not UTF-8")
}
