// Made from the Rust types by a test of landfall-app; see src-tauri/src/typescript.rs.

/**
 * What the app is and where it keeps things.
 */
export type About = { 
/**
 * The version.
 */
version: string, 
/**
 * When it was built, as RFC 3339 has it.
 */
built: string, 
/**
 * "linux", "macos", "windows".
 */
system: string, 
/**
 * The system's language, as "de-DE".
 */
locale: string | null, 
/**
 * Landfall's own data.
 */
data_dir: string, 
/**
 * A folder to offer for sharing.
 */
home: string | null, 
/**
 * The name of the computer's user, to offer as the first person's.
 */
user: string, };

/**
 * What a person may do in a share, and why.
 */
export type Access = { 
/**
 * The person.
 */
name: string, 
/**
 * The share.
 */
share: string, 
/**
 * What they may do, after the share's own limits.
 */
permission: Permission, 
/**
 * The rule that decided.
 */
from: AccessSource, 
/**
 * The group, when its grant decided.
 */
group: string | null, 
/**
 * One sentence: "alice may read and write: granted to the group editors".
 */
why: string, };

/**
 * Whose effective permission to work out.
 */
export type AccessQuery = { 
/**
 * The person; "guest" for guests, where a share admits them.
 */
name: string, 
/**
 * In this share; in all of them when missing.
 */
share?: string | null, };

/**
 * Which rule decided a permission.
 */
export type AccessSource = "user" | "group" | "share-default" | "guest" | "no-guests" | "disabled";

/**
 * An action and its input.
 */
export type Action = { "action": "about" } | { "action": "preferences" } | { "action": "set-preferences" } & Preferences | { "action": "pick-folder" } | { "action": "read-text-file" } | { "action": "show-share" } & FolderOf | { "action": "show-file" } & FileOf | { "action": "show-logs" } | { "action": "show-data-folder" } | { "action": "copy" } & Text | { "action": "export-activity" } & ActivitySearch | { "action": "save-explorer-policy" } | { "action": "save-backup" } & Passphrase | { "action": "pick-backup" } | { "action": "restore-backup" } & BackupFile | { "action": "print" } | { "action": "painted" } | { "action": "listening" } | { "action": "retry-start" } | { "action": "quit" } | { "action": "quit-now" };

/**
 * What an activity record is about.
 */
export type ActivityKind = "logged-in" | "log-in-refused" | "logged-out" | "share-entered" | "access-refused" | "file-written" | "unfinished" | "folder-created" | "removed" | "not-deleted" | "renamed" | "administered" | "server";

/**
 * A part of the matches.
 */
export type ActivityPage = { 
/**
 * All matches.
 */
total: number, 
/**
 * Those asked for, newest first.
 */
records: Array<StoredActivity>, };

/**
 * Which part of the activity list to read.
 */
export type ActivityQuery = { 
/**
 * At most this many, the newest.
 */
limit: number, };

/**
 * One line of the activity list.
 */
export type ActivityRecord = { 
/**
 * When it happened.
 */
at: string, 
/**
 * What it is about.
 */
kind: ActivityKind, 
/**
 * The protocol it came in by, if any.
 */
protocol: Protocol | null, 
/**
 * The person, by name as they gave it.
 */
user: string | null, 
/**
 * Where it came from.
 */
address: string | null, 
/**
 * The share concerned.
 */
share: string | null, 
/**
 * The path inside the share, with forward slashes.
 */
path: string | null, 
/**
 * A sentence for a person: what happened and, for a refusal, why.
 */
message: string, 
/**
 * How often it happened within a minute. Of refusals only the first is told at once.
 */
count: number, 
/**
 * The name is one that nobody here has: a stranger's own words.
 */
unknown_user: boolean, };

/**
 * Which records to find. What is missing or empty does not narrow the search.
 */
export type ActivitySearch = { 
/**
 * A part of the sentence, path, name or address.
 */
text?: string | null, 
/**
 * Any of these kinds.
 */
kinds?: Array<ActivityKind> | null, 
/**
 * Of this person.
 */
user?: string | null, 
/**
 * In this share.
 */
share?: string | null, 
/**
 * By this protocol.
 */
protocol?: Protocol | null, 
/**
 * Not before.
 */
since?: string, 
/**
 * Not after this record, so that pages stay in place while new records arrive.
 */
newest?: number | null, 
/**
 * So many matches are skipped.
 */
offset?: number | null, 
/**
 * At most so many are given; 100 when missing.
 */
limit?: number | null, };

