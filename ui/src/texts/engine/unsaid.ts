// Strings of the sources that no person reads in the window, each with the reason. For a test only.
import { forCommandLine } from "../../parts/hints";
import type { Literal } from "./sources";

interface Unsaid {
  reason: string;
  is: (literal: Literal) => boolean;
}

const inFile = (...paths: string[]) => ({ file }: Literal) => paths.some((path) => file.startsWith(path));
const errorOf = (...types: string[]) => ({ error }: Literal) => error !== undefined && types.includes(error);
const exactly = (file: string, ...texts: string[]) => (literal: Literal) => literal.file === file && texts.includes(literal.text);
/** Between the parentheses that the code opens. */
const inside = (code: RegExp) => ({ before }: Literal) => {
  const rest = before.split(code).at(-1) ?? "";
  let depth = 0;
  return code.test(before) && [...rest].every((letter) => (depth += letter === "(" ? 1 : letter === ")" ? -1 : 0) >= 0);
};

export const UNSAID: Unsaid[] = [
  { reason: "goes to the log", is: inside(/tracing::\w+!\(/) },
  { reason: "an attribute for the compiler or for the TypeScript declarations", is: inside(/#!?\[(?:cfg_attr|expect|allow)\(/) },
  { reason: "a hint for the command line, which the window leaves out", is: ({ text }) => forCommandLine(text) },
  { reason: "what can't be, of a place that only tests and fuzzers take", is: exactly("server-core/src/net/places.rs", "all are free") },
  { reason: "a statement or condition for the database", is: inFile("server-core/src/store/activity.rs") },
  { reason: "a statement for the database", is: ({ text }) => /^(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA)\b/.test(text) },

  { reason: "becomes a status code before it leaves the server", is: errorOf("InvalidPath", "MalformedSecurity", "AclTooLong", "DecryptError", "PipeError", "LimitReached") },
  { reason: "becomes a status code before it leaves the server", is: inFile("server-core/src/vfs/backend/", "server-core/src/sandbox/") },
  { reason: "a log-in of our own that failed, which the doctor tells in its own words", is: inFile("server-core/src/smb/client/") },
  { reason: "ends a connection or an exchange, and is logged", is: errorOf("Malformed", "AuthFailure", "TurnedAway", "NoPlace") },
  { reason: "is told as a password to be set again", is: errorOf("UnsealError") },
  { reason: "is shown by the command line, for what was typed there", is: errorOf("InvalidSetting") },

  { reason: "bytes and names of the protocol", is: inFile("server-core/src/smb/wire/", "server-core/src/smb/crypto/", "server-core/src/smb/auth/ntlm/") },
  { reason: "a name for clients", is: exactly("server-core/src/smb/commands/pipe.rs", "Remote IPC") },
  { reason: "a code for the log", is: exactly("server-core/src/smb/commands/ioctl/mod.rs", "a control that is not served") },
  {
    reason: "an answer to an SFTP client, whose program shows it",
    is: inFile("server-core/src/sftp/session/", "server-core/src/sftp/status.rs", "server-core/src/sftp/namespace.rs"),
  },
  {
    reason: "a text for an SSH client",
    is: exactly("server-core/src/sftp/connection.rs", "This server offers file transfer only (SFTP).\r\n", "the server stops", "the session was closed", "no log-in in time"),
  },
  { reason: "a name that is the same in every language", is: ({ text }) => /^(SMB [\d.]+|SMB \{\}|SFTP 3)$/.test(text) },
  { reason: "looked for in a system's settings", is: exactly("server-core/src/admin/doctor/firewall.rs", "State = 0") },
  { reason: "what a setting does, which the window says in its own words", is: (literal) => literal.file === "server-core/src/admin/settings/registry.rs" && /description:$/.test(literal.before) },
  { reason: "between the command line and the server", is: inFile("server-core/src/server/control/") },
  { reason: "looked for in a text", is: exactly("server-core/src/identity/ssh_keys.rs", "PRIVATE KEY") },
  { reason: "makes a key", is: exactly("server-core/src/store/vault/mod.rs", "landfall vault key id") },
  { reason: "a number of the system's in brackets", is: exactly("server-core/src/server/folder_lock.rs", " (pid {pid})") },

  { reason: "for the registry editor of another computer", is: inFile("src-tauri/src/explorer_policy.rs") },
  { reason: "the kind of a file in the system's own dialog", is: exactly("src-tauri/src/shell.rs", "Windows Registry") },
  { reason: "said in each language there", is: inFile("src-tauri/src/texts.rs") },
  { reason: "told in the terminal, before there is a window", is: inFile("src-tauri/src/arguments.rs", "src-tauri/src/main.rs") },
  { reason: "the app's name before a text in its language", is: exactly("src-tauri/src/tray.rs", "Landfall: {}") },
  { reason: "makes the declarations for the window", is: inFile("src-tauri/src/typescript.rs") },
];
