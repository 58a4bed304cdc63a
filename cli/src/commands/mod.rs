//! What the commands do, one file for each family.

mod activity;
mod backup;
mod doctor;
mod group;
mod pairs;
mod password;
mod session;
mod settings;
mod share;
mod status;
mod user;

use crate::args::{Arguments, Command};
use crate::backend::{self, Backend};
use crate::{Failure, serve};

/// Where a command acts, and how it prints.
pub(crate) struct Context {
    pub(crate) backend: Backend,
    pub(crate) json: bool,
}

/// Does what was typed.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let data_dir = backend::data_dir(arguments.data_dir)?;
    let json = arguments.json;
    if let Command::Serve(options) = arguments.command {
        return serve::serve(data_dir, &options, json);
    }
    let mut context = Context {
        backend: Backend::open(&data_dir)?,
        json,
    };
    match arguments.command {
        Command::Serve(_) => Ok(()),
        Command::User(user) => user::run(&mut context, user),
        Command::Group(group) => group::run(&mut context, group),
        Command::Share(share) => share::run(&mut context, share),
        Command::Access { name, share } => user::access(&mut context, name, share),
        Command::Session(session) => session::run(&mut context, &session),
        Command::Status => status::run(&mut context),
        Command::Doctor => doctor::run(&mut context),
        Command::Settings(settings) => settings::run(&mut context, settings),
        Command::Activity(activity) => activity::run(context, &activity),
        Command::Backup { file, passphrase } => backup::back_up(&mut context, &file, &passphrase),
        Command::Restore {
            file,
            password_stdin,
            list,
        } => backup::restore(&mut context, &file, password_stdin, list),
    }
}
