//! The journal beside the service: what was asked, what was acknowledged, and what nobody knows. It is kept by the
//! clients, in a file and in memory that no kill of the service reaches.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write as _,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// How often somebody did something: as far as the answers say.
#[derive(Debug, Default, Clone, Copy)]
pub struct Times {
    /// An answer said that it was done.
    pub acknowledged: i64,
    /// No answer came: it may have been done.
    pub unsure: i64,
}

/// What the clients know.
pub struct Journal {
    file: Mutex<File>,
    began: Instant,
    times: Mutex<BTreeMap<(u32, &'static str), Times>>,
    violations: Mutex<Vec<(u32, String)>>,
    pub requests: AtomicU64,
    pub cut: AtomicU64,
    pub refused: AtomicU64,
    /// Forms whose node died, answered by the proxy's page.
    pub told: AtomicU64,
}

impl Journal {
    pub fn new(at: &Path) -> Self {
        Self {
            file: Mutex::new(File::create(at).unwrap()),
            began: Instant::now(),
            times: Mutex::default(),
            violations: Mutex::default(),
            requests: AtomicU64::new(0),
            cut: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            told: AtomicU64::new(0),
        }
    }

    fn line(&self, text: &str) {
        let at = self.began.elapsed().as_secs_f64();
        writeln!(self.file.lock().unwrap(), "{at:9.3} {text}").unwrap();
    }

    /// A line for whoever reads why a run failed.
    pub fn note(&self, who: u32, text: &str) {
        self.line(&format!("{who} {text}"));
    }

    /// An answer said that it was done.
    pub fn acknowledged(&self, who: u32, what: &'static str) {
        self.line(&format!("{who} {what} acknowledged"));
        self.times.lock().unwrap().entry((who, what)).or_default().acknowledged += 1;
    }

    /// No answer came.
    pub fn unsure(&self, who: u32, what: &'static str) {
        self.line(&format!("{who} {what} unsure"));
        self.times.lock().unwrap().entry((who, what)).or_default().unsure += 1;
    }

    pub fn times(&self, who: u32, what: &'static str) -> Times {
        self.times.lock().unwrap().get(&(who, what)).copied().unwrap_or_default()
    }

    /// All that was acknowledged, by what it is.
    pub fn sums(&self) -> BTreeMap<&'static str, Times> {
        let mut sums: BTreeMap<&'static str, Times> = BTreeMap::new();
        for ((_, what), times) in self.times.lock().unwrap().iter() {
            let sum = sums.entry(what).or_default();
            sum.acknowledged += times.acknowledged;
            sum.unsure += times.unsure;
        }
        sums
    }

    /// Something that must not be.
    pub fn violated(&self, who: u32, what: &str) {
        self.line(&format!("{who} VIOLATION {what}"));
        self.violations.lock().unwrap().push((who, what.to_owned()));
    }

    /// Whom they are about, and what they are. Member 0 is nobody in particular.
    pub fn violations(&self) -> Vec<(u32, String)> {
        self.violations.lock().unwrap().clone()
    }
}

/// One more.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
