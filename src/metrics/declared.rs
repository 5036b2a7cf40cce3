//! Declared: every metric once, with its kind, its labels and what it says. `tests/house/metrics.rs` holds that the page of
//! rules names each.

use prometheus_client::metrics::MetricType;

/// The list: name in code, name without ending, ending (the unit, or nothing), kind, labels, help.
macro_rules! metrics {
    ($($name:ident => $word:literal $unit:literal $kind:ident [$($label:literal),*] $help:literal,)+) => {
        /// Everything that is counted, one variant for each family of the page `/metrics`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum MetricName {
            $(#[doc = $help] $name,)+
        }

        impl MetricName {
            /// Every metric, in the order of the page.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name with its unit, as it stands behind `# HELP`, but for the `_total` of counters.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($word, $unit),)+
                }
            }

            /// What `# TYPE` says: counter, gauge or histogram.
            pub fn kind(self) -> MetricType {
                match self {
                    $(Self::$name => MetricType::$kind,)+
                }
            }

            /// The names of its labels.
            pub fn labels(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($label),*],)+
                }
            }

            /// What it says, in English.
            pub fn help(self) -> &'static str {
                match self {
                    $(Self::$name => $help,)+
                }
            }
        }
    };
}

metrics! {
    Requests => "portal_requests" "" Counter ["route", "class"]
        "Requests answered, by route template and class of status",
    RequestDuration => "portal_request_duration" "_seconds" Histogram ["route"]
        "How long requests took, by route template",
    SignIns => "portal_sign_ins" "" Counter ["outcome"]
        "Tries to sign in, by what came of them",
    Refusals => "portal_refusals" "" Counter ["cause"]
        "Requests that were not served though nothing was wrong with them, by cause",
    UnionRequests => "portal_union_requests" "" Counter ["union", "class"]
        "Requests answered at each union, by class of status; what never happened is left out",
    UnionSignIns => "portal_union_sign_ins" "" Counter ["union", "outcome"]
        "Tries to sign in at each union, by what came of them; what never happened is left out",
    UnionRefusals => "portal_union_refusals" "" Counter ["union", "cause"]
        "Requests of each union that were not served, by cause; what never happened is left out",
    ConnectionsOpen => "portal_connections_open" "" Gauge []
        "Connections to the public listener that are open",
    ConnectionsTurnedAway => "portal_connections_turned_away" "" Counter []
        "Connections that were turned away because their address has too many",
    HashRunning => "portal_hash_running" "" Gauge []
        "Password hashes that are being computed",
    HashWaiting => "portal_hash_waiting" "" Gauge []
        "Requests that wait for a permit to hash",
    HashPlaces => "portal_hash_places" "" Gauge []
        "How many requests may hash or wait for it at once",
    HashWait => "portal_hash_wait" "_seconds" Histogram []
        "How long requests waited for a permit to hash",
    HashRefused => "portal_hash_refused" "" Counter []
        "Requests that found no place in the queue before hashing, or waited in vain",
    PoolConnections => "portal_database_connections" "" Gauge ["pool"]
        "Connections to the database that may be open at once",
    PoolInUse => "portal_database_connections_in_use" "" Gauge ["pool"]
        "Connections to the database that are in use",
    PoolWait => "portal_database_wait" "_seconds" Histogram ["pool"]
        "How long connections to the database were waited for",
    PoolTimeouts => "portal_database_wait_timeouts" "" Counter ["pool"]
        "Waits for a connection to the database that ended without one",
    DatabaseUp => "portal_database_up" "" Gauge []
        "1 where the database answered this scrape in time; what is read from it is left out otherwise",
    LettersWaiting => "portal_letters_waiting" "" Gauge []
        "Letters that are not sent yet, of all nodes; those being sent included",
    LettersOldest => "portal_letters_oldest_age" "_seconds" Gauge []
        "How long the oldest letter that is not sent yet has waited; 0 where none waits",
    Letters => "portal_letters" "" Counter ["outcome"]
        "Letters of this node, by what became of them",
    MailServerRests => "portal_mail_server_rests" "" Gauge []
        "1 while the mail server cannot be spoken to and every letter waits",
    LogoutsWaiting => "portal_sso_logouts_waiting" "" Gauge []
        "Services that are still to be told that a session has ended, of all nodes",
    LogoutsOldest => "portal_sso_logouts_oldest_age" "_seconds" Gauge []
        "How long the oldest of them has waited; 0 where none waits",
    Logouts => "portal_sso_logouts" "" Counter ["outcome"]
        "Tries of this node to tell a service that a session has ended, by what became of them",
    ImportsRunning => "portal_imports_running" "" Gauge []
        "Imports of rosters, and undoes, that run now on any machine",
    ImportRows => "portal_import_rows" "" Gauge []
        "Rows that the imports that run now have brought in so far",
    UnionsServed => "portal_unions_served" "" Gauge []
        "Unions that are served",
    UnionLeftOut => "portal_union_left_out" "" Gauge ["union", "code"]
        "1 for each union whose file is left out, and the code of what is wrong with it",
    UnionDiffers => "portal_union_differs" "" Gauge ["union"]
        "1 for each union of which this node has served another version than another node for more than a minute",
    SharedKept => "portal_shared_values_kept" "" Gauge []
        "1 while the shared values are the last good ones of the database because their file is broken",
    ConfigGood => "portal_config_last_good_timestamp" "_seconds" Gauge []
        "When every union's file was last read without a fault that leaves one out",
    KeyRingFits => "portal_key_ring_fits" "" Gauge []
        "1 where this node holds every key the database needs",
    ClockTrusted => "portal_clock_trusted" "" Gauge []
        "1 while this node's time is believed",
    JobDone => "portal_job_last_success_timestamp" "_seconds" Gauge ["job"]
        "When a round of a job last went well in all of its parts",
    JobPanics => "portal_job_panics" "" Counter ["job"]
        "How often a job panicked and began again",
    BuildInfo => "portal_build_info" "" Gauge ["version"]
        "1, and the version of the program",
    ProcessStart => "process_start_time" "_seconds" Gauge []
        "When this process began",
    ProcessMemory => "process_resident_memory" "_bytes" Gauge []
        "Memory of this process that is in use",
    ProcessFiles => "process_open_fds" "" Gauge []
        "File handles that are open",
    ProcessFilesMost => "process_max_fds" "" Gauge []
        "File handles that may be open",
}
