//! The terminal client: how soon it is there, what it costs while nothing happens, how long a frame
//! takes, and what it takes in memory.

use std::{cell::Cell, fs, process::Command, thread, time::Duration};

use artipul_server::db::{Conn, DbResult};

use super::bids::PEOPLE;
use crate::{
    Bench, Outcome,
    console::Console,
    latency::median,
    report::Target,
    seed::{self, Ends, Lots, literal},
    stage::{Stage, binary, number},
};

/// Names of the points.
pub(crate) const NAMES: [&str; 1] = ["client"];

const WORKS: i64 = 11_000;
/// Works with a picture, of those that end first.
const PICTURES: i64 = 240;
/// Pictures that are looked at.
const SEEN: usize = 200;
/// How often the client is started.
const STARTS: usize = 9;
/// Rows that are read by one step to the end of the list.
const ROWS_PER_STEP: i64 = 50;
const FRAMES: u32 = 500;

/// Measures it.
pub(crate) fn run(bench: &mut Bench) -> Outcome<()> {
    let stage = bench.stores.stage("client")?;
    let lots = Lots { count: WORKS, bids: 0, ends: Ends::Later };
    stage.look(|conn| seed::fill(conn, PEOPLE, &[lots]))?;
    add_pictures(&stage)?;
    let server = stage.serve()?;
    let url = format!("http://{}", server.address());
    first_paint(bench, &url)?;
    while_nothing_happens(bench, &url)?;
    a_frame(bench, &url)?;
    memory(bench, &url)?;
    drop(server);
    stage.remove()
}

/// Gives the works that end first a picture each.
fn add_pictures(stage: &Stage) -> Outcome<()> {
    let folder = stage.folder().join("images");
    fs::create_dir_all(&folder)?;
    let mut names = Vec::new();
    for index in 0..PICTURES {
        let name = format!("{index:040x}.png");
        fs::write(folder.join(&name), picture(index)?)?;
        names.push(name);
    }
    stage.look(|conn| {
        for (place, name) in names.iter().enumerate() {
            hang(conn, place, name)?;
        }
        Ok(())
    })
}

fn hang(conn: &mut Conn, place: usize, name: &str) -> DbResult<()> {
    let work = number(
        conn,
        &format!(
            "SELECT work_id AS value FROM auctions ORDER BY ends_at, id LIMIT 1 OFFSET {place}"
        ),
    )?;
    let now = literal(chrono::Utc::now());
    conn.execute(&format!(
        "INSERT INTO images (work_id, position, name, content_type, width, height, bytes, \
         created_at) VALUES ({work}, 0, '{name}', 'image/png', 800, 600, 1, {now})"
    ))
}

/// A picture that differs from the others.
fn picture(index: i64) -> Outcome<Vec<u8>> {
    let shade = (index % 251) as u8;
    let picture = image::RgbImage::from_fn(800, 600, |x, y| {
        image::Rgb([(x % 256) as u8, (y % 256) as u8, shade])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// From the start of the process to the first frame.
fn first_paint(bench: &mut Bench, url: &str) -> Outcome<()> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let console = Console::open(url, bench.stores.folder())?;
        let painted = console.wait(|screen| screen.contains("Artipul"))?;
        times.push(painted.as_secs_f64() * 1_000.0);
    }
    let millis = median(times);
    bench.report.value("client, first paint", "ms", millis, Target::AtMost(50.0));
    Ok(())
}

/// With the list on the screen, whose auctions end in days.
fn while_nothing_happens(bench: &mut Bench, url: &str) -> Outcome<()> {
    let console = Console::open(url, bench.stores.folder())?;
    console.wait(|screen| screen.contains("\u{25cf} live"))?;
    // What comes with the first page is drawn by then.
    thread::sleep(Duration::from_secs(2));
    let before = console.cpu()?;
    thread::sleep(bench.plan.window * 12);
    let worked = (console.cpu()? - before).as_secs_f64() * 1_000.0;
    let window = (bench.plan.window * 12).as_secs();
    let title = format!("client, processor time in {window} s without a change");
    // The kernel's clock of processor time goes by tens.
    bench.report.value(&title, "ms", worked, Target::AtMost(10.0));
    Ok(())
}

/// With ten thousand rows in the list.
fn a_frame(bench: &mut Bench, url: &str) -> Outcome<()> {
    let steps = usize::try_from(WORKS / ROWS_PER_STEP)?;
    let output = Command::new(binary("artipul")?)
        .args(["--server", url, "--lang", "en", "--size", "120x40"])
        .args(["--frames", &FRAMES.to_string(), "--keys", &"G".repeat(steps)])
        .env("HOME", bench.stores.folder())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let micros: f64 = said.trim().parse().map_err(|_| {
        format!("the client said {said:?}, {}", String::from_utf8_lossy(&output.stderr))
    })?;
    let title = format!("client, a frame with {WORKS} rows");
    bench.report.value(&title, "ms", micros / 1_000.0, Target::AtMost(5.0));
    Ok(())
}

/// The place of the selected work in the list, as the screen tells it: `7 / 50+`.
fn place(screen: &str) -> Option<usize> {
    let before = |(at, _)| screen[..at].rsplit(' ').next()?.parse().ok();
    screen.match_indices(" / ").find_map(before)
}

/// After a walk through the gallery.
fn memory(bench: &mut Bench, url: &str) -> Outcome<()> {
    let mut console = Console::open(url, bench.stores.folder())?;
    console.wait(|screen| screen.contains("\u{25cf} live"))?;
    console.press("v")?;
    let mut seen = 0;
    while seen < SEEN {
        let first = Cell::new(0);
        let is_hung = |screen: &str| {
            first.set(place(screen).unwrap_or_default());
            // Every picture on the page is of half blocks by now.
            let is_drawn = screen.matches('\u{2580}').count() > 500;
            first.get() > seen && is_drawn && !screen.contains("on its way")
        };
        console.wait(is_hung)?;
        seen = first.get();
        console.press("\x1b[6~")?;
    }
    let megabytes = console.memory()? as f64 / 1e6;
    let title = format!("client, memory with {SEEN} pictures seen");
    bench.report.value(&title, "MB", megabytes, Target::AtMost(60.0));
    Ok(())
}
