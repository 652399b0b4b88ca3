//! What lies on disk: data directory, keys, certificate, site.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rustix::fs::{Access, access, statvfs};

use super::{Finding, patient::Patient};
use crate::{keys::MasterKey, tls};

/// Below this many days a certificate should have been renewed: Let's Encrypt's are replaced with
/// thirty to go.
const RENEW: i64 = 21;
const GIB: u64 = 1 << 30;

pub(super) fn data_dir(patient: &Patient) -> Finding {
    let path = &patient.config.data_dir;
    let shown = path.display();
    let entry = match fs::metadata(path) {
        Ok(entry) => entry,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Finding::note(format!(
                "{shown} is not there yet; the first start makes it"
            ));
        }
        Err(e) => return Finding::wrong(format!("{shown}: {e}"), "let Linli's user get there"),
    };
    if !entry.is_dir() {
        return Finding::wrong(
            format!("{shown} is no folder"),
            "name another with LINLI_DATA_DIR",
        );
    }
    let mode = entry.mode() & 0o777;
    if mode & 0o022 != 0 {
        return Finding::wrong(
            format!("others may write in {shown} (mode {mode:04o})"),
            format!("chmod go-w {shown}"),
        );
    }
    if access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK).is_err() {
        return Finding::wrong(
            format!(
                "this user cannot work in {shown} (user {} owns it)",
                entry.uid()
            ),
            "run linli as the user that made it",
        );
    }
    match patient.linli {
        Some(pid) => Finding::ok(format!("{shown}, in use by Linli (process {pid})")),
        None => Finding::ok(format!("{shown}, not in use")),
    }
}

/// Of the data directory and of the embedded cluster, which may lie elsewhere.
pub(super) fn disk_space(patient: &Patient) -> Finding {
    let mut least: Option<(u64, u64, PathBuf)> = None;
    for path in [Some(patient.config.data_dir.clone()), patient.cluster()] {
        let Some(path) = path
            .as_deref()
            .and_then(|path| path.ancestors().find(|at| at.exists()))
        else {
            continue;
        };
        let space = match statvfs(path) {
            Ok(space) => space,
            Err(e) => {
                return Finding::wrong(
                    format!("{}: {e}", path.display()),
                    "see whether the disk is well",
                );
            }
        };
        let free = space.f_bavail.saturating_mul(space.f_frsize);
        let all = space.f_blocks.saturating_mul(space.f_frsize);
        if least.as_ref().is_none_or(|(other, ..)| free < *other) {
            least = Some((free, all, path.to_path_buf()));
        }
    }
    let Some((free, all, path)) = least else {
        return Finding::note("nowhere to look");
    };
    let tenths = free.saturating_mul(10) / GIB;
    let said = format!(
        "{}.{} GiB free of {} at {}",
        tenths / 10,
        tenths % 10,
        all / GIB,
        path.display()
    );
    // Without room PostgreSQL stops, and readings with it: devices keep them only so long.
    let wanted = patient.config.spare_disk;
    if free < wanted {
        Finding::wrong(said, "make room, or move LINLI_DATA_DIR to a larger disk")
    } else if free < wanted.saturating_mul(5) {
        Finding::note(said)
    } else {
        Finding::ok(said)
    }
}

pub(super) fn site(patient: &Patient) -> Finding {
    let root = &patient.config.site_root;
    let build = "build it with scripts/build-site, or name the folder with LINLI_SITE_ROOT";
    let current = root.join("pkg/current");
    let Ok(version) = fs::read_to_string(&current) else {
        return Finding::wrong(format!("{} cannot be read", current.display()), build);
    };
    let pkg = root.join("pkg").join(version.trim());
    for file in [
        pkg.join("linli.js"),
        pkg.join("linli.wasm"),
        root.join("pkg/linli.css"),
    ] {
        if access(&file, Access::READ_OK).is_err() {
            return Finding::wrong(format!("{} cannot be read", file.display()), build);
        }
    }
    Finding::ok(format!("{}, version {}", root.display(), version.trim()))
}

pub(super) fn key(patient: &Patient) -> Finding {
    let path = &patient.config.key_file;
    match MasterKey::load(path) {
        Ok(Some(_)) => Finding::ok(format!("{}, for its owner only", path.display())),
        Ok(None) if patient.config.data_dir.join("lock").exists() => Finding::wrong(
            format!(
                "LINLI_KEY_FILE: {} is not there, though this data directory was in use",
                path.display()
            ),
            "bring it back from its backup: without it no encrypted field opens and nobody can log in",
        ),
        Ok(None) => Finding::note(format!(
            "{} is not there yet; the first start makes it",
            path.display()
        )),
        Err(failure) => Finding::failed(&failure),
    }
}

pub(super) fn certificate(patient: &Patient) -> Finding {
    let Some(files) = &patient.config.tls else {
        return if patient.config.trusted_proxies.is_empty() {
            Finding::note("none: plain HTTP, for this machine only")
        } else {
            Finding::note("none: what stands in front of Linli ends TLS and has its own")
        };
    };
    let validity = match tls::validity(files, &patient.clock) {
        Ok(validity) => validity,
        Err(failure) => return Finding::failed(&failure),
    };
    if let Some(mode) = open_to_all(&files.key) {
        return Finding::wrong(
            format!(
                "everybody may read {} (mode {mode:04o})",
                files.key.display()
            ),
            format!("chmod o-rwx {}", files.key.display()),
        );
    }
    let left = validity.until.as_second() - patient.clock.now().as_second();
    let days = left / 86_400;
    let said = format!("good for {days} days, until {:.0}", validity.until);
    if days < RENEW {
        Finding::note(format!(
            "{said}: renew it; the new files are taken over within a minute"
        ))
    } else {
        Finding::ok(said)
    }
}

fn open_to_all(path: &Path) -> Option<u32> {
    let mode = fs::metadata(path).ok()?.mode() & 0o777;
    (mode & 0o007 != 0).then_some(mode)
}
