//! What the kernel says of a process. On a shared machine the CPU that a server spends per request repeats far
//! better than its requests a second.

use std::fs;
use std::io;

/// Seconds of CPU that a process has used, in user and kernel mode, all threads.
pub(crate) fn cpu_seconds(pid: u32) -> io::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap_or(0)..].split(' ').collect();
    let ticks: f64 = [12, 13].iter().filter_map(|&i| fields.get(i)?.parse::<f64>().ok()).sum();
    let ticks = ticks / rustix::param::clock_ticks_per_second() as f64;
    // The scheduler counts nanoseconds, a thread at a time; threads that ended are only in the ticks.
    let mut nanoseconds = 0.0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let counted = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
        nanoseconds += counted.split(' ').next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0);
    }
    Ok(ticks.max(nanoseconds / 1e9))
}

/// Resident memory of a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// All of it, in MiB.
    pub(crate) resident: f64,
    /// Of that what no file backs, in MiB.
    pub(crate) anonymous: f64,
}

/// Resident memory of a process.
pub(crate) fn memory(pid: u32) -> io::Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let mib = |key: &str| -> f64 {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    };
    Ok(Memory { resident: mib("VmRSS:"), anonymous: mib("RssAnon:") })
}

/// The processor, how many there are, and the kernel, in one line.
pub(crate) fn machine() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches(['\t', ' ', ':']);
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = rustix::system::uname();
    let kernel = kernel.release().to_string_lossy();
    format!("{count} × {}, Linux {kernel}", if model.is_empty() { "unknown processor" } else { model })
}

/// How many tasks wanted to run, on average over the last minute.
pub(crate) fn load() -> f64 {
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    averages.split(' ').next().and_then(|one| one.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let pid = std::process::id();
        let before = cpu_seconds(pid).unwrap();
        let mut x = 1u64;
        for n in 0..20_000_000u64 {
            x = std::hint::black_box(x.wrapping_mul(31).wrapping_add(n));
        }
        assert!(cpu_seconds(pid).unwrap() > before, "{x}");
        assert!(memory(pid).unwrap().resident > 1.0);
    }
}