/**
 * Adds a group.
 */
export type AddGroup = { 
/**
 * Its name.
 */
name: string, };

/**
 * Adds the key of an OpenSSH public-key line (`ssh-ed25519 AAAA… comment`).
 */
export type AddKey = { 
/**
 * Whose.
 */
name: string, 
/**
 * The line.
 */
public_key: string, };

/**
 * Adds a person.
 */
export type AddPerson = { 
/**
 * The log-in name.
 */
name: string, 
/**
 * The name people see; the log-in name when missing.
 */
display_name?: string | null, 
/**
 * The password; without one, SSH keys are the only way in.
 */
password?: Secret | null, };

/**
 * Adds a share.
 */
export type AddShare = { 
/**
 * The name clients use.
 */
name: string, 
/**
 * The folder to share; must exist and be absolute.
 */
folder: string, 
/**
 * A sentence shown beside the name.
 */
comment: string, 
/**
 * What people without a grant may do.
 */
default: Permission, 
/**
 * Guests may enter.
 */
guest: boolean, 
/**
 * Nobody writes.
 */
read_only: boolean, 
/**
 * SMB clients must encrypt.
 */
encrypt: boolean, 
/**
 * Left out of lists of shares.
 */
hidden: boolean, 
/**
 * Everyone who may write gets a drop box.
 */
upload_only: boolean, };

/**
 * Something the server listens on.
 */
export type Address = { 
/**
 * "smb", "sftp" or "netbios".
 */
protocol: string, 
/**
 * The socket address it is bound to.
 */
address: string, 
/**
 * What to type into a client: `smb://host:port/`.
 */
url: string, };

/**
 * A refusal or failure of the admin API.
 */
export type AdminError = { 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * One sentence: what is wrong.
 */
message: string, 
/**
 * One sentence: what to do about it.
 */
hint?: string | null, };

/**
 * What each operation gives.
 */
export type Answer = { "call": "add-person", "gives": Person } | { "call": "list-people", "gives": Array<Person> } | { "call": "show-person", "gives": Person } | { "call": "change-person", "gives": Person } | { "call": "set-password", "gives": null } | { "call": "generate-password", "gives": Secret } | { "call": "remove-person", "gives": null } | { "call": "unlock-person", "gives": null } | { "call": "list-lock-outs", "gives": Array<LockOut> } | { "call": "unlock-address", "gives": null } | { "call": "clear-lock-outs", "gives": number } | { "call": "add-key", "gives": PublicKey } | { "call": "list-keys", "gives": Array<PublicKey> } | { "call": "remove-key", "gives": null } | { "call": "add-group", "gives": Group } | { "call": "list-groups", "gives": Array<Group> } | { "call": "change-group", "gives": Group } | { "call": "remove-group", "gives": null } | { "call": "join-group", "gives": null } | { "call": "leave-group", "gives": null } | { "call": "add-share", "gives": Share } | { "call": "list-shares", "gives": Array<Share> } | { "call": "show-share", "gives": Share } | { "call": "change-share", "gives": Share } | { "call": "remove-share", "gives": null } | { "call": "grant", "gives": null } | { "call": "list-grants", "gives": Array<Grant> } | { "call": "access", "gives": Array<Access> } | { "call": "share-access", "gives": Array<Access> } | { "call": "list-sessions", "gives": Array<SessionInfo> } | { "call": "list-open-files", "gives": Array<OpenFileInfo> } | { "call": "close-open-file", "gives": null } | { "call": "list-waiting-files", "gives": Array<WaitingFile> } | { "call": "close-waiting-file", "gives": null } | { "call": "close-session", "gives": null } | { "call": "list-settings", "gives": Array<Setting> } | { "call": "set-setting", "gives": SettingChanged } | { "call": "list-activity", "gives": Array<ActivityRecord> } | { "call": "status", "gives": Status } | { "call": "start-sharing", "gives": null } | { "call": "stop-sharing", "gives": null } | { "call": "find-activity", "gives": ActivityPage } | { "call": "list-traffic", "gives": Array<TrafficSample> } | { "call": "list-space", "gives": Array<ShareSpace> } | { "call": "list-host-keys", "gives": Array<HostKey> } | { "call": "examine", "gives": Array<Check> } | { "call": "block-address", "gives": null } | { "call": "unblock-address", "gives": null } | { "call": "list-blocks", "gives": Array<Block> } | { "call": "back-up", "gives": Backup } | { "call": "inspect-backup", "gives": Backup } | { "call": "restore-backup", "gives": Restored };

