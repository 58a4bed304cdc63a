//! `landfall activity`.

use server_core::admin::{ActivityQuery, AdminError, Call, ErrorCode};
use server_core::live::ActivityRecord;

use super::Context;
use crate::Failure;
use crate::args::Activity;
use crate::backend::Backend;
use crate::output;

pub(super) fn run(mut context: Context, activity: &Activity) -> Result<(), Failure> {
    let query = Call::ListActivity(ActivityQuery {
        limit: activity.limit,
    });
    let records: Vec<ActivityRecord> = context.backend.call(query)?;
    if !activity.follow {
        if context.json {
            return output::json(&records);
        }
        return records.iter().try_for_each(|record| print(record, false));
    }
    let Backend::Live(mut client) = context.backend else {
        return Err(
            AdminError::new(ErrorCode::NotRunning, "No server runs with this data folder.")
                .hint("`landfall activity` without --follow shows what happened before.")
                .into(),
        );
    };
    client.follow_activity()?;
    // One value a line: a list that never ends can't be one JSON value.
    records
        .iter()
        .try_for_each(|record| print(record, context.json))?;
    while let Some(record) = client.next_activity()? {
        print(&record, context.json)?;
    }
    Ok(())
}

fn print(record: &ActivityRecord, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(record);
    }
    let address = record.address.map(|address| address.to_string());
    let context = [
        record.user.as_deref(),
        address.as_deref(),
        record.share.as_deref(),
    ];
    let context = context.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let path = record
        .path
        .as_deref()
        .map(|path| format!(" {path}"))
        .unwrap_or_default();
    let mut line = format!("{}  {}", output::local_time(record.at), record.message);
    if record.count > 1 {
        line.push_str(&format!(", {} times within a minute", record.count));
    }
    if !(context.is_empty() && path.is_empty()) {
        line.push_str(&format!("  [{context}{path}]"));
    }
    output::line(output::printable(&line))
}
