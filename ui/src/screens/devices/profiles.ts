// Every device that we know what to say about, and which of them a device is.
import type { Status } from "../../api/generated";
import { placeOf } from "../../parts/addresses";
import { ANY_SFTP, ANY_SMB, choose, field, setsPort, WAYS, words, type Kind, type Profile, type Way } from "./panel";
import { SCANNERS } from "./scanners";

const SMB_PORT = 445;

const CAMERAS: Profile[] = [
  {
    id: "axis",
    kind: "camera",
    maker: "Axis",
    permission: "read-write",
    ways: {
      smb: {
        fields: [
          field(words("Address", "Adresse"), "host"),
          field(words("Network share", "Netzwerk-Freigabe"), "share"),
          field(words("User", "Benutzer"), "user"),
          field(words("Password", "Kennwort"), "password"),
        ],
        tips: ["ownShare", "fillsUp", "clock"],
      },
    },
  },
  {
    id: "hikvision",
    kind: "camera",
    maker: "Hikvision",
    permission: "read-write",
    ways: {
      smb: {
        fields: [
          field(words("Server Address", "Serveradresse"), "host"),
          field(words("File Path", "Dateipfad"), "shareSlash"),
          field(words("Mounting Type", "Einbindungstyp"), choose("SMB/CIFS")),
          field(words("User Name", "Benutzername"), "user"),
          field(words("Password", "Kennwort"), "password"),
        ],
        tips: ["ownShare", "hikvisionFormat", "fillsUp", "oldFirmware"],
      },
    },
  },
  { id: "reolink", kind: "camera", maker: "Reolink", permission: "drop-box", ways: {}, unserved: "onlyFtp" },
  {
    id: "camera",
    kind: "camera",
    permission: "drop-box",
    ways: {
      smb: { fields: ANY_SMB, tips: ["anyOf", "oldFirmware", "newNames"], portUnsure: true },
      sftp: { fields: ANY_SFTP, tips: ["anyOf", "notFtp", "newNames"] },
    },
  },
];

const BOARD: Profile = {
  id: "board",
  kind: "board",
  permission: "drop-box",
  ways: {
    smb: {
      fields: [
        field("host", "host"),
        field("port", "port"),
        field("share", "share"),
        field("user", "user"),
        field("password", "password"),
        field("dialect", choose("3.0.2")),
        field("signing", choose(words("on", "ein"))),
      ],
      tips: ["libsmb2", "encryptShort", "newNames"],
      snippet: "libsmb2",
    },
    sftp: {
      fields: [
        field("host", "host"),
        field("port", "port"),
        field("folder", "shareSlash"),
        field("user", "user"),
        field("password", "password"),
        field("hostKey", "hostKey"),
      ],
      tips: ["pinKey", "newNames"],
      snippet: "settings",
    },
  },
};

const OTHER: Profile = {
  id: "other",
  kind: "other",
  permission: "drop-box",
  ways: {
    smb: { fields: ANY_SMB, tips: ["anyOf", "newNames"] },
    sftp: { fields: ANY_SFTP, tips: ["anyOf", "newNames"] },
  },
};

export const PROFILES: Profile[] = [...SCANNERS, ...CAMERAS, BOARD, OTHER];

export const profilesOf = (kind: Kind) => PROFILES.filter((profile) => profile.kind === kind);

/** Whatever is not known to be anything else can be anything. */
export const profileOf = (id: string | null | undefined) => PROFILES.find((profile) => profile.id === id) ?? OTHER;

/** Of its kind, the one that stands for all makers without one of their own. */
export const generalOf = (kind: Kind) => profilesOf(kind).find((profile) => profile.maker === undefined) ?? OTHER;

export function waysOf(profile: Profile): Way[] {
  return WAYS.filter((way) => profile.ways[way] !== undefined);
}

/** Whether SMB is on a port that the device has no field for. */
export function portOutOfReach(profile: Profile, way: Way, status: Status): boolean {
  const panel = profile.ways.smb;
  const place = placeOf(status, "smb");
  return way === "smb" && panel !== undefined && place !== undefined && place.port !== SMB_PORT && !setsPort(panel);
}

/** The way that is most likely to work: SMB where the device can reach it, for every one of them knows that. */
export function bestWay(profile: Profile, status: Status): Way {
  const open = waysOf(profile).filter((way) => placeOf(status, way) !== undefined);
  const reached = open.filter((way) => !portOutOfReach(profile, way, status));
  return reached[0] ?? open[0] ?? waysOf(profile)[0] ?? "smb";
}
