// Real clients: smbclient and OpenSSH's sftp.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What smbclient says; rejects with its output when it fails. */
export function smb(port, share, person, password, command, options = []) {
  return smbclient(port, share, ["-U", `${person}%${password}`, ...options], command);
}

/** The same for someone without name and password. */
export function guest(port, share, command) {
  return smbclient(port, share, ["-N"], command);
}

async function smbclient(port, share, who, command) {
  const { stdout } = await run("smbclient", [`//127.0.0.1/${share}`, "-p", String(port), ...who, "-c", command]).catch((error) => {
    throw new Error(`${error.stdout}${error.stderr}`.trim());
  });
  return stdout;
}

const CARELESS = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];

export const sftpArguments = (port, person, password, options = []) => [
  "-p",
  password,
  "sftp",
  "-q",
  "-P",
  String(port),
  ...CARELESS,
  "-o",
  "PreferredAuthentications=password",
  ...options,
  `${person}@127.0.0.1`,
];

/** What sftp says to commands, one a line. */
export function sftp(port, person, password, commands, options = []) {
  return told("sshpass", sftpArguments(port, person, password, options), commands);
}

/** The same with a key in place of a password. */
export function sftpByKey(port, person, key, commands) {
  const only = ["-o", "IdentitiesOnly=yes", "-o", "PreferredAuthentications=publickey", "-o", "BatchMode=yes"];
  return told("sftp", ["-q", "-P", String(port), ...CARELESS, ...only, "-i", key, `${person}@127.0.0.1`], commands);
}

function told(program, args, commands) {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, (error, stdout, stderr) => (error ? reject(new Error(`${stdout}${stderr}`.trim())) : resolve(stdout)));
    child.stdin.end(`${commands.join("\n")}\n`);
  });
}