/**
 * Writes a backup.
 */
export type BackUp = { 
/**
 * Where to; a file that is there is replaced.
 */
file: string, 
/**
 * What encrypts it: who loses it loses the backup.
 */
passphrase: Secret, 
/**
 * What the desktop app wants kept with it; not looked at.
 */
app?: string | null, };

/**
 * A share in a backup.
 */
export type BackedUpShare = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its folder.
 */
folder: string, 
/**
 * Clients could enter it on this computer.
 */
available: boolean, 
/**
 * Why they could not.
 */
unavailable: Unavailable | null, };

/**
 * What is in a backup.
 */
export type Backup = { 
/**
 * The version that made it.
 */
version: string, 
/**
 * When it was made.
 */
made: string, 
/**
 * Names of people.
 */
people: Array<string>, 
/**
 * Names of groups.
 */
groups: Array<string>, 
/**
 * Shares.
 */
shares: Array<BackedUpShare>, };

/**
 * A backup to look into or to restore.
 */
export type BackupFile = { 
/**
 * The file.
 */
file: string, 
/**
 * Its passphrase.
 */
passphrase: Secret, };

/**
 * An address that may not connect.
 */
export type Block = { 
/**
 * The address.
 */
address: string, 
/**
 * Until then; `None` for good.
 */
until: string | null, };

/**
 * Keeps an address out.
 */
export type BlockAddress = { 
/**
 * The address.
 */
address: string, 
/**
 * For so long; `None` for good.
 */
seconds: number | null, };

/**
 * Names an address that is kept out.
 */
export type BlockedAddress = { 
/**
 * The address.
 */
address: string, };

/**
 * What a client caches of something that it has open.
 */
export type CachingInfo = { 
/**
 * Under a lease, which several opens share; else by an oplock.
 */
lease: boolean, 
/**
 * What it has read.
 */
reads: boolean, 
/**
 * What it is going to write.
 */
writes: boolean, 
/**
 * That it is open, when its program has closed it.
 */
handles: boolean, 
/**
 * It was asked to cache less and has yet to answer.
 */
breaking: boolean, };

/**
 * An operation and its input.
 */
export type Call = { "call": "add-person" } & AddPerson | { "call": "list-people" } | { "call": "show-person" } & Named | { "call": "change-person" } & ChangePerson | { "call": "set-password" } & SetPassword | { "call": "generate-password" } | { "call": "remove-person" } & Named | { "call": "unlock-person" } & Named | { "call": "list-lock-outs" } | { "call": "unlock-address" } & BlockedAddress | { "call": "clear-lock-outs" } | { "call": "add-key" } & AddKey | { "call": "list-keys" } & Named | { "call": "remove-key" } & KeyOf | { "call": "add-group" } & AddGroup | { "call": "list-groups" } | { "call": "change-group" } & ChangeGroup | { "call": "remove-group" } & Named | { "call": "join-group" } & Membership | { "call": "leave-group" } & Membership | { "call": "add-share" } & AddShare | { "call": "list-shares" } | { "call": "show-share" } & Named | { "call": "change-share" } & ChangeShare | { "call": "remove-share" } & Named | { "call": "grant" } & Grant | { "call": "list-grants" } & GrantList | { "call": "access" } & AccessQuery | { "call": "share-access" } & Named | { "call": "list-sessions" } | { "call": "list-open-files" } & SessionOf | { "call": "close-open-file" } & OpenFileOf | { "call": "list-waiting-files" } | { "call": "close-waiting-file" } & WaitingFileOf | { "call": "close-session" } & SessionOf | { "call": "list-settings" } | { "call": "set-setting" } & SetSetting | { "call": "list-activity" } & ActivityQuery | { "call": "status" } | { "call": "start-sharing" } | { "call": "stop-sharing" } | { "call": "find-activity" } & ActivitySearch | { "call": "list-traffic" } | { "call": "list-space" } | { "call": "list-host-keys" } | { "call": "examine" } | { "call": "block-address" } & BlockAddress | { "call": "unblock-address" } & BlockedAddress | { "call": "list-blocks" } | { "call": "back-up" } & BackUp | { "call": "inspect-backup" } & BackupFile | { "call": "restore-backup" } & BackupFile;

