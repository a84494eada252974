//! The load benchmark: the server's release binary under load, against floors that are measured in
//! the same run. `tests/run --bench` builds what it needs and tells it where the databases are.

mod console;
mod floor;
mod latency;
mod load;
mod nchan;
mod points;
mod process;
mod report;
mod script;
mod seed;
mod stage;
mod streams;
mod wire;

use std::{
    fs,
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::{
    points::{bids, client, grown, settle, streams as followed},
    report::{Report, Target},
    stage::{Stage, Stores},
};

/// What a measurement gives, or why it could not be made.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const USAGE: &str = "bench [--embedded] [--quick] [--check] [--json] [NAME...]

Measures the server's release binary under load. NAMEs are of points; all unless said.

  --embedded  on SQLite, also where MySQL and Redis are named
  --quick     a second for each load, one round: shows that it runs, and measures little
  --check     exit status 1 if a target is missed
  --json      as JSON";

/// How long, and how often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// How long a load runs before it is measured.
    pub(crate) warm_up: Duration,
    /// How long it is measured.
    pub(crate) window: Duration,
    /// How often what is held against a floor is measured, in turns with it.
    pub(crate) rounds: usize,
}

/// Points that share a database, by their names, and what measures them.
type Group = (&'static [&'static str], fn(&mut Bench) -> Outcome<()>);

const FULL: Plan =
    Plan { warm_up: Duration::from_millis(700), window: Duration::from_secs(5), rounds: 3 };
const QUICK: Plan =
    Plan { warm_up: Duration::from_millis(300), window: Duration::from_secs(1), rounds: 1 };

/// A run of the benchmark.
pub(crate) struct Bench {
    /// Where databases are made.
    pub(crate) stores: Stores,
    /// How long, and how often.
    pub(crate) plan: Plan,
    /// What was measured.
    pub(crate) report: Report,
    names: Vec<String>,
}

impl Bench {
    /// Whether a point was asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }

    /// Audits a database, and reports how many faults there are.
    pub(crate) fn audit(&mut self, title: &str, stage: &Stage) -> Outcome<()> {
        let faults = match stage.audit()? {
            Ok(()) => 0,
            Err(said) => {
                self.report.fact("audit", said.lines().next().unwrap_or_default());
                // The last line counts.
                said.lines().count().saturating_sub(1).max(1)
            }
        };
        self.report.value(title, "faults", faults as f64, Target::AtMost(0.0));
        Ok(())
    }

    fn run(&mut self) -> Outcome<()> {
        let groups: [Group; 5] = [
            (&bids::NAMES, bids::run),
            (&followed::NAMES, followed::run),
            (&settle::NAMES, settle::run),
            (&grown::NAMES, grown::run),
            (&client::NAMES, client::run),
        ];
        let unknown = |name: &&String| !groups.iter().any(|(all, _)| all.contains(&name.as_str()));
        if let Some(name) = self.names.iter().find(unknown) {
            let all: Vec<&str> = groups.iter().flat_map(|(all, _)| all.iter().copied()).collect();
            return Err(format!("there is no point {name:?}, but {}", all.join(", ")).into());
        }
        self.tell_facts()?;
        for (all, run) in groups {
            if all.iter().any(|name| self.wants(name)) {
                let began = Instant::now();
                tell(&format!("{} ...", all.join(", ")));
                run(self)?;
                tell(&format!("... {} s", began.elapsed().as_secs()));
            }
        }
        Ok(())
    }

    /// Tells what machine it is, and how busy it is with other things.
    fn tell_facts(&mut self) -> Outcome<()> {
        let cpus = fs::read_to_string("/proc/cpuinfo")?;
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model.map_or("unknown", |model| model.trim_start_matches([' ', '\t', ':']));
        let cores = std::thread::available_parallelism()?;
        let load = fs::read_to_string("/proc/loadavg")?;
        self.report.fact("cores", format!("{cores}, {model}"));
        self.report.fact("kernel", fs::read_to_string("/proc/sys/kernel/osrelease")?.trim_end());
        self.report.fact("database", self.stores.version()?);
        self.report.fact("load", format!("{} before the run", load.trim_end()));
        let seconds = self.plan.window.as_secs();
        self.report.fact("plan", format!("{seconds} s for each load, {} rounds", self.plan.rounds));
        Ok(())
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = floor::serve(&arguments).unwrap_or_else(|| bench(arguments));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: Vec<String>) -> Outcome<()> {
    let (mut flags, mut names) = (Vec::new(), Vec::new());
    for argument in arguments {
        let is_flag = argument.starts_with('-');
        if is_flag { flags.push(argument) } else { names.push(argument) }
    }
    // Cargo adds `--bench`.
    let known = ["--embedded", "--quick", "--check", "--json", "--bench"];
    if flags.iter().any(|flag| !known.contains(&flag.as_str())) {
        return Err(USAGE.into());
    }
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    // Thousands of streams are as many files, here and, as its heir, in the server.
    rlimit::increase_nofile_limit(u64::MAX)?;
    let began = Instant::now();
    let mut bench = Bench {
        stores: Stores::find(has("--embedded"))?,
        plan: if has("--quick") { QUICK } else { FULL },
        report: Report::default(),
        names,
    };
    let ran = bench.run();
    bench.report.fact("took", format!("{} s", began.elapsed().as_secs()));
    show(&bench.report, has("--json"));
    ran?;
    if has("--check") && !bench.report.is_met() { Err("targets are missed".into()) } else { Ok(()) }
}

#[allow(clippy::print_stdout, reason = "this is what was asked for")]
fn show(report: &Report, as_json: bool) {
    if as_json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.text());
    }
}

/// Says how far it is.
#[allow(clippy::print_stderr, reason = "the report goes to the standard output")]
fn tell(progress: &str) {
    eprintln!("{progress}");
}
