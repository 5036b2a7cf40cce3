//! axe-core: is the page in front of us accessible? WCAG 2.2 A and AA, and axe's own best practices.
//!
//! `axe.min.js` is axe-core 4.14.1 as published (MPL-2.0, see its head and `axe.third-party.txt`). The browser gets it once
//! and puts it into every page before the page's own scripts, past the page's Content-Security-Policy: sending half a
//! megabyte for each look took longer than looking.

use std::fmt::Write as _;

use serde::Deserialize;
use thirtyfour::prelude::*;

/// A script that makes `window.loadAxe`, which defines `window.axe`: most pages are passed through and never looked at, and
/// reading a function that nobody calls costs the browser a fraction of running it.
pub const AXE: &str = concat!("window.loadAxe = () => {", include_str!("axe.min.js"), "\n};");

/// `target-size` belongs to WCAG 2.2 AA but is off unless asked for.
const RUN: &str = "
    const done = arguments[0];
    if (!window.axe) window.loadAxe();
    axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        rules: { 'target-size': { enabled: true } },
        resultTypes: ['violations'],
    }).then(
        (found) => done({ ran: found.passes.length + found.violations.length, violations: found.violations }),
        (error) => done({ ran: 0, violations: [], error: String(error) }),
    );";

#[derive(Deserialize)]
struct Found {
    ran: usize,
    violations: Vec<Violation>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Violation {
    id: String,
    impact: Option<String>,
    help: String,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    html: String,
    target: serde_json::Value,
    failure_summary: Option<String>,
}

/// What axe holds against the page, one readable paragraph each; empty when nothing.
pub async fn complaints(driver: &WebDriver) -> WebDriverResult<Vec<String>> {
    let found: Found = driver.execute_async(RUN, vec![]).await?.convert()?;
    assert!(found.error.is_none() && found.ran > 0, "axe did not run: {}", found.error.unwrap_or_default());
    Ok(found.violations.iter().map(Violation::told).collect())
}

impl Violation {
    fn told(&self) -> String {
        let mut told = format!("{} ({}): {}", self.id, self.impact.as_deref().unwrap_or("?"), self.help);
        for node in &self.nodes {
            let why = node.failure_summary.as_deref().unwrap_or_default().replace('\n', "\n      ");
            let _ = write!(told, "\n    at {}\n      {}\n      {why}", node.target, node.html);
        }
        told
    }
}