/**
 * Changes a group.
 */
export type ChangeGroup = { 
/**
 * Which.
 */
name: string, 
/**
 * Its name from now on.
 */
new_name: string, };

/**
 * Changes what is given and leaves the rest.
 */
export type ChangePerson = { 
/**
 * Who.
 */
name: string, 
/**
 * Another log-in name. Clients that keep the old one must be told.
 */
new_name?: string | null, 
/**
 * A new display name.
 */
display_name?: string | null, 
/**
 * Switch the account on or off.
 */
enabled?: boolean | null, 
/**
 * May use SMB.
 */
smb?: boolean | null, 
/**
 * May use SFTP.
 */
sftp?: boolean | null, };

/**
 * Changes what is given and leaves the rest.
 */
export type ChangeShare = { 
/**
 * Which.
 */
share: string, 
/**
 * A new name.
 */
name?: string | null, 
/**
 * Another folder.
 */
folder?: string | null, 
/**
 * Another comment.
 */
comment?: string | null, 
/**
 * What people without a grant may do.
 */
default?: Permission | null, 
/**
 * Guests may enter.
 */
guest?: boolean | null, 
/**
 * Nobody writes.
 */
read_only?: boolean | null, 
/**
 * SMB clients must encrypt.
 */
encrypt?: boolean | null, 
/**
 * Left out of lists of shares.
 */
hidden?: boolean | null, 
/**
 * Everyone who may write gets a drop box.
 */
upload_only?: boolean | null, };

/**
 * One thing that was looked at.
 */
export type Check = { 
/**
 * What was looked at.
 */
kind: CheckKind, 
/**
 * How it is.
 */
outcome: Outcome, 
/**
 * Which one: an address, a share, a person.
 */
subject: string | null, 
/**
 * More about it: what an error said, what is left, where it is.
 */
detail: string | null, };

/**
 * What the doctor looks at.
 */
export type CheckKind = "sharing" | "smb-port" | "listening" | "reachable" | "log-in" | "network" | "firewall" | "clock" | "keyring" | "sandbox" | "privileges" | "password" | "people" | "folder" | "grants" | "nested" | "space" | "data-space" | "lock-out";

/**
 * What somebody uses.
 */
export type ConsumerUse = { 
/**
 * A person's name; the address of guests and of those who have not logged in.
 */
who: string, 
/**
 * How much.
 */
used: number, };

/**
 * What kind of refusal it is. Stable: callers may decide by it.
 */
export type ErrorCode = "no-such-person" | "no-such-group" | "no-such-share" | "no-such-key" | "no-such-session" | "no-such-block" | "no-such-setting" | "already-exists" | "not-a-member" | "no-such-grant" | "invalid-name" | "invalid-password" | "invalid-key" | "invalid-folder" | "invalid-value" | "invalid-backup" | "not-running" | "already-running" | "cannot-listen" | "bad-request" | "store-failed" | "connection-failed";

/**
 * Something that happened in the engine.
 */
export type Event = { "event": "session-opened" } & SessionInfo | { "event": "session-closed", 
/**
 * The session that ended.
 */
id: LiveSessionId, } | { "event": "activity" } & ActivityRecord | { "event": "configuration-changed" } | { "event": "listeners-changed" } | { "event": "traffic" } & TrafficSample | { "event": "sessions-active" } | { "event": "refusals-counted" };

/**
 * A file in a share.
 */
export type FileOf = { 
/**
 * The share.
 */
share: string, 
/**
 * Its path there, with forward slashes.
 */
path: string, };

/**
 * How far what acts for clients is kept from other files of this computer.
 */
export type FileSystemGuard = { "kind": "landlock", 
/**
 * The version of the kernel's interface.
 */
abi: number, } | { "kind": "off" } | { "kind": "unsupported" } | { "kind": "failed" };

/**
 * A share whose folder is meant.
 */
export type FolderOf = { 
/**
 * The share.
 */
share: string, };

/**
 * What each action gives.
 */
