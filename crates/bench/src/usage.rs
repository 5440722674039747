//! Resource usage of processes, from Linux' `/proc`.

use anyhow::{Context as _, Result};

/// Linux counts processor time in hundredths of a second for user programs on every architecture (USER_HZ).
const TICKS: f64 = 100.0;

/// Seconds of processor time that a process has used, across all threads.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let file = format!("/proc/{pid}/stat");
    let text = std::fs::read_to_string(&file).context(file)?;
    parse_cpu(&text).context("cannot read the processor time")
}

/// Resident memory of a process in MiB.
pub fn resident_mib(pid: u32) -> Result<f64> {
    let file = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&file).context(file)?;
    parse_resident(&text).context("cannot read the resident memory")
}

/// Of a process and its children, in MiB. Shared memory is counted once, as the maximum that one of them has touched:
/// for PostgreSQL, the memory that it takes from the rest of the system.
pub fn family_resident_mib(parent: u32) -> Result<f64> {
    let (mut own, mut shared, mut files) = (0.0, 0.0_f64, 0.0_f64);
    for entry in std::fs::read_dir("/proc").context("/proc")? {
        // A process may end meanwhile.
        let Ok(status) = std::fs::read_to_string(entry?.path().join("status")) else {
            continue;
        };
        let is = |name: &str| field(&status, name).and_then(|id| id.parse().ok()) == Some(parent);
        if is("Pid:") || is("PPid:") {
            own += kib(&status, "RssAnon:").unwrap_or_default();
            shared = shared.max(kib(&status, "RssShmem:").unwrap_or_default());
            files = files.max(kib(&status, "RssFile:").unwrap_or_default());
        }
    }
    Ok((own + shared + files) / 1024.0)
}

fn parse_cpu(stat: &str) -> Option<f64> {
    // The second field is the program's name in brackets, which may contain anything.
    let rest = stat.rsplit_once(')')?.1;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

fn parse_resident(status: &str) -> Option<f64> {
    kib(status, "VmRSS:").map(|kib| kib / 1024.0)
}

fn kib(text: &str, name: &str) -> Option<f64> {
    field(text, name)?.parse().ok()
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_user_and_system_time_whatever_the_program_is_called() {
        let stat = "42 (a) b 1 2) S 1 42 42 0 -1 4194560 9 8 7 6 250 50 0 0 20 0 1 0";
        assert_eq!(parse_cpu(stat), Some(3.0));
        assert_eq!(parse_cpu("42 (short) S 1"), None);
    }

    #[test]
    fn resident_memory_is_read_from_the_status() {
        let status = "Name:\tidentity\nVmPeak:\t  9999 kB\nVmRSS:\t    2048 kB\n";
        assert_eq!(parse_resident(status), Some(2.0));
        assert_eq!(parse_resident("Name:\tkernel\n"), None);
    }

    #[test]
    fn this_process_uses_something() {
        assert!(cpu_seconds(std::process::id()).is_ok());
        assert!(resident_mib(std::process::id()).is_ok_and(|mib| mib > 1.0));
        assert!(family_resident_mib(std::process::id()).is_ok_and(|mib| mib > 1.0));
    }
}
