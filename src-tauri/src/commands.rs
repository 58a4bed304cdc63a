//! What the window may call: the admin API, and the shell.

use serde_json::Value;
use server_core::admin::{AdminError, Call, ErrorCode};
use tauri::{AppHandle, State};

use crate::engine::Engine;
use crate::shell::Action;

/// Does a call of the admin API.
#[tauri::command]
pub(crate) async fn admin(call: Call, engine: State<'_, Engine>) -> Result<Value, AdminError> {
    let admin = engine.admin().await?;
    blocking(move || admin.call(&call)).await
}

/// Does something of the app itself.
#[tauri::command]
pub(crate) async fn shell(action: Action, app: AppHandle) -> Result<Value, AdminError> {
    blocking(move || action.take(&app)).await
}

async fn blocking(
    work: impl FnOnce() -> Result<Value, AdminError> + Send + 'static,
) -> Result<Value, AdminError> {
    let done = tauri::async_runtime::spawn_blocking(work).await;
    done.unwrap_or_else(|error| {
        let message = format!("The operation failed: {error}.");
        Err(AdminError::new(ErrorCode::StoreFailed, message))
    })
}