export type Given = { "action": "about", "gives": About } | { "action": "preferences", "gives": Preferences } | { "action": "set-preferences", "gives": null } | { "action": "pick-folder", "gives": string | null } | { "action": "read-text-file", "gives": string | null } | { "action": "show-share", "gives": null } | { "action": "show-file", "gives": null } | { "action": "show-logs", "gives": null } | { "action": "show-data-folder", "gives": null } | { "action": "copy", "gives": null } | { "action": "export-activity", "gives": string | null } | { "action": "save-explorer-policy", "gives": string | null } | { "action": "save-backup", "gives": string | null } | { "action": "pick-backup", "gives": string | null } | { "action": "restore-backup", "gives": Restored } | { "action": "print", "gives": null } | { "action": "painted", "gives": null } | { "action": "listening", "gives": null } | { "action": "retry-start", "gives": null } | { "action": "quit", "gives": null } | { "action": "quit-now", "gives": null };

/**
 * A grant.
 */
export type Grant = { 
/**
 * The share.
 */
share: string, 
/**
 * What they may do. `None` to take a grant away, so that groups and the share's default decide again.
 */
permission: Permission | null, } & ({ "user": string } | { "group": string });

/**
 * Which grants to list.
 */
export type GrantList = { 
/**
 * Only those of this share.
 */
share?: string | null, };

/**
 * A group as lists show it.
 */
export type Group = { 
/**
 * Its name.
 */
name: string, 
/**
 * The security identifier, stable for ever.
 */
sid: string, 
/**
 * Unix group id shown to SFTP clients.
 */
gid: number, 
/**
 * Members, by name.
 */
members: Array<string>, };

/**
 * What holds around the server besides its own care.
 */
export type Hardening = { 
/**
 * What the threads that serve clients can open.
 */
file_system: FileSystemGuard, 
/**
 * What the process may do beyond its account.
 */
privileges: Privileges, };

/**
 * A key by which SSH clients know the server.
 */
export type HostKey = { 
/**
 * "ssh-ed25519", "ssh-rsa".
 */
algorithm: string, 
/**
 * `SHA256:…`, as clients show it.
 */
fingerprint: string, 
/**
 * The line for a device that wants the server's public key beforehand.
 */
public_key: string, };

/**
 * One key of a person.
 */
export type KeyOf = { 
/**
 * Whose.
 */
name: string, 
/**
 * `SHA256:…`; a beginning will do when only one key has it.
 */
fingerprint: string, 
/**
 * Sessions that it opened go on; otherwise they end.
 */
keep_sessions?: boolean | null, };

/**
 * A language of the app.
 */
export type Language = "system" | "en" | "de";

/**
 * Something of which there is only so much.
 */
export type LimitKind = "strangers" | "connections" | "opens" | "locks" | "watches" | "watched-bytes" | "waiting-requests" | "waiting-bytes" | "pipes" | "unsent-bytes";

/**
 * How full a limit is.
 */
export type LimitUse = { 
/**
 * Of what.
 */
kind: LimitKind, 
/**
 * How much of it is used now.
 */
used: number, 
/**
 * How much of it there is.
 */
most: number, 
/**
 * How much of it one person, or one address, may use.
 */
each: number | null, 
/**
 * How much of it all together from one address may use, where that is limited besides.
 */
each_address: number | null, 
/**
 * Who uses the most of it now.
 */
fullest: ConsumerUse | null, 
/**
 * How often more was refused since the server started.
 */
refused: number, };

/**
 * Names a live session to an administrator; never reused while the process runs.
 */
export type LiveSessionId = number;

/**
 * A name or address that may not log in for a while: with both, the name at that address.
 */
export type LockOut = { 
/**
 * The name, when one is locked out.
 */
name: string | null, 
/**
 * The address, when one is locked out; with a name, only that name there.
 */
address: string | null, 
/**
 * Nobody here has that name: it is a stranger's own words.
 */
unknown: boolean, 
/**
 * Wrong passwords counted.
 */
failures: number, 
/**
 * Seconds until it ends.
 */
seconds: number, };

/**
 * Where the master key is.
 */
export type MasterKey = "keyring" | "file";

/**
 * A person and a group: to join, or to leave.
 */
export type Membership = { 
/**
 * The person.
 */
name: string, 
/**
 * The group.
 */
group: string, };

/**
 * Names a person, a group or a share.
 */
export type Named = { 
/**
 * Its name.
 */
name: string, };

/**
 * A client that speaks SMB 2.x, or did lately.
 */
