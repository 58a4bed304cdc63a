//! What tray and notifications say, in each language. The window has a catalogue of its own.

use crate::preferences::Language;

/// The sentences in one language.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Texts {
    English,
    German,
}

impl Texts {
    /// In the language that was chosen, or the system's.
    pub(crate) fn of(language: Language) -> Self {
        let german = |locale: String| locale.to_ascii_lowercase().starts_with("de");
        match language {
            Language::En => Self::English,
            Language::De => Self::German,
            Language::System if sys_locale::get_locale().is_some_and(german) => Self::German,
            Language::System => Self::English,
        }
    }

    fn pick<T>(self, english: T, german: T) -> T {
        match self {
            Self::English => english,
            Self::German => german,
        }
    }

    pub(crate) fn sharing(self) -> &'static str {
        self.pick("Sharing is on", "Freigabe ist an")
    }
    pub(crate) fn stopped(self) -> &'static str {
        self.pick("Sharing is off", "Freigabe ist aus")
    }
    pub(crate) fn starting(self) -> &'static str {
        self.pick("Starting …", "Wird gestartet …")
    }
    pub(crate) fn failed(self) -> &'static str {
        self.pick("Landfall could not start", "Landfall konnte nicht starten")
    }
    pub(crate) fn ending(self) -> &'static str {
        self.pick("Finishing what is under way …", "Laufendes wird beendet …")
    }
    pub(crate) fn attention(self) -> &'static str {
        self.pick("Something needs attention …", "Etwas braucht Aufmerksamkeit …")
    }
    pub(crate) fn start_sharing(self) -> &'static str {
        self.pick("Start sharing", "Freigabe starten")
    }
    pub(crate) fn stop_sharing(self) -> &'static str {
        self.pick("Stop sharing", "Freigabe anhalten")
    }
    pub(crate) fn copy_address(self) -> &'static str {
        self.pick("Copy address", "Adresse kopieren")
    }
    pub(crate) fn connected(self, count: usize) -> String {
        self.pick(format!("Connected ({count})"), format!("Verbunden ({count})"))
    }
    pub(crate) fn nobody(self) -> &'static str {
        self.pick("Nobody is connected", "Niemand ist verbunden")
    }
    pub(crate) fn open(self) -> &'static str {
        self.pick("Open Landfall", "Landfall öffnen")
    }
    pub(crate) fn quit(self) -> &'static str {
        self.pick("Quit", "Beenden")
    }
    #[cfg(target_os = "macos")]
    pub(crate) fn edit(self) -> &'static str {
        self.pick("Edit", "Bearbeiten")
    }
    #[cfg(target_os = "macos")]
    pub(crate) fn window(self) -> &'static str {
        self.pick("Window", "Fenster")
    }
    pub(crate) fn show_file(self) -> &'static str {
        self.pick("Show in folder", "Im Ordner zeigen")
    }
    pub(crate) fn uploaded(self, who: &str, share: &str) -> String {
        self.pick(format!("{who} → {share}"), format!("{who} → {share}"))
    }
    pub(crate) fn one_file(self, file: &str) -> String {
        self.pick(format!("{file} has arrived."), format!("{file} ist angekommen."))
    }
    pub(crate) fn files(self, count: usize, first: &str) -> String {
        let more = count - 1;
        self.pick(
            format!("{first} and {more} more have arrived."),
            format!("{first} und {more} weitere sind angekommen."),
        )
    }
    pub(crate) fn new_visitor(self) -> &'static str {
        self.pick("New device connected", "Neues Gerät verbunden")
    }
    pub(crate) fn visitor(self, who: &str, address: &str) -> String {
        self.pick(
            format!("{who} connected from {address} for the first time."),
            format!("{who} hat sich zum ersten Mal von {address} verbunden."),
        )
    }
    pub(crate) fn locked_out(self) -> &'static str {
        self.pick("Too many wrong passwords", "Zu viele falsche Passwörter")
    }
    /// Stands for what a stranger made up.
    pub(crate) fn unknown_name(self) -> &'static str {
        self.pick("An unknown name", "Ein unbekannter Name")
    }
    pub(crate) fn locked_out_who(self, who: &str, minutes: u64, others: usize) -> String {
        let more = match others {
            0 => String::new(),
            1 => self.pick(" So is another.", " Ein weiterer auch.").to_owned(),
            _ => self.pick(
                format!(" So are {others} more."),
                format!(" {others} weitere auch."),
            ),
        };
        self.pick(
            format!("{who} is locked out for {minutes} min.{more} Unlock under Sessions."),
            format!("{who} ist für {minutes} min gesperrt.{more} Unter „Sitzungen“ entsperren."),
        )
    }
    pub(crate) fn disk_full(self) -> &'static str {
        self.pick("The disk is nearly full", "Die Festplatte ist fast voll")
    }
    pub(crate) fn disk_full_where(self, share: &str, free_mb: u64) -> String {
        self.pick(
            format!("{free_mb} MB are left for {share}."),
            format!("Für {share} sind noch {free_mb} MB frei."),
        )
    }
    pub(crate) fn not_sharing(self) -> &'static str {
        self.pick("Nothing is shared", "Nichts ist freigegeben")
    }
    pub(crate) fn not_sharing_why(self) -> &'static str {
        self.pick(
            "Open Landfall to see why.",
            "Öffnen Sie Landfall, um den Grund zu sehen.",
        )
    }
    /// Explains the policy file to whoever opens it in an editor; the command that undoes it follows.
    pub(crate) fn explorer_policy(self) -> &'static [&'static str] {
        self.pick(
            &[
                "Tells Explorer on which port Landfall's SMB is. For Windows 11 24H2 or newer, or Windows Server 2025.",
                "Opening this file needs an administrator. It replaces other port mappings of this kind on that PC.",
                "To undo it, in a terminal that is run as administrator:",
            ],
            &[
                "Sagt dem Explorer, auf welchem Port Landfalls SMB ist. Für Windows 11 ab 24H2 oder Windows Server 2025.",
                "Zum Öffnen dieser Datei braucht es einen Administrator. Sie ersetzt andere solche Zuordnungen auf dem PC.",
                "Rückgängig machen, in einem als Administrator ausgeführten Terminal:",
            ],
        )
    }
}
