//! `keys …`: the command line's own part, and which work each command is.

use std::{io::Write, path::PathBuf};

use clap::Subcommand;

use super::rotation;
use crate::{
    cli::{CommandFault, Exit, spoken_or_json, wait_for},
    domain::tenant::Language,
    settings::Settings,
};

/// `keys …`
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// 新しい鍵束 / make a key ring with mode 0600
    New {
        /// ファイル(なければ設定 keys.ring) / where (default: the setting keys.ring)
        file: Option<PathBuf>,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 前の版からの鍵束と認める / take the ring (keys.ring) for the one this database's passwords were made with
    Adopt {
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 新しい鍵に替える / bring a new key into use while the service runs; goes on where it stopped
    Rotate {
        /// きょうもう替えたあとでも、もう一度 / once more, though the last one ended within a day
        #[arg(long)]
        again: bool,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// ようす / each key: since when, in use or not, what still needs it; 1 while a rotation has not ended
    Status {
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 使わなくなった鍵を消す / remove a key that nothing needs any more
    Remove {
        /// 鍵の番号(ひとつだけなら省略可) / which key (default: the only one that is not in use)
        id: Option<u32>,
        /// 必要とする加入者がいても消す / even though members then need a new password; says how many
        #[arg(long)]
        force: bool,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
}

/// Does what the command says.
pub(in crate::cli) fn run(
    settings: &Settings,
    command: KeysCommand,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    match command {
        KeysCommand::New { file, json } => {
            let file = file.unwrap_or_else(|| settings.keys.ring.clone());
            spoken_or_json(json, language, out, err, |language, _, err| {
                wait_for(super::new_ring(&file, settings, language, err))
            })
        }
        KeysCommand::Adopt { json } => spoken_or_json(json, language, out, err, |language, _, err| {
            wait_for(super::adopt(settings, language, err))
        }),
        KeysCommand::Rotate { again, json } => {
            spoken_or_json(json, language, out, err, |language, _, err| {
                wait_for(rotation::rotate(settings, again, language, err))
            })
        }
        KeysCommand::Status { json } => wait_for(rotation::status(settings, json, language, out, err)),
        KeysCommand::Remove { id, force, json } => {
            spoken_or_json(json, language, out, err, |language, _, err| {
                wait_for(rotation::remove(settings, id, force, language, err))
            })
        }
    }
}