export type OldDialect = { 
/**
 * The person's name; "guest" for guests.
 */
user: string, 
/**
 * Where they came from.
 */
address: string, 
/**
 * "2.0.2" or "2.1": the newest that was seen of them.
 */
dialect: string, 
/**
 * What the client calls itself.
 */
client: string | null, 
/**
 * Its requests were signed.
 */
signed: boolean, 
/**
 * It is connected now.
 */
connected: boolean, 
/**
 * When it logged in last, since this server started.
 */
last: string, };

/**
 * An open file or folder, as people see it.
 */
export type OpenFileInfo = { 
/**
 * Names it as long as it is open.
 */
id: number, 
/**
 * The share.
 */
share: string, 
/**
 * The path in it.
 */
path: string, 
/**
 * Whether it is a folder.
 */
directory: boolean, 
/**
 * Whether it may be written through this open.
 */
writes: boolean, 
/**
 * What its client keeps a copy of; `None` when it caches nothing.
 */
caching: CachingInfo | null, 
/**
 * Parts of it that are locked through this open.
 */
locks: number, 
/**
 * It waits for its client when that loses its connection.
 */
durable: boolean, };

/**
 * Names a file that a session has open.
 */
export type OpenFileOf = { 
/**
 * The session's id, as listed.
 */
session: LiveSessionId, 
/**
 * The file's id, as listed.
 */
id: number, };

/**
 * How something is.
 */
export type Outcome = "pass" | "warn" | "fail";

/**
 * What encrypts a backup.
 */
export type Passphrase = { 
/**
 * At least eight characters.
 */
passphrase: Secret, };

/**
 * What someone may do in a share. Ordered: of several groups' grants the highest counts.
 */
export type Permission = "none" | "drop-box" | "read" | "read-write" | "admin";

/**
 * A person as lists show them.
 */
export type Person = { 
/**
 * The log-in name.
 */
name: string, 
/**
 * The name people see.
 */
display_name: string, 
/**
 * The security identifier, stable for ever.
 */
sid: string, 
/**
 * Unix user id shown to SFTP clients.
 */
uid: number, 
/**
 * Unix group id shown to SFTP clients.
 */
gid: number, 
/**
 * May log in; switched off, they have no session either.
 */
enabled: boolean, 
/**
 * May use SMB.
 */
smb: boolean, 
/**
 * May use SFTP.
 */
sftp: boolean, 
/**
 * Whether the password can be used for SMB.
 */
smb_password: SmbPassword, 
/**
 * Groups, by name.
 */
groups: Array<string>, 
/**
 * Fingerprints of the SSH public keys.
 */
keys: Array<string>, 
/**
 * When the account was made.
 */
created: string, 
/**
 * The last log-in.
 */
last_login: string | null, 
/**
 * Seconds until a lock-out for wrong passwords ends; `None` when not locked out.
 */
locked_seconds: number | null, 
/**
 * The address that they are locked out from; `None` when it is everywhere, or nowhere.
 */
locked_from: string | null, };

/**
 * The choices.
 */
export type Preferences = { 
/**
 * The language of window, tray and notifications.
 */
language: Language, 
/**
 * Light or dark.
 */
theme: Theme, 
/**
 * Say when uploads are complete.
 */
notify_uploads: boolean, 
/**
 * Say when a person comes from a device for the first time.
 */
notify_visitors: boolean, 
/**
 * Say when someone is locked out, a disk is nearly full or sharing stops by an error.
 */
notify_problems: boolean, 
/**
 * Say when this version has become old.
 */
notify_age: boolean, 
/**
 * Start when the user logs in to this computer.
 */
autostart: boolean, 
/**
 * Start in the tray, without a window.
 */
start_minimized: boolean, 
/**
 * The welcome was completed or left.
 */
welcomed: boolean, };

/**
 * What the process may do beyond its account.
 */
export type Privileges = "none" | "files-of-others" | "kept" | "not-handled";

/**
 * The protocol a session speaks.
 */
export type Protocol = "smb" | "sftp";

/**
 * A public key as lists show it.
 */
export type PublicKey = { 
/**
 * `SHA256:…`, as `ssh-keygen -l` shows it.
 */
fingerprint: string, 
/**
 * "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa".
 */
algorithm: string, 
/**
 * The comment at the end of the line.
 */
comment: string, 
/**
 * When it was added.
 */
added: string, };

/**
 * What became of a restoration.
 */
