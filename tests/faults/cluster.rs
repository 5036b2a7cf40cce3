//! A PostgreSQL of one's own, to be broken.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use crate::program::free_port;

/// A cluster of one test; it ends when this is dropped.
pub struct Cluster {
    pub port: u16,
    folder: TempDir,
}

/// PostgreSQL's programs, newest version first.
pub fn tool(name: &str) -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin").join(name)).collect())
        .unwrap_or_default();
    found.retain(|path| path.exists());
    found.sort();
    found.pop().unwrap_or_else(|| PathBuf::from(name))
}

impl Cluster {
    pub fn start() -> Self {
        // Not in TMPDIR: the server's user has to reach it.
        let folder = tempfile::Builder::new().prefix("kenpo-portal-faults.").tempdir_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let cluster = Self { port: free_port(), folder };
        cluster.run("initdb", &["--username=portal_test", "--auth=trust", "--encoding=UTF8", "--no-sync"]);
        cluster.control("start", &[]);
        cluster
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Output {
        // PostgreSQL refuses to run as root.
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
        let mut command = if root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(tool(name));
            command
        } else {
            Command::new(tool(name))
        };
        command
            .current_dir(self.folder.path())
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(arguments);
        let done = command.stdin(Stdio::null()).output().unwrap();
        assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        done
    }

    fn control(&self, what: &str, more: &[&str]) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off",
            self.port
        );
        let log = self.folder.path().join("log");
        let base = ["-w", "-l", log.to_str().unwrap(), "-o", &options];
        // `pg_ctl` would hand its own pipes to the server.
        let mut arguments = vec![what];
        arguments.extend(base);
        arguments.extend(more);
        self.run_quietly(&arguments);
    }

    fn run_quietly(&self, arguments: &[&str]) {
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
        let mut command = if root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(tool("pg_ctl"));
            command
        } else {
            Command::new(tool("pg_ctl"))
        };
        command
            .current_dir(self.folder.path())
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(arguments);
        let done = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(done.success(), "pg_ctl {arguments:?}");
    }

    /// As after a crash.
    pub fn restart(&self) {
        self.control("restart", &["-m", "immediate"]);
    }

    /// The address of its database, by any port that leads there.
    pub fn url(port: u16) -> String {
        format!("postgres://portal_test@127.0.0.1:{port}/postgres?sslmode=disable")
    }

    /// Makes another, empty database in it.
    pub fn make(&self, name: &'static str) {
        use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = sqlx::PgConnection::connect(&Self::url(self.port)).await.unwrap();
            connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
            connection.close().await.unwrap();
        });
    }

    /// Asks it for one number.
    pub fn ask(&self, text: &'static str) -> i64 {
        use sqlx::Connection as _;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = sqlx::PgConnection::connect(&Self::url(self.port)).await.unwrap();
            let number: i64 = sqlx::query_scalar(text).fetch_one(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            number
        })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.control("stop", &["-m", "immediate"]);
    }
}
