//! Live sessions: listing and ending them.

use serde::{Deserialize, Serialize};

use super::{Admin, AdminError, DOCTOR_ACCOUNT, ErrorCode};
use crate::live::{LiveSessionId, SessionInfo};
use crate::vfs::{OpenFileInfo, WaitingFile};

/// Names a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SessionOf {
    /// Its id, as listed.
    pub id: LiveSessionId,
}

/// Names a file that a session has open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OpenFileOf {
    /// The session's id, as listed.
    pub session: LiveSessionId,
    /// The file's id, as listed.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub id: u64,
}

/// Names a file that is open for a client that is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct WaitingFileOf {
    /// The file's id, as listed.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub id: u64,
}

impl Admin {
    /// What a session has open, in the order of opening; nothing when no server runs.
    pub fn open_files(&self, of: SessionOf) -> Vec<OpenFileInfo> {
        self.live()
            .map(|live| live.engine.open_files(of.id))
            .unwrap_or_default()
    }

    /// Closes one file that a session has open. What its client has not yet written is lost.
    ///
    /// # Errors
    /// It is not open; no server runs.
    pub fn close_open_file(&self, of: OpenFileOf) -> Result<(), AdminError> {
        let live = self.live().ok_or_else(not_running)?;
        let sessions = live.sessions.list();
        let session = sessions.iter().find(|session| session.id == of.session);
        let closed = live.engine.close_file(of.session, of.id);
        match (session, closed) {
            (Some(session), Some(file)) => {
                let user = &session.user;
                let message = format!("{}/{}, open by {user}, was closed", file.share, file.path);
                self.note_person(user, message);
                Ok(())
            }
            _ => {
                let message = "That file is not open any more.".to_owned();
                Err(AdminError::new(ErrorCode::NoSuchSession, message)
                    .hint("`landfall session files ID` shows what a session has open."))
            }
        }
    }

    /// What is open for clients that lost their connection and may come back; nothing when no server runs.
    pub fn waiting_files(&self) -> Vec<WaitingFile> {
        self.live()
            .map(|live| live.engine.waiting_files())
            .unwrap_or_default()
    }

    /// Closes what is open for a client that is away. What its program has not written yet is lost.
    ///
    /// # Errors
    /// It is not open, or its client is back; no server runs.
    pub fn close_waiting_file(&self, of: WaitingFileOf) -> Result<(), AdminError> {
        let live = self.live().ok_or_else(not_running)?;
        let Some(WaitingFile { file, user, .. }) = live.engine.close_waiting(of.id) else {
            let message = "That file waits for nobody any more.".to_owned();
            return Err(AdminError::new(ErrorCode::NoSuchSession, message)
                .hint("`landfall session list --opens` shows what is open."));
        };
        let message = format!("{}/{}, open by {user}, was closed", file.share, file.path);
        self.note_person(&user, message);
        Ok(())
    }

    /// Live sessions, oldest first; none when no server runs.
    pub fn sessions(&self) -> Vec<SessionInfo> {
        let sessions = self.live().map(|live| live.sessions.list()).unwrap_or_default();
        // The doctor is nobody's visitor.
        let others = |session: &SessionInfo| session.user != DOCTOR_ACCOUNT;
        sessions.into_iter().filter(others).collect()
    }

    /// Ends a session: its files are closed, its client must log in again.
    ///
    /// # Errors
    /// No such session; no server runs.
    pub fn close_session(&self, of: SessionOf) -> Result<(), AdminError> {
        let Some(live) = self.live() else {
            return Err(not_running());
        };
        let sessions = live.sessions.list();
        let session = sessions.iter().find(|session| session.id == of.id);
        match session {
            Some(session) if live.sessions.close(of.id) => {
                let (user, address) = (&session.user, session.address);
                self.note_person(user, format!("the session of {user} from {address} was ended"));
                Ok(())
            }
            _ => {
                let message = format!("There is no session {}.", of.id.0);
                Err(AdminError::new(ErrorCode::NoSuchSession, message)
                    .hint("`landfall session list` shows the sessions and their ids."))
            }
        }
    }

    /// Starts listening for clients; fine when it does already.
    ///
    /// # Errors
    /// No server runs; an address can't be listened on.
    pub fn start_sharing(&self) -> Result<(), AdminError> {
        self.set_sharing(true)
    }

    /// Stops listening and ends every session; the process stays.
    ///
    /// # Errors
    /// No server runs.
    pub fn stop_sharing(&self) -> Result<(), AdminError> {
        self.set_sharing(false)
    }

    /// The server itself notes it, with what it listens on.
    fn set_sharing(&self, on: bool) -> Result<(), AdminError> {
        let live = self.live().ok_or_else(not_running)?;
        live.server.set_sharing(on).map(drop)
    }
}

fn not_running() -> AdminError {
    AdminError::new(ErrorCode::NotRunning, "No server runs with this data folder.")
        .hint("`landfall serve` starts one.")
}
