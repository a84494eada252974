//! nginx with nchan, which many use to tell thousands of something: what else there is to hold streams
//! against. It is no part of the project, so it may be missing.

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use crate::{Outcome, load::Line, process::Program, streams::Readers, wire::EventStream};

/// Where both files are.
pub(crate) struct Nchan {
    nginx: PathBuf,
    module: PathBuf,
}

/// A running nginx.
pub(crate) struct Running {
    /// Its one process.
    pub(crate) program: Program,
}

/// What an event has besides its data: the number of a second, and one within it.
const AROUND_DATA: usize = "id: 1234567890:0\ndata: \n\n".len();

impl Nchan {
    /// What the environment names: a folder into which both packages were unpacked. None if it does not
    /// run.
    pub(crate) fn find() -> Option<Self> {
        let folder = PathBuf::from(env::var_os("ARTIPUL_BENCH_NCHAN")?);
        let nginx = folder.join("usr/sbin/nginx");
        let module = folder.join("usr/lib/nginx/modules/ngx_nchan_module.so");
        // It may miss a library.
        let runs = Command::new(&nginx).arg("-v").stderr(Stdio::null()).status();
        (runs.is_ok_and(|status| status.success()) && module.exists())
            .then_some(Self { nginx, module })
    }

    /// Starts it for so many readers.
    pub(crate) fn start(&self, folder: &Path, readers: usize) -> Outcome<Running> {
        let folder = folder.join("nchan");
        fs::create_dir_all(&folder)?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let configuration = folder.join("nginx.conf");
        fs::write(&configuration, self.configuration(address, &folder, readers))?;
        let mut command = Command::new(&self.nginx);
        // Else it begins with the system's own log.
        command.args(["-e", "stderr"]);
        command.arg("-p").arg(&folder).arg("-c").arg(&configuration);
        Ok(Running { program: Program::start_at(command, address, &folder.join("log"))? })
    }

    /// One process, as its time is what is measured.
    fn configuration(&self, address: SocketAddr, folder: &Path, readers: usize) -> String {
        let (module, folder) = (self.module.display(), folder.display());
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {folder}/{name};\n"))
            .concat();
        // It has more of them than readers.
        let connections = 2 * readers;
        format!(
            "load_module {module};
            daemon off;
            master_process off;
            pid {folder}/pid;
            error_log stderr;
            events {{ worker_connections {connections}; }}
            http {{
                access_log off;
                {temporary}
                server {{
                    listen {address} backlog=511;
                    location /events {{ nchan_subscriber eventsource; nchan_channel_id auction; }}
                    location /publish {{ nchan_publisher; nchan_channel_id auction; }}
                }}
            }}"
        )
    }
}

impl Running {
    /// So many readers of its events.
    pub(crate) fn follow(&self, readers: usize) -> Outcome<Readers> {
        let request = b"GET /events HTTP/1.1\r\nhost: h\r\naccept: text/event-stream\r\n\r\n";
        let requests = std::iter::repeat_n(request.to_vec(), readers);
        Readers::open_as(EventStream::plain, self.program.address(), requests)
    }

    /// Has it tell an event of so many bytes, `rate` times a second, until the other end of `enough` is
    /// gone.
    pub(crate) fn publish(&self, bytes: usize, rate: f64, enough: Receiver<()>) -> Outcome<()> {
        let length = bytes.saturating_sub(AROUND_DATA);
        let data = "x".repeat(length);
        let request =
            format!("POST /publish HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n\r\n{data}");
        let mut line = Line::to(self.program.address())?;
        let mut due = Instant::now();
        loop {
            due += Duration::from_secs_f64(1.0 / rate);
            let pause = due.saturating_duration_since(Instant::now());
            if enough.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                return Ok(());
            }
            let (status, _) = line.ask(request.as_bytes())?;
            if !(200..300).contains(&status) {
                return Err(format!("nchan answers {status}").into());
            }
        }
    }
}
