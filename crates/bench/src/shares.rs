//! Who had the processor while a load ran: this process, the load generator, and the processes that it started, from Linux'
//! `/proc`.

use std::{collections::BTreeMap, fs};

/// Processor time by program, and of the whole machine, since they began. In ticks.
#[derive(Debug, Default)]
pub struct Reading {
    programs: BTreeMap<String, u64>,
    /// Neither idle nor waiting for the disk.
    busy: u64,
    /// Idle because something waits for the disk.
    disk: u64,
    all: u64,
}

/// A share of the machine, 0 to 1, of each program with at least one per cent; the largest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shares(Vec<(String, f64)>);

/// A process in `/proc/<pid>/stat`.
struct Process {
    pid: u32,
    parent: u32,
    name: String,
    ticks: u64,
}

impl Reading {
    /// At this moment. What cannot be read counts as nothing.
    pub fn now() -> Self {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let stats = entries.filter_map(|entry| {
            // A process may end meanwhile.
            Process::parse(&fs::read_to_string(entry.path().join("stat")).ok()?)
        });
        let machine = fs::read_to_string("/proc/stat").unwrap_or_default();
        Self::of(&machine, &stats.collect::<Vec<_>>(), std::process::id())
    }

    fn of(machine: &str, processes: &[Process], own: u32) -> Self {
        let mut reading = Self::default();
        // user, nice, system, idle, iowait, irq, softirq, steal; guest time is part of user time.
        let line = machine.lines().next().unwrap_or_default();
        let numbers = line.split_whitespace().skip(1).take(8);
        for (at, ticks) in numbers.flat_map(str::parse::<u64>).enumerate() {
            reading.all += ticks;
            match at {
                3 => {}
                4 => reading.disk += ticks,
                _ => reading.busy += ticks,
            }
        }
        let parents: BTreeMap<u32, u32> = processes.iter().map(|p| (p.pid, p.parent)).collect();
        for process in processes {
            let name = if process.pid == own {
                "load generator"
            } else if descends(process.pid, own, &parents) {
                &process.name
            } else {
                continue;
            };
            *reading.programs.entry(name.to_owned()).or_default() += process.ticks;
        }
        reading
    }
}

fn descends(pid: u32, from: u32, parents: &BTreeMap<u32, u32>) -> bool {
    let ancestors = std::iter::successors(parents.get(&pid), |parent| parents.get(parent));
    // Processes are read one after the other, so that ids may form a circle.
    ancestors.take(64).any(|ancestor| *ancestor == from)
}

impl Process {
    fn parse(stat: &str) -> Option<Self> {
        // The second field is the program's name in brackets, which may contain anything.
        let (pid, rest) = stat.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Self {
            pid: pid.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            name: name.to_owned(),
            ticks: number(11)? + number(12)?,
        })
    }
}

impl Shares {
    /// Between two readings.
    pub fn between(before: &Reading, after: &Reading) -> Self {
        let all = after.all.saturating_sub(before.all);
        if all == 0 {
            return Self::default();
        }
        let share = |after: u64, before: u64| after.saturating_sub(before) as f64 / all as f64;
        let earlier = |name: &str| before.programs.get(name).copied().unwrap_or_default();
        let mut shares: Vec<(String, f64)> = after
            .programs
            .iter()
            .map(|(name, ticks)| (name.clone(), share(*ticks, earlier(name))))
            .collect();
        let ours: f64 = shares.iter().map(|(_, share)| share).sum();
        let others = share(after.busy, before.busy) - ours;
        shares.push(("everything else".to_owned(), others.max(0.0)));
        shares.push((
            "waiting for the disk".to_owned(),
            share(after.disk, before.disk),
        ));
        shares.retain(|(_, share)| *share >= 0.01);
        shares.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        Self(shares)
    }

    /// As text: `events 35 %, postgres 30 %, load generator 12 % of the processor`; empty without shares.
    pub fn in_words(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let shares: Vec<_> = self
            .0
            .iter()
            .map(|(name, share)| format!("{name} {:.0} %", 100.0 * share))
            .collect();
        format!("{} of the processor", shares.join(", "))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn process(pid: u32, parent: u32, name: &str, ticks: u64) -> Process {
        let half = ticks / 2;
        let rest = ticks - half;
        let stat =
            format!("{pid} ({name}) S {parent} 1 1 0 -1 0 9 8 7 6 {half} {rest} 0 0 20 0 1 0");
        Process::parse(&stat).unwrap()
    }

    #[test]
    fn shares_are_those_of_the_load_generator_and_what_it_started() {
        let reading = |scale: u64| {
            let processes = [
                process(10, 1, "cast", 10 * scale),
                process(11, 10, "events", 20 * scale),
                process(12, 10, "postgres", scale),
                process(13, 12, "postgres", 29 * scale),
                process(20, 1, "a (b) c", 15 * scale),
            ];
            let machine = format!(
                "cpu {} 0 {} {} {} 0 0 0 0 0\ncpu0 1",
                50 * scale,
                30 * scale,
                15 * scale,
                5 * scale
            );
            Reading::of(&machine, &processes, 10)
        };
        let shares = Shares::between(&reading(1), &reading(11));
        assert_eq!(
            shares.in_words(),
            "postgres 30 %, events 20 %, everything else 20 %, load generator 10 %, waiting for the disk 5 % of the processor"
        );
    }

    #[test]
    fn nothing_is_said_of_no_time() {
        assert_eq!(
            Shares::between(&Reading::default(), &Reading::default()).in_words(),
            ""
        );
    }

    #[test]
    fn this_process_is_read() {
        assert!(Reading::now().programs.contains_key("load generator"));
    }
}
