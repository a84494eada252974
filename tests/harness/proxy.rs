//! A wire that can be cut: a proxy in front of a server.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
};

/// What becomes of a message behind which the connection is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, but no answer comes back.
    Arrives,
    /// It is answered, and the answer is lost.
    AnswerLost,
    /// It is answered, the answer is lost, and the wire is cut.
    AnswerLostForGood,
    /// It never arrives.
    Lost,
    /// It arrives when the sender, having given it up, has asked over another connection already.
    ArrivesLate,
    /// It arrives when he has been answered as well.
    ArrivesLater,
}

/// A proxy in front of a server. While it is cut, connections end and none is made.
pub struct Wire {
    address: SocketAddr,
    line: Arc<Line>,
    cuts: watch::Sender<u64>,
}

#[derive(Default)]
struct Line {
    is_cut: AtomicBool,
    /// The next message that has this in it meets this fate.
    doomed: Mutex<Option<(&'static [u8], Fate)>>,
    /// Told when something was asked.
    asked: Notify,
    /// Told when a transaction is being ended.
    ended: Notify,
    /// Where it leads.
    target: Mutex<String>,
}

/// What stands in every question to a database.
const QUESTION: &[u8] = b"SELECT";
/// What stands in the last message of every transaction.
const ENDING: &[u8] = b"COMMIT";

impl Wire {
    /// A wire to a server's address.
    pub async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = Arc::new(Line { target: Mutex::new(target), ..Line::default() });
        let (cuts, receiver) = watch::channel(0);
        tokio::spawn(carry(listener, Arc::clone(&line), receiver));
        Self { address, line, cuts }
    }

    /// Where it begins.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts it.
    pub fn cut(&self) {
        self.line.is_cut.store(true, Ordering::SeqCst);
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Mends it.
    pub fn mend(&self) {
        self.line.is_cut.store(false, Ordering::SeqCst);
    }

    /// Leads it to another server's address; connections that there are stay where they are.
    pub fn lead_to(&self, target: &str) {
        target.clone_into(&mut self.line.target.lock().unwrap());
    }

    /// The next message with this in it ends its connection.
    pub fn lose_connection_at(&self, message: &'static [u8], fate: Fate) {
        *self.line.doomed.lock().unwrap() = Some((message, fate));
    }

    /// Whether that has happened.
    pub fn has_lost_it(&self) -> bool {
        self.line.doomed.lock().unwrap().is_none()
    }
}

impl Line {
    /// The fate of these bytes, if they are the doomed message.
    fn fate_of(&self, bytes: &[u8]) -> Option<Fate> {
        let mut doomed = self.doomed.lock().unwrap();
        doomed.take_if(|(message, _)| contains(bytes, message)).map(|(_, fate)| fate)
    }
}

fn contains(bytes: &[u8], message: &[u8]) -> bool {
    bytes.windows(message.len()).any(|window| window == message)
}

async fn carry(listener: TcpListener, line: Arc<Line>, cuts: watch::Receiver<u64>) {
    while let Ok((near, _)) = listener.accept().await {
        if line.is_cut.load(Ordering::SeqCst) {
            continue;
        }
        let target = line.target.lock().unwrap().clone();
        let (line, mut cuts) = (Arc::clone(&line), cuts.clone());
        cuts.mark_unchanged();
        tokio::spawn(async move {
            let Ok(far) = TcpStream::connect(target).await else { return };
            let _ = near.set_nodelay(true);
            let _ = far.set_nodelay(true);
            tokio::select! {
                () = connect(near, far, &line) => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

/// Carries bytes between the two until one of them, or fate, ends it.
async fn connect(mut near: TcpStream, mut far: TcpStream, line: &Line) {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let count = tokio::select! {
            count = near.read(&mut bytes) => count.unwrap_or(0),
            ready = far.readable() => {
                if ready.is_err() || pass(&mut far, &mut near).await.is_none() {
                    return;
                }
                continue;
            }
        };
        let message = &bytes[..count];
        if contains(message, QUESTION) {
            line.asked.notify_waiters();
        }
        if contains(message, ENDING) {
            line.ended.notify_waiters();
        }
        match line.fate_of(message) {
            Some(Fate::Arrives) => {
                let _ = far.write_all(message).await;
                return;
            }
            Some(fate @ (Fate::AnswerLost | Fate::AnswerLostForGood)) => {
                let is_cut = fate == Fate::AnswerLostForGood;
                line.is_cut.fetch_or(is_cut, Ordering::SeqCst);
                let _ = far.write_all(message).await;
                let _ = far.read(&mut bytes).await;
                return;
            }
            Some(Fate::Lost) => return,
            Some(fate @ (Fate::ArrivesLate | Fate::ArrivesLater)) => {
                let is_late = if fate == Fate::ArrivesLate { &line.asked } else { &line.ended };
                let is_late = is_late.notified();
                drop(near);
                is_late.await;
                let _ = far.write_all(message).await;
                // Read to its end, so that the message is not thrown away with the connection.
                let _ = far.read(&mut bytes).await;
                return;
            }
            None if count == 0 => return,
            None => {
                if far.write_all(message).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Passes on what has arrived; nothing at the end.
async fn pass(from: &mut TcpStream, to: &mut TcpStream) -> Option<()> {
    let mut bytes = vec![0; 64 * 1024];
    match from.try_read(&mut bytes) {
        Ok(0) => None,
        Ok(count) => to.write_all(&bytes[..count]).await.ok(),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Some(()),
        Err(_) => None,
    }
}
