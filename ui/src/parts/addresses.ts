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
      const quoted = /\s/.test(unc) ? `"${unc}"` : unc;
      ways.netUse = `net use Z: ${quoted} /TCPPORT:${smb.port}${person === undefined ? "" : ` /USER:${person} *`}`;
      ways.powershell = `New-SmbMapping -LocalPath Z: -RemotePath ${quoted} -TcpPort ${smb.port}`;
    }
    if (name !== "") {
      const options = [`port=${smb.port}`, "vers=3.1.1", ...(person === undefined ? [] : [`username=${person}`])];
      const source = /\s/.test(name) ? `"//${smb.host}/${name}"` : `//${smb.host}/${name}`;
      ways.mount = `sudo mount -t cifs ${source} /mnt -o ${options.join(",")}`;
    }
  }
  const sftp = placeOf(status, "sftp");
  if (sftp !== undefined) {
    const who = person === undefined ? "" : `${encodeURIComponent(person)}@`;
    const port = sftp.port === SSH_PORT ? "" : `:${sftp.port}`;
    ways.sftp = `sftp://${who}${sftp.host}${port}/${encoded}`;
    const host = sftp.host.replace(/^\[|\]$/g, "");
    ways.sftpCommand = `sftp ${sftp.port === SSH_PORT ? "" : `-P ${sftp.port} `}${person === undefined ? "" : `${person}@`}${host}`;
  }
  return ways;
}

/** A name that a share can have, made of a folder's. */
export function shareNameOf(folder: string): string {
  const last = folder.split(/[/\\]/).filter((part) => part !== "").at(-1) ?? "";
  return last.replace(/["\\/[\]:|<>+=;,*?\u0000-\u001f]/g, " ").trim().slice(0, 80);
}
