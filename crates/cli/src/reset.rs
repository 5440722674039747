//! `cast reset`.

use anyhow::{Result, bail};
use platform::Addresses;

use platform::here::home;

/// Removes the data of the platform; installed tools are kept.
pub fn run() -> Result<()> {
    if Addresses::of_running(&home())?.is_some() {
        bail!("the platform is running; stop it first (Ctrl-C where it runs)");
    }
    platform::reset(&home())?;
    println!("The data is gone; the next `./cast up` starts with the seeds.");
    Ok(())
}
