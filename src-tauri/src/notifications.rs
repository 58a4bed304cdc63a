//! Native notifications: what a user wants to know without looking.

use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Instant;

use server_core::admin::{Admin, DOCTOR_ACCOUNT, SessionOf};
use server_core::live::{ActivityKind, ActivityRecord, Event, SessionInfo};
use tauri::{AppHandle, Manager};
use tokio::sync::broadcast::error::RecvError;

use crate::delivery::{Open, show};
use crate::engine::Engine;
use crate::file_manager::FromClient;
use crate::lock_outs::{LockOuts, Who};
use crate::preferences::PreferenceStore;
use crate::texts::Texts;
use crate::uploads::{Source, Upload, Uploads};

/// Watches the engine's events.
pub(crate) fn follow(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        // A failed start may be tried again, and then has events; so has the engine after a restoration.
        let engine = app.state::<Engine>();
        while let Some((admin, start)) = engine.started().await {
            tokio::select! {
                () = Watch::new(app.clone(), admin).run() => {}
                () = engine.gone(start) => {}
            }
        }
    });
}

/// Says that sharing could not be started; why is for the window, which has the words for it.
pub(crate) fn not_sharing(app: &AppHandle) {
    if app.state::<PreferenceStore>().current().notify_problems {
        let texts = texts(app);
        show(texts.not_sharing(), texts.not_sharing_why(), None);
    }
}

/// Says that the server could not start; why is for the window.
pub(crate) fn not_started(app: &AppHandle) {
    if app.state::<PreferenceStore>().current().notify_problems {
        let texts = texts(app);
        show(texts.failed(), texts.not_sharing_why(), None);
    }
}

/// Says that a share's disk is nearly full.
pub(crate) fn disk_nearly_full(app: &AppHandle, share: &str, free: u64) {
    if app.state::<PreferenceStore>().current().notify_problems {
        let texts = texts(app);
        show(
            texts.disk_full(),
            &texts.disk_full_where(share, free / 1_000_000),
            None,
        );
    }
}

/// Beyond so many devices they are asked about anew.
const MOST_VISITORS: usize = 4_096;

struct Watch {
    app: AppHandle,
    admin: Admin,
    uploads: Uploads,
    visitors: HashSet<(String, IpAddr)>,
    lock_outs: LockOuts,
}

impl Watch {
    fn new(app: AppHandle, admin: Admin) -> Self {
        Self {
            app,
            admin,
            uploads: Uploads::default(),
            visitors: HashSet::new(),
            lock_outs: LockOuts::default(),
        }
    }

    async fn run(mut self) {
        let mut events = self.admin.events().subscribe();
        loop {
            let (complete, locked) = (at(self.uploads.next()), at(self.lock_outs.next()));
            tokio::select! {
                event = events.recv() => match event {
                    Ok(Event::SessionOpened(session)) => self.visited(&session),
                    Ok(Event::Activity(record)) => self.happened(record),
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                () = complete => {
                    let admin = &self.admin;
                    for upload in self.uploads.complete(Instant::now(), |source| writes(admin, source)) {
                        self.uploaded(&upload);
                    }
                }
                () = locked => self.locked_out(),
            }
        }
    }

    fn visited(&mut self, session: &SessionInfo) {
        if session.user == DOCTOR_ACCOUNT {
            return;
        }
        let address = session.address.ip().to_canonical();
        // The engine knows who was here before; this only spares the question.
        if self.visitors.len() >= MOST_VISITORS {
            self.visitors.clear();
        }
        let new = self.visitors.insert((session.user.clone(), address));
        if !new || !self.app.state::<PreferenceStore>().current().notify_visitors {
            return;
        }
        let (app, admin, session) = (self.app.clone(), self.admin.clone(), session.clone());
        // The list of activity may be long.
        tauri::async_runtime::spawn_blocking(move || match admin.has_visited(&session) {
            Ok(true) => {}
            Ok(false) => {
                let texts = texts(&app);
                let body = texts.visitor(&session.user, &address.to_string());
                show(texts.new_visitor(), &body, None);
            }
            Err(error) => tracing::warn!(%error, "nobody knows who was here before"),
        });
    }

    fn happened(&mut self, record: ActivityRecord) {
        match (record.kind, record.user, record.share, record.path) {
            (ActivityKind::FileWritten, user, Some(share), Some(path)) => {
                let user = user.unwrap_or_default();
                self.uploads.written(Source { user, share }, path, Instant::now());
            }
            (ActivityKind::LogInRefused, ..) => self.lock_outs.refused(Instant::now()),
            _ => {}
        }
    }

    fn locked_out(&mut self) {
        let told = self.lock_outs.look(&self.admin.lock_outs(), Instant::now());
        let wanted = self.app.state::<PreferenceStore>().current().notify_problems;
        let (Some(told), true) = (told, wanted) else {
            return;
        };
        let texts = texts(&self.app);
        let who = match told.who {
            Who::Person(name) => name,
            Who::Address(address) => address.to_string(),
            Who::UnknownName => texts.unknown_name().to_owned(),
        };
        let body = texts.locked_out_who(&who, told.minutes, told.others);
        show(texts.locked_out(), &body, None);
    }

    fn uploaded(&self, upload: &Upload) {
        let first = &upload.first;
        if !self.app.state::<PreferenceStore>().current().notify_uploads {
            return;
        }
        let texts = texts(&self.app);
        let name = first.rsplit('/').next().unwrap_or(first);
        let body = match upload.files {
            1 => texts.one_file(name),
            count => texts.files(count, name),
        };
        let share = self.admin.share(&upload.source.share).ok();
        let open = share.map(|share| Open {
            file: FromClient::new(&share, first),
            label: texts.show_file(),
        });
        show(
            &texts.uploaded(&upload.source.user, &upload.source.share),
            &body,
            open,
        );
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}

/// Whether someone has a file of a share open for writing.
fn writes(admin: &Admin, source: &Source) -> bool {
    let sessions = admin.sessions().into_iter();
    let mut sessions = sessions.filter(|session| session.user == source.user && session.open_files > 0);
    sessions.any(|session| {
        let open = admin.open_files(SessionOf { id: session.id });
        open.iter().any(|file| file.writes && file.share == source.share)
    })
}

fn texts(app: &AppHandle) -> Texts {
    Texts::of(app.state::<PreferenceStore>().current().language)
}
