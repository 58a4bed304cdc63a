import { describe, expect, it } from "vitest";
import type { Status } from "../api/generated";
import { shareNameOf, waysTo } from "./addresses";

const status = (...urls: [protocol: string, url: string][]) =>
  ({ listening: urls.map(([protocol, url]) => ({ protocol, url, address: "0.0.0.0:1" })) }) as Status;

describe("the ways to a share", () => {
  it("leave out the usual ports", () => {
    const ways = waysTo(status(["smb", "smb://10.0.0.5/"], ["sftp", "sftp://10.0.0.5/"]), "Scans", "alice");
    expect(ways.smb).toBe("smb://10.0.0.5/Scans");
    expect(ways.explorer).toBe("\\\\10.0.0.5\\Scans");
    expect(ways.netUse).toBeUndefined();
    expect(ways.explorerByPolicy).toBeUndefined();
    expect(ways.sftp).toBe("sftp://alice@10.0.0.5/Scans");
    expect(ways.sftpCommand).toBe("sftp alice@10.0.0.5");
  });

  it("tell Windows of another port, and quote names with spaces", () => {
    const ways = waysTo(status(["smb", "smb://10.0.0.5:4450/"], ["sftp", "sftp://10.0.0.5:2022/"]), "My Scans", "alice");
    expect(ways.explorer).toBeUndefined();
    expect(ways.explorerByPolicy).toBe("\\\\10.0.0.5\\My Scans");
    expect(ways.netUse).toBe('net use Z: "\\\\10.0.0.5\\My Scans" /TCPPORT:4450 /USER:alice *');
    expect(ways.mount).toBe('sudo mount -t cifs \'//10.0.0.5/My Scans\' /mnt -o port=4450,vers=3.1.1,username=alice');
    expect(ways.smb).toBe("smb://10.0.0.5:4450/My%20Scans");
    expect(ways.sftpCommand).toBe("sftp -P 2022 alice@10.0.0.5");
  });

  it("quote what a terminal would take apart", () => {
    const there = status(["smb", "smb://10.0.0.5:4450/"], ["sftp", "sftp://10.0.0.5:2022/"]);
    const spaced = waysTo(there, "Ann's & Bob's", "Jörg Müller");
    expect(spaced.netUse).toBe('net use Z: "\\\\10.0.0.5\\Ann\'s & Bob\'s" /TCPPORT:4450 /USER:"Jörg Müller" *');
    expect(spaced.powershell).toBe("New-SmbMapping -LocalPath Z: -RemotePath '\\\\10.0.0.5\\Ann''s & Bob''s' -TcpPort 4450");
    expect(spaced.mount).toBe(`sudo mount -t cifs '//10.0.0.5/Ann'\\''s & Bob'\\''s' /mnt -o port=4450,vers=3.1.1,'username=Jörg Müller'`);
    expect(spaced.sftpCommand).toBe('sftp -P 2022 "Jörg Müller@10.0.0.5"');
    // Nothing is quoted that needs no quotes.
    const plain = waysTo(there, "Fotos_2.a-b", "jörg");
    expect(plain.netUse).toBe("net use Z: \\\\10.0.0.5\\Fotos_2.a-b /TCPPORT:4450 /USER:jörg *");
    expect(plain.mount).toBe("sudo mount -t cifs //10.0.0.5/Fotos_2.a-b /mnt -o port=4450,vers=3.1.1,username=jörg");
    // A dollar means something between double quotes.
    expect(waysTo(there, "x$", "$HOME").mount).toBe("sudo mount -t cifs '//10.0.0.5/x$' /mnt -o port=4450,vers=3.1.1,'username=$HOME'");
    expect(waysTo(there, "x", "$HOME").sftpCommand).toBe("sftp -P 2022 '$HOME@10.0.0.5'");
  });

  it("leave out a command that can't name someone", () => {
    const there = status(["smb", "smb://10.0.0.5/"], ["sftp", "sftp://10.0.0.5/"]);
    for (const name of ["O'Neil", "a&b", "a;b", "a(b)", "x`y", "-dash"]) {
      expect(waysTo(there, "Scans", name).sftpCommand, name).toBeUndefined();
    }
    expect(waysTo(there, "Scans", "Müller, Jörg").mount).toBeUndefined();
    expect(waysTo(there, "Scans", "Müller, Jörg").sftpCommand).toBe('sftp "Müller, Jörg@10.0.0.5"');
  });

  it("write IPv6 addresses as Windows can take them", () => {
    expect(waysTo(status(["smb", "smb://[fd00::5]/"]), "Scans", undefined).explorer).toBe("\\\\fd00--5.ipv6-literal.net\\Scans");
  });

  it("are none where a protocol is off", () => {
    expect(waysTo(status(["sftp", "sftp://[fe80::1]:2022/"]), "Scans", undefined)).toEqual({
      sftp: "sftp://[fe80::1]:2022/Scans",
      sftpCommand: 'sftp -P 2022 "[fe80::1]"',
    });
  });
});

it("a folder's name becomes a name that a share can have", () => {
  expect(shareNameOf("/home/me/My Scans/")).toBe("My Scans");
  expect(shareNameOf("C:\\Users\\me\\Scans")).toBe("Scans");
  expect(shareNameOf("/srv/a:b")).toBe("a b");
  expect(shareNameOf("/")).toBe("");
});