export type Restored = { 
/**
 * What was restored.
 */
backup: Backup, 
/**
 * A backup of what was there before.
 */
before: string, 
/**
 * Its passphrase, made up for it: whoever made the file that was restored must not open what was here. It is kept
 * beside the backup too, in a file whose name ends with `.passphrase`.
 */
before_passphrase: Secret, 
/**
 * What the desktop app had kept with it.
 */
app: string | null, };

/**
 * The screens that tray and notifications lead to.
 */
export type Screen = "sessions" | "home";

/**
 * A password. Not shown by `Debug`, zeroized when dropped.
 */
export type Secret = string;

/**
 * A session as listed by the admin API.
 */
export type SessionInfo = { 
/**
 * Its id for `close`.
 */
id: LiveSessionId, 
/**
 * The person's name; "guest" for guests.
 */
user: string, 
/**
 * The person's row, `None` for guests.
 */
user_id: number | null, 
/**
 * The client's address and port.
 */
address: string, 
/**
 * Protocol.
 */
protocol: Protocol, 
/**
 * Shares entered.
 */
shares: Array<string>, 
/**
 * Files and folders open now.
 */
open_files: number, 
/**
 * Bytes received from the client as file content.
 */
bytes_in: number, 
/**
 * Bytes sent to the client as file content.
 */
bytes_out: number, 
/**
 * When the session authenticated.
 */
since: string, 
/**
 * Seconds since the last request.
 */
idle_seconds: number, 
/**
 * "3.1.1", "2.0.2", "SFTP 3".
 */
dialect: string, 
/**
 * Signing or MAC algorithm, `None` when unsigned.
 */
signing: string | null, 
/**
 * Cipher, `None` when nothing is encrypted.
 */
cipher: string | null, 
/**
 * How the person proved who they are: "NTLMv2", "password", "public key", "guest".
 */
authentication: string, 
/**
 * What the client calls itself: its computer's name by SMB, its program by SFTP.
 */
client: string | null, 
/**
 * The fingerprint of the public key that proved who the person is.
 */
key: string | null, };

/**
 * Names a session.
 */
export type SessionOf = { 
/**
 * Its id, as listed.
 */
id: LiveSessionId, };

/**
 * Sets a password.
 */
export type SetPassword = { 
/**
 * Whose.
 */
name: string, 
/**
 * The new password.
 */
password: Secret, 
/**
 * Sessions that a password opened go on, as where it was only written down anew; otherwise they end.
 */
keep_sessions?: boolean | null, };

/**
 * Changes a setting.
 */
export type SetSetting = { 
/**
 * Which.
 */
key: string, 
/**
 * The new value; empty to go back to the default.
 */
value: string, };

/**
 * A setting as lists show it.
 */
export type Setting = { 
/**
 * Its key.
 */
key: string, 
/**
 * What holds.
 */
value: string, 
/**
 * What holds when nothing was set.
 */
default: string, 
/**
 * Whether something was set.
 */
is_set: boolean, 
/**
 * What it does.
 */
description: string, 
/**
 * What values it takes.
 */
takes: string, };

/**
 * What became of a changed setting.
 */
export type SettingChanged = { 
/**
 * It takes effect when sharing is stopped and started again.
 */
needs_restart: boolean, 
/**
 * Its key.
 */
key: string, 
/**
 * What holds.
 */
value: string, 
/**
 * What holds when nothing was set.
 */
default: string, 
/**
 * Whether something was set.
 */
is_set: boolean, 
/**
 * What it does.
 */
description: string, 
/**
 * What values it takes.
 */
takes: string, };

/**
 * A share as lists show it.
 */
export type Share = { 
/**
 * The name clients use.
 */
name: string, 
/**
 * The folder it shares.
 */
folder: string, 
/**
 * A sentence shown beside the name.
 */
comment: string, 
/**
 * What people without a grant may do.
 */
default: Permission, 
/**
 * Guests may enter.
 */
guest: boolean, 
/**
 * Nobody writes.
 */
read_only: boolean, 
/**
 * SMB clients must encrypt.
 */
encrypt: boolean, 
/**
 * Left out of lists of shares.
 */
hidden: boolean, 
/**
 * Everyone who may write gets a drop box.
 */
upload_only: boolean, 
/**
 * Whether clients can enter it now.
 */
available: boolean, 
/**
 * Why they can't.
 */
unavailable: Unavailable | null, 
/**
 * The share whose folder holds this one's: its people come in here by that way too, whatever is granted here.
 */
inside_of: string | null, 
/**
 * The shares whose folders are in this one's: this one's people come in there too.
 */
holds: Array<string>, };

