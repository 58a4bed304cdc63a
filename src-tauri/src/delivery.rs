//! Hands a notification to the system, and waits for the click on it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use notify_rust::{Notification, NotificationResponse};
use parking_lot::Mutex;

use crate::file_manager::FromClient;

/// What systems call a click on the notification itself.
const OPEN: &str = "default";

/// The app's, as installers register it.
#[cfg(any(windows, target_os = "macos"))]
const IDENTIFIER: &str = "io.github.landfall.Landfall";

/// What a click does.
pub(crate) struct Open {
    pub(crate) file: FromClient,
    pub(crate) label: &'static str,
}

/// Notifications that wait for a click, each on a small thread: some desktops keep them for days. Beyond these they
/// offer none.
static WAITING: AtomicUsize = AtomicUsize::new(0);
const MOST_WAITING: usize = 64;
const STACK: usize = 256 * 1024;

/// Whatever others do, nobody is told of more than so many things in such a time.
const MOST_AT_ONCE: usize = 20;
const AT_ONCE: Duration = Duration::from_secs(60);
static PACE: Mutex<Pace> = Mutex::new(Pace(VecDeque::new()));

/// When the latest were shown.
struct Pace(VecDeque<Instant>);

/// On a thread of its own: the notification daemon may take its time, and a click comes much later.
pub(crate) fn show(title: &str, body: &str, open: Option<Open>) {
    if !PACE.lock().admits(Instant::now()) {
        tracing::debug!("more notifications than anyone reads");
        return;
    }
    let (title, body) = (clean(title), clean(body));
    let shown = std::thread::Builder::new()
        .name("notification".to_owned())
        .stack_size(STACK)
        .spawn(move || deliver(&title, &body, open.as_ref()));
    if let Err(error) = shown {
        tracing::warn!(%error, "no notification");
    }
}

fn deliver(title: &str, body: &str, open: Option<&Open>) {
    let may_wait = open.is_some() && WAITING.fetch_add(1, Ordering::Relaxed) < MOST_WAITING;
    let mut notification = Notification::new();
    notification
        .appname("Landfall")
        .summary(title)
        .body(&plain(body))
        .icon("landfall-app");
    // Toasts are shown in the name of an installed app; the installer registers this one.
    #[cfg(windows)]
    notification.app_id(IDENTIFIER);
    #[cfg(target_os = "macos")]
    in_our_name();
    if let (true, Some(open)) = (may_wait, open) {
        notification.action(OPEN, open.label);
    }
    let shown = notification.show();
    match shown {
        Ok(shown) if may_wait => {
            let waited = shown.wait_for_response(|response: &NotificationResponse| {
                let clicked = match response {
                    NotificationResponse::Default => true,
                    NotificationResponse::Action(action) => action == OPEN,
                    _ => false,
                };
                if let (true, Some(open)) = (clicked, open) {
                    open.now();
                }
            });
            if let Err(error) = waited {
                tracing::warn!(%error, "a click on a notification is not heard");
            }
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "no notification"),
    }
    if open.is_some() {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Open {
    fn now(&self) {
        if let Err(error) = self.file.show() {
            tracing::warn!(%error, "the file can't be shown");
        }
    }
}

impl Pace {
    fn admits(&mut self, now: Instant) -> bool {
        while self
            .0
            .front()
            .is_some_and(|shown| now.duration_since(*shown) >= AT_ONCE)
        {
            self.0.pop_front();
        }
        let admits = self.0.len() < MOST_AT_ONCE;
        if admits {
            self.0.push_back(now);
        }
        admits
    }
}

/// A text without what would break its line or have it read in another order: `fdp.exe` would look like `exe.pdf`.
fn clean(text: &str) -> String {
    let moves = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || moves(c);
    text.chars()
        .map(|c| if breaks(c) { '\u{fffd}' } else { c })
        .collect()
}

/// A text that is shown as it is: names of files and people come from the network, and desktops that read markup
/// would make links of it.
fn plain(body: &str) -> Cow<'_, str> {
    match reads_markup() {
        true => Cow::Owned(escaped(body)),
        false => Cow::Borrowed(body),
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn reads_markup() -> bool {
    let capabilities = notify_rust::get_capabilities();
    // Where nobody answers, the notification won't be shown either.
    capabilities.is_ok_and(|all| all.iter().any(|one| one == "body-markup"))
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn reads_markup() -> bool {
    false
}

fn escaped(body: &str) -> String {
    body.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Notifications of a program that says nothing are Finder's.
#[cfg(target_os = "macos")]
fn in_our_name() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        if let Err(error) = notify_rust::set_application(IDENTIFIER) {
            tracing::warn!(%error, "notifications come in another name");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_shown_than_anyone_reads() {
        let start = Instant::now();
        let mut pace = Pace(VecDeque::new());
        let shown = (0..1_000).filter(|_| pace.admits(start)).count();
        assert_eq!(shown, MOST_AT_ONCE);
        assert!(!pace.admits(start + AT_ONCE / 2));
        assert!(pace.admits(start + AT_ONCE));
    }

    #[test]
    fn a_name_can_neither_break_the_line_nor_turn_it_around() {
        assert_eq!(clean("a\nb\u{202e}fdp.exe"), "a\u{fffd}b\u{fffd}fdp.exe");
        assert_eq!(clean("Grüße → 東京.pdf"), "Grüße → 東京.pdf");
    }

    #[test]
    fn what_looks_like_markup_is_shown_as_it_is() {
        assert_eq!(escaped("<b>A & B</b>.pdf"), "&lt;b&gt;A &amp; B&lt;/b&gt;.pdf");
    }
}
