// What the panels and web pages of scanners and printers ask for, by maker. The words are those of current models'
// manuals; older and newer ones differ a little.
import { ANY_SFTP, ANY_SMB, choose, field, words, type Profile } from "./panel";

const protocol = (name: string) => field(words("Protocol", "Protokoll"), choose(name));

export const SCANNERS: Profile[] = [
  {
    id: "brother",
    kind: "scanner",
    maker: "Brother",
    permission: "drop-box",
    ways: {
      smb: {
        fields: [
          field(words("Network Folder Path", "Netzwerkordnerpfad"), "unc"),
          field(words("Auth. Method", "Auth.-Methode"), choose("NTLMv2")),
          field(words("Username", "Benutzername"), "user"),
          field(words("Password", "Kennwort"), "password"),
        ],
        tips: ["webPage", "brotherProfile", "clock", "newNames"],
      },
      sftp: {
        fields: [
          field(words("Host Address", "Hostadresse"), "host"),
          field(words("Username", "Benutzername"), "user"),
          field(words("Auth. Method", "Auth.-Methode"), choose(words("Password", "Kennwort"))),
          field(words("Password", "Kennwort"), "password"),
          field(words("Server Public Key", "Öffentlicher Schlüssel (Server)"), choose(words("the imported one", "den importierten"))),
          field(words("Store Directory", "Speicherverzeichnis"), "shareSlash"),
          field(words("Port Number", "Portnummer"), "port"),
        ],
        tips: ["webPage", "notEveryModel", "brotherKey", "oldSsh", "newNames"],
      },
    },
  },
  {
    id: "canon",
    kind: "scanner",
    maker: "Canon",
    permission: "drop-box",
    ways: {
      smb: {
        fields: [
          protocol("Windows (SMB)"),
          field(words("Host Name", "Hostname"), "hostUnc"),
          field(words("Folder Path", "Ordnerpfad"), "share"),
          field(words("User Name", "Benutzername"), "user"),
          field(words("Password", "Passwort"), "password"),
        ],
        tips: ["webPage", "canonHost", "canonErrors", "noEncryption", "newNames"],
      },
    },
  },
  {
    id: "epson",
    kind: "scanner",
    maker: "Epson",
    permission: "drop-box",
    ways: {
      smb: {
        fields: [
          field(words("Type", "Typ"), choose(words("Network Folder (SMB)", "Netzwerkordner (SMB)"))),
          field(words("Save to", "Speichern unter"), "unc"),
          field(words("User Name", "Benutzername"), "user"),
          field(words("Password", "Passwort"), "password"),
        ],
        tips: ["webPage", "epsonLocation", "newNames"],
      },
    },
  },
  {
    id: "hp",
    kind: "scanner",
    maker: "HP",
    permission: "drop-box",
    ways: {
      smb: {
        fields: [
          field(words("UNC folder path", "UNC-Ordnerpfad"), "unc"),
          field(words("Windows domain", "Windows-Domäne"), "nothing"),
          field(words("User name", "Benutzername"), "user"),
          field(words("Password", "Kennwort"), "password"),
        ],
        tips: ["webPage", "hpPath", "hpShort", "newNames"],
      },
    },
  },
  {
    id: "konica-minolta",
    kind: "scanner",
    maker: "Konica Minolta",
    permission: "drop-box",
    ways: {
      smb: {
        fields: [
          field(words("Host Address", "Hostadresse"), "host"),
          field(words("File Path", "Dateipfad"), "share"),
          field(words("User ID", "Benutzer-ID"), "user"),
          field(words("Password", "Kennwort"), "password"),
        ],
        tips: ["webPage", "shareOnly", "konicaLogin", "newNames"],
      },
    },
  },
  {
    id: "kyocera",
    kind: "scanner",
    maker: "Kyocera",
    permission: "drop-box",
    ways: {
      smb: {
        fields: [
          field(words("Host Name", "Hostname"), "host"),
          field(words("Port Number", "Portnummer"), "port"),
          field(words("Path", "Pfad"), "share"),
          field(words("Login User Name", "Login-Benutzername"), "user"),
          field(words("Login Password", "Login-Passwort"), "password"),
        ],
        tips: ["webPage", "kyoceraPort", "shareOnly", "newNames"],
      },
    },
  },
  {
    id: "ricoh",
    kind: "scanner",
    maker: "Ricoh",
    permission: "drop-box",
    ways: {
      smb: {
        fields: [
          protocol("SMB"),
          field(words("Path", "Pfad"), "unc"),
          field(words("Login User Name", "Login-Anwendername"), "user"),
          field(words("Login Password", "Login-Passwort"), "password"),
        ],
        tips: ["webPage", "ricohLogin", "noEncryption", "newNames"],
      },
    },
  },
  {
    id: "xerox",
    kind: "scanner",
    maker: "Xerox",
    permission: "drop-box",
    ways: {
      smb: {
        fields: [
          protocol("SMB"),
          field(words("IP Address", "IP-Adresse"), "host"),
          field(words("Port", "Port"), "port"),
          field(words("Share", "Freigabe"), "share"),
          field(words("Document Path", "Dokumentpfad"), "nothing"),
          field(words("Login Name", "Anmeldename"), "user"),
          field(words("Password", "Kennwort"), "password"),
        ],
        tips: ["webPage", "newNames"],
      },
      sftp: {
        fields: [
          protocol("SFTP"),
          field(words("IP Address", "IP-Adresse"), "host"),
          field(words("Port", "Port"), "port"),
          field(words("Document Path", "Dokumentpfad"), "shareSlash"),
          field(words("Login Name", "Anmeldename"), "user"),
          field(words("Password", "Kennwort"), "password"),
        ],
        tips: ["webPage", "notEveryModel", "oldSsh", "newNames"],
      },
    },
  },
  {
    id: "scanner",
    kind: "scanner",
    permission: "drop-box",
    ways: {
      smb: { fields: ANY_SMB, tips: ["webPage", "anyOf", "noEncryption", "newNames"], portUnsure: true },
      sftp: { fields: ANY_SFTP, tips: ["webPage", "anyOf", "oldSsh", "newNames"] },
    },
  },
];
