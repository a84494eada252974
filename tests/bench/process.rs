//! Programs that the benchmark starts, and what they cost.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use crate::Outcome;

/// The kernel counts processor time for user space in these units, on every architecture.
const TICKS_PER_SECOND: u64 = 100;
/// How long a program may take to begin, and to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running program that listens.
pub(crate) struct Program {
    child: Child,
    address: SocketAddr,
    /// Kept open: a program whose output nobody takes may end.
    _output: Option<BufReader<ChildStdout>>,
}

impl Program {
    /// Starts a program whose first line says where it listens; what it complains about goes into
    /// a file.
    pub(crate) fn start(mut command: Command, log: &Path) -> Outcome<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(log)?);
        let mut child = command.spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("its output is not there")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let address = line.trim_end().strip_prefix("listening on http://");
        let Some(address) = address.and_then(|address| address.parse().ok()) else {
            // It has ended, or is of no use.
            let _ = child.kill();
            child.wait()?;
            let log = fs::read_to_string(log)?;
            return Err(format!("{command:?} did not start: {line}{log}").into());
        };
        Ok(Self { child, address, _output: Some(output) })
    }

    /// Starts a program that is to listen there, and does not say so.
    pub(crate) fn start_at(mut command: Command, address: SocketAddr, log: &Path) -> Outcome<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(log)?);
        let mut program = Self { child: command.spawn()?, address, _output: None };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if program.child.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                let log = fs::read_to_string(log)?;
                return Err(format!("{command:?} did not start: {log}").into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(program)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long it has worked so far, on all processors together.
    pub(crate) fn cpu(&self) -> Outcome<Duration> {
        cpu_of(self.child.id())
    }

    /// How many bytes of memory it has.
    pub(crate) fn memory(&self) -> Outcome<u64> {
        memory_of(self.child.id())
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-s", "TERM", &pid]).status()?;
        let began = Instant::now();
        while self.child.try_wait()?.is_none() {
            if began.elapsed() > PATIENCE {
                return Err("a program does not stop".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

/// How long a process has worked so far, on all processors together.
pub(crate) fn cpu_of(pid: u32) -> Outcome<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is a name and may have anything in it.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let mut ticks = fields.split_whitespace().skip(11);
    let mut next = || ticks.next().and_then(|ticks| ticks.parse::<u64>().ok());
    let (user, system) = (next().ok_or("no utime")?, next().ok_or("no stime")?);
    Ok(Duration::from_millis((user + system) * 1_000 / TICKS_PER_SECOND))
}

/// How many bytes of memory a process has.
pub(crate) fn memory_of(pid: u32) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?;
    Ok(kilobytes.parse::<u64>()? * 1_024)
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
