// Real clients: smbclient and OpenSSH's sftp.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What smbclient says; rejects with its output when it fails. */
export async function smb(port, share, person, password, command) {
  const { stdout } = await run("smbclient", [
    `//127.0.0.1/${share}`,
    "-p",
    String(port),
    "-U",
    `${person}%${password}`,
    "-c",
    command,
  ]).catch((error) => {
    throw new Error(`${error.stdout}${error.stderr}`.trim());
  });
  return stdout;
}

export const sftpArguments = (port, person, password, options = []) => [
  "-p",
  password,
  "sftp",
  "-q",
  "-P",
  String(port),
  "-o",
  "StrictHostKeyChecking=no",
  "-o",
  "UserKnownHostsFile=/dev/null",
  "-o",
  "PreferredAuthentications=password",
  ...options,
  `${person}@127.0.0.1`,
];

/** What sftp says to commands, one a line. */
export function sftp(port, person, password, commands, options = []) {
  return new Promise((resolve, reject) => {
    const child = execFile("sshpass", sftpArguments(port, person, password, options), (error, stdout, stderr) =>
      error ? reject(new Error(`${stdout}${stderr}`.trim())) : resolve(stdout),
    );
    child.stdin.end(`${commands.join("\n")}\n`);
  });
}
