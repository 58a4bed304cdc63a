// How each system writes the way to a share.
import type { Status } from "../api/generated";

export interface Place {
  host: string;
  port: number;
}

export interface Ways {
  /** Finder, iOS and Linux file managers. */
  smb?: string;
  /** Explorer; needs SMB's own port. */
  explorer?: string;
  /** What Explorer opens once the PC was told of the other port. */
  explorerByPolicy?: string;
  /** Windows 11 24H2 and later, for other ports. */
  netUse?: string;
  powershell?: string;
  mount?: string;
  sftp?: string;
  sftpCommand?: string;
}

const SMB_PORT = 445;
const SSH_PORT = 22;

/** Where a protocol is reached, if it is on. */
export function placeOf(status: Status, protocol: "smb" | "sftp"): Place | undefined {
  const listening = status.listening.find((address) => address.protocol === protocol);
  const found = listening && /^\w+:\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?\//.exec(listening.url);
  if (!found?.[1]) {
    return undefined;
  }
  return { host: found[1], port: found[2] ? Number(found[2]) : protocol === "smb" ? SMB_PORT : SSH_PORT };
}

/** `\\host\share`, where Windows wants IPv6 addresses without colons. */
export function uncOf(host: string, share: string): string {
  const named = host.startsWith("[") ? `${host.slice(1, -1).replaceAll(":", "-").replace("%", "s")}.ipv6-literal.net` : host;
  return share === "" ? `\\\\${named}` : `\\\\${named}\\${share}`;
}

/** What needs no quotes in any terminal. */
const PLAIN = /^[\p{L}\p{N}\p{M}_.:/\\-]+$/u;

/** For the command prompt, where quotes keep everything but the percent sign, which can't be escaped there. */
const forPrompt = (word: string) => (PLAIN.test(word) ? word : `"${word}"`);
/** For PowerShell, which takes typographic quotes for quotes too. */
const forPowerShell = (word: string) => (PLAIN.test(word) ? word : `'${word.replace(/['‘’‚‛]/g, "$&$&")}'`);
/** For shells of macOS and Linux. */
const forShell = (word: string) => (PLAIN.test(word.replaceAll("\\", " ")) ? word : `'${word.replaceAll("'", "'\\''")}'`);
/** For whatever terminal there is: double quotes do in all of them, where nothing between them has a meaning. */
const forAny = (word: string) => (/[$`"\\!%]/.test(word) ? forShell(word) : /^[\w.@-]+$/.test(word) ? word : `"${word}"`);

/** Names that OpenSSH takes; it refuses those with which shells could be deceived. */
const sshTakes = (person: string) => !/['`";&<>|(){}]|^-|\s-/.test(person);

export function waysTo(status: Status, share: string | undefined, person: string | undefined): Ways {
  const ways: Ways = {};
  const smb = placeOf(status, "smb");
  const name = share ?? "";
  const encoded = encodeURIComponent(name);
  if (smb !== undefined) {
    const usual = smb.port === SMB_PORT;
    const authority = usual ? smb.host : `${smb.host}:${smb.port}`;
    const unc = uncOf(smb.host, name);
    ways.smb = `smb://${authority}/${encoded}`;
    if (usual) {
      ways.explorer = unc;
    } else if (name !== "") {
      ways.explorerByPolicy = unc;
      ways.netUse = `net use Z: ${forPrompt(unc)} /TCPPORT:${smb.port}${person === undefined ? "" : ` /USER:${forPrompt(person)} *`}`;
      ways.powershell = `New-SmbMapping -LocalPath Z: -RemotePath ${forPowerShell(unc)} -TcpPort ${smb.port}`;
    }
    // A comma in a name would end it among the options, and nothing escapes it there.
    if (name !== "" && person?.includes(",") !== true) {
      const options = [`port=${smb.port}`, "vers=3.1.1", ...(person === undefined ? [] : [`username=${person}`])];
      // Commas and equal signs mean nothing to a shell.
      const listed = options.map((option) => (PLAIN.test(option.replace("=", "")) ? option : forShell(option)));
      ways.mount = `sudo mount -t cifs ${forShell(`//${smb.host}/${name}`)} /mnt -o ${listed.join(",")}`;
    }
  }
  const sftp = placeOf(status, "sftp");
  if (sftp !== undefined) {
    const who = person === undefined ? "" : `${encodeURIComponent(person)}@`;
    const port = sftp.port === SSH_PORT ? "" : `:${sftp.port}`;
    ways.sftp = `sftp://${who}${sftp.host}${port}/${encoded}`;
    if (person === undefined || sshTakes(person)) {
      const place = `${person === undefined ? "" : `${person}@`}${sftp.host}`;
      ways.sftpCommand = `sftp ${sftp.port === SSH_PORT ? "" : `-P ${sftp.port} `}${forAny(place)}`;
    }
  }
  return ways;
}

/** A name that a share can have, made of a folder's. */
export function shareNameOf(folder: string): string {
  const last = folder.split(/[/\\]/).filter((part) => part !== "").at(-1) ?? "";
  return last.replace(/["\\/[\]:|<>+=;,*?\u0000-\u001f]/g, " ").trim().slice(0, 80);
}
