//! Activity as comma-separated values (RFC 4180), for spreadsheets.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use server_core::admin::{ActivitySearch, Admin, AdminError, ErrorCode};
use tauri::{AppHandle, Manager};

use crate::engine::{Engine, not_running};
use crate::picker;

const PAGE: u32 = 5_000;

/// Asks where to, and writes.
pub(crate) fn activity(app: &AppHandle, search: &ActivitySearch) -> Result<Option<PathBuf>, AdminError> {
    let admin = app.state::<Engine>().running();
    let admin = admin.ok_or_else(not_running)?;
    let dialog = picker::over_window(app).add_filter("CSV", &["csv"]);
    let picked = dialog.set_file_name("landfall-activity.csv").blocking_save_file();
    let Some(file) = picked.and_then(|file| file.into_path().ok()) else {
        return Ok(None);
    };
    write(&admin, search, &file)?;
    Ok(Some(file))
}

fn write(admin: &Admin, search: &ActivitySearch, file: &Path) -> Result<(), AdminError> {
    let failed = |error: std::io::Error| {
        let message = format!("{} can't be written: {error}.", file.display());
        AdminError::new(ErrorCode::StoreFailed, message)
    };
    let mut out = BufWriter::new(File::create(file).map_err(failed)?);
    // The byte-order mark tells spreadsheets that it is UTF-8.
    out.write_all("\u{feff}time,kind,protocol,person,address,share,path,message,times\r\n".as_bytes())
        .map_err(failed)?;
    let mut page = ActivitySearch {
        limit: Some(PAGE),
        offset: Some(0),
        ..search.clone()
    };
    loop {
        let found = admin.find_activity(&page)?.records;
        if page.newest.is_none() {
            page.newest = found.first().map(|stored| stored.id);
        }
        for stored in &found {
            let record = serde_json::to_value(&stored.record).unwrap_or_default();
            let field = |name: &str| quoted(record[name].as_str().unwrap_or_default());
            let columns = [
                "at", "kind", "protocol", "user", "address", "share", "path", "message",
            ];
            let (columns, times) = (columns.map(field).join(","), stored.record.count);
            write!(out, "{columns},{times}\r\n").map_err(failed)?;
        }
        if found.len() < PAGE as usize {
            return out.flush().map_err(failed);
        }
        page.offset = page.offset.map(|offset| offset + PAGE);
    }
}

/// As RFC 4180 has it; and never a formula, which a spreadsheet would run: clients choose file names.
fn quoted(field: &str) -> String {
    let guard = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled_and_formulas_are_defused() {
        assert_eq!(quoted("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(quoted("=cmd()"), "\"'=cmd()\"");
    }
}