/**
 * The disk that a share is on.
 */
export type ShareSpace = { 
/**
 * The share.
 */
share: string, 
/**
 * Bytes in all.
 */
total: number, 
/**
 * Bytes that may still be written.
 */
free: number, };

/**
 * Something the window should do.
 */
export type ShellEvent = { "event": "show", 
/**
 * Which.
 */
screen: Screen, } | { "event": "quit-asked", 
/**
 * How many sessions would end.
 */
sessions: number, };

/**
 * Whether a person's password works for SMB (it needs a sealed secret that SFTP does not need).
 */
export type SmbPassword = "ready" | "missing" | "must-be-set-again";

/**
 * The state of a data folder and of the server that runs with it.
 */
export type Status = { 
/**
 * This program's version.
 */
version: string, 
/**
 * The data folder.
 */
data_dir: string, 
/**
 * A server runs with this data folder.
 */
running: boolean, 
/**
 * It accepts clients; false while sharing is stopped.
 */
sharing: boolean, 
/**
 * Sharing was to start and could not; why is among the warnings.
 */
failed: boolean, 
/**
 * The server's process.
 */
pid: number | null, 
/**
 * Seconds since it started.
 */
uptime_seconds: number | null, 
/**
 * What it listens on.
 */
listening: Array<Address>, 
/**
 * People, groups, shares.
 */
people: number, 
/**
 * Groups.
 */
groups: number, 
/**
 * Shares.
 */
shares: number, 
/**
 * Live sessions.
 */
sessions: number, 
/**
 * Files and folders open now.
 */
open_files: number, 
/**
 * Where the key that seals SMB secrets is kept.
 */
master_key: MasterKey, 
/**
 * What holds around the running server besides its own care.
 */
hardening: Hardening | null, 
/**
 * People whose password must be set again before they can use SMB.
 */
passwords_to_set_again: Array<string>, 
/**
 * Names and addresses that may not log in for now.
 */
lock_outs: Array<LockOut>, 
/**
 * What is limited, how full it is, and by whom; nothing while no server runs.
 */
limits: Array<LimitUse>, 
/**
 * Clients that speak SMB 2.x, now or lately: `smb.min-dialect` decides whether they may.
 */
old_dialects: Array<OldDialect>, 
/**
 * What a person should look at, one sentence each.
 */
warnings: Array<string>, };

/**
 * A record of the activity list with its place in it: later records have higher ids.
 */
export type StoredActivity = { 
/**
 * Its place.
 */
id: number, 
/**
 * When it happened.
 */
at: string, 
/**
 * What it is about.
 */
kind: ActivityKind, 
/**
 * The protocol it came in by, if any.
 */
protocol: Protocol | null, 
/**
 * The person, by name as they gave it.
 */
user: string | null, 
/**
 * Where it came from.
 */
address: string | null, 
/**
 * The share concerned.
 */
share: string | null, 
/**
 * The path inside the share, with forward slashes.
 */
path: string | null, 
/**
 * A sentence for a person: what happened and, for a refusal, why.
 */
message: string, 
/**
 * How often it happened within a minute. Of refusals only the first is told at once.
 */
count: number, 
/**
 * The name is one that nobody here has: a stranger's own words.
 */
unknown_user: boolean, };

/**
 * A text.
 */
export type Text = { 
/**
 * The text.
 */
text: string, };

/**
 * Light or dark.
 */
export type Theme = "system" | "light" | "dark";

/**
 * File content carried in one second.
 */
export type TrafficSample = { 
/**
 * The end of that second.
 */
at: string, 
/**
 * Bytes received from clients.
 */
bytes_in: number, 
/**
 * Bytes sent to clients.
 */
bytes_out: number, };

/**
 * Why a share can't be entered.
 */
export type Unavailable = "missing" | "whole-disk" | "holds-data" | "inside-data" | "silent";

/**
 * Something that is open for a client that lost its connection and may come back.
 */
export type WaitingFile = { 
/**
 * What is open.
 */
file: OpenFileInfo, 
/**
 * The person who has it open.
 */
user: string, 
/**
 * Since when the client is away.
 */
since: string, };

/**
 * Names a file that is open for a client that is away.
 */
export type WaitingFileOf = { 
/**
 * The file's id, as listed.
 */
id: number, };
