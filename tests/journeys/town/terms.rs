//! Terms: a union writes new ones, and reads who accepted which.

use std::fs;

use kenpo_portal::{
    cli::{Exit, terms::write_all},
    domain::tenant::Language,
};
use serde_json::Value;

use super::{Town, edited, read_unions, website};

impl Town {
    /// The same town after a restart, with other terms of a union.
    pub fn new_terms(&mut self, slug: &str, version: &str, markdown: &str) {
        let folder = edited(slug, |text| {
            let (head, terms) = text.split_once("\n[terms]\n").expect("the file names its terms");
            let mut in_terms = true;
            let lines = terms.lines().map(|line| {
                in_terms &= !line.starts_with('[');
                if in_terms && line.starts_with("version") && !line.starts_with("version_en") {
                    format!("version = \"{version}\"")
                } else {
                    line.to_owned()
                }
            });
            let terms: Vec<_> = lines.collect();
            format!("{head}\n[terms]\n{}\n", terms.join("\n"))
        });
        for entry in fs::read_dir(folder.path().join(slug)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                fs::write(path, markdown).unwrap();
            }
        }
        self.app = website(self.app.portal().clone(), read_unions(folder.path()));
        self.router = self.app.router();
        assert_eq!(self.tenant(slug).terms.version, version);
    }

    /// What `terms export` writes: the lines, and the words beside them.
    pub async fn export_terms(&self, slug: &str, version: Option<&str>) -> (Vec<Value>, String) {
        let slug = self.tenant(slug).slug.clone();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let done = write_all(self.store(), &slug, version, Language::Ja, &mut out, &mut err).await;
        assert_eq!(done.unwrap(), Exit::Fine);
        let lines = String::from_utf8(out).unwrap();
        let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (lines, String::from_utf8(err).unwrap())
    }
}
