//! House tests: what holds for every file and page, whatever the feature.
mod sample_tenant;
mod screens;
mod words;
