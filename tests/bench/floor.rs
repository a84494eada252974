//! What the server is measured against, each in a process of its own so that its processor time is
//! its own: requests that do nothing on plain warp, and streams that are only written.

use std::{
    env,
    io::Write,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use artipul_common::bids::BidRequest;
use warp::Filter;

use crate::{Outcome, process::Program};

const HTTP: &str = "--floor-http";
const WRITES: &str = "--floor-writes";

/// Starts plain warp.
pub(crate) fn http(folder: &Path) -> Outcome<Program> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(HTTP);
    Program::start(command, &folder.join("floor-http.log"))
}

/// Starts a loop that writes an event of `bytes` bytes to each of `sockets` sockets, `rate` times
/// a second.
pub(crate) fn writes(folder: &Path, sockets: usize, rate: f64, bytes: usize) -> Outcome<Program> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(WRITES).args([sockets.to_string(), rate.to_string(), bytes.to_string()]);
    Program::start(command, &folder.join("floor-writes.log"))
}

/// Does what these arguments ask for if they ask for a floor, which runs until it is stopped.
pub(crate) fn serve(arguments: &[String]) -> Option<Outcome<()>> {
    match arguments.first().map(String::as_str) {
        Some(HTTP) => Some(serve_http()),
        Some(WRITES) => Some(serve_writes(&arguments[1..])),
        _ => None,
    }
}

fn serve_http() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let empty = || warp::reply::json(&serde_json::json!({}));
        let post = warp::post().and(warp::body::json()).map(move |_: BidRequest| empty());
        let get = warp::get().map(empty);
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        say_where(listener.local_addr()?);
        warp::serve(post.or(get)).incoming(listener).run().await;
        Ok(())
    })
}

fn serve_writes(arguments: &[String]) -> Outcome<()> {
    let [sockets, rate, bytes] = arguments else { return Err("sockets, rate, bytes".into()) };
    let (sockets, bytes): (usize, usize) = (sockets.parse()?, bytes.parse()?);
    let pause = Duration::from_secs_f64(1.0 / rate.parse::<f64>()?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    say_where(listener.local_addr()?);
    let accept = || {
        let mut socket = listener.accept()?.0;
        socket.set_nodelay(true)?;
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        socket.write_all(head.as_bytes())?;
        socket.write_all(&chunk(1, bytes))?;
        Ok(socket)
    };
    let mut sockets = (0..sockets).map(|_| accept()).collect::<Outcome<Vec<TcpStream>>>()?;
    let mut due = Instant::now();
    for id in 2.. {
        due += pause;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let chunk = chunk(id, bytes);
        for socket in &mut sockets {
            // The readers have gone, and with them the reason for this.
            socket.write_all(&chunk)?;
        }
    }
    Ok(())
}

/// A chunk of so many bytes with an event in it.
fn chunk(id: u64, bytes: usize) -> Vec<u8> {
    let frame = |padding: usize| format!("event: top-bid\nid: {id}\ndata: {:x<padding$}\n\n", "");
    let around = |frame: &str| format!("{:X}\r\n{frame}\r\n", frame.len());
    let bare = around(&frame(0)).len();
    around(&frame(bytes.saturating_sub(bare))).into_bytes()
}

#[allow(clippy::print_stdout, reason = "the benchmark reads where its child listens")]
fn say_where(address: SocketAddr) {
    println!("listening on http://{address}");
}
