//! `landfall settings …`.

use server_core::admin::{Call, SetSetting, Setting, SettingChanged};

use super::{Context, pairs};
use crate::Failure;
use crate::args::Settings;
use crate::output::{self, Table};

pub(super) fn run(context: &mut Context, settings: Settings) -> Result<(), Failure> {
    match settings {
        Settings::List => list(context),
        Settings::Set { changes } => set(context, &changes),
    }
}

fn list(context: &mut Context) -> Result<(), Failure> {
    let settings: Vec<Setting> = context.backend.call(Call::ListSettings)?;
    if context.json {
        return output::json(&settings);
    }
    let mut table = Table::new(["KEY", "VALUE", "DEFAULT", "MEANING"]);
    for setting in settings {
        table.row([setting.key, setting.value, setting.default, setting.description]);
    }
    output::text(&table.render())
}

fn set(context: &mut Context, changes: &[String]) -> Result<(), Failure> {
    let pairs = changes
        .iter()
        .map(|pair| pairs::split(pair))
        .collect::<Result<Vec<_>, _>>()?;
    let mut all = Vec::new();
    for (key, value) in pairs {
        let changed: SettingChanged = context.backend.call(Call::SetSetting(SetSetting {
            key: key.to_owned(),
            value: value.to_owned(),
        }))?;
        if changed.needs_restart && !context.json {
            let key = &changed.setting.key;
            output::line(format_args!("{key} takes effect when the server is restarted."))?;
        }
        all.push(changed);
    }
    if context.json {
        return output::json(&all);
    }
    Ok(())
}
