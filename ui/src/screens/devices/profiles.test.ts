import { beforeEach, describe, expect, it } from "vitest";
import type { Status } from "../../api/generated";
import { de } from "../../texts/de";
import { en } from "../../texts/en";
import { KINDS, setsPort, WAYS } from "./panel";
import { bestWay, generalOf, portOutOfReach, profileOf, PROFILES, profilesOf, waysOf } from "./profiles";
import { labelOf, profileIn, profileOfDevice, remember } from "./remember";

const at = (...urls: string[]) =>
  ({ listening: urls.map((url) => ({ protocol: url.split(":")[0], url, address: "0.0.0.0:1" })) }) as unknown as Status;
const OWN_PORT = at("smb://10.0.0.5/", "sftp://10.0.0.5:2022/");
const OTHER_PORT = at("smb://10.0.0.5:4450/", "sftp://10.0.0.5:2022/");

describe("every profile", () => {
  it("has a name of its own, and each kind has one for the rest", () => {
    expect(new Set(PROFILES.map((profile) => profile.id)).size).toBe(PROFILES.length);
    for (const texts of [en, de]) {
      expect(new Set(PROFILES.map((profile) => labelOf(texts, profile, "x"))).size).toBe(PROFILES.length);
    }
    for (const kind of KINDS) {
      expect(profilesOf(kind).filter((profile) => profile.maker === undefined)).toHaveLength(1);
      expect(generalOf(kind).kind).toBe(kind);
    }
  });

  it.each(PROFILES.map((profile) => [profile.id, profile] as const))("%s can be served, or says why not", (_, profile) => {
    expect(waysOf(profile).length > 0).toBe(profile.unserved === undefined);
  });

  const panels = PROFILES.flatMap((profile) => WAYS.flatMap((way) => (profile.ways[way] === undefined ? [] : [[profile.id, way, profile.ways[way]] as const])));

  it.each(panels)("%s asks by %s for where, who and the password, each once and by known names", (_, way, panel) => {
    const values = panel.fields.map((field) => field.value);
    expect(values).toContain("user");
    expect(values).toContain("password");
    const where = way === "smb" ? ["unc", "share", "shareSlash"] : ["shareSlash"];
    expect(where.some((value) => values.includes(value as never))).toBe(true);
    expect(["unc", "host", "hostUnc"].some((value) => values.includes(value as never))).toBe(true);
    for (const texts of [en, de]) {
      const labels = panel.fields.map(({ label }) => (typeof label === "string" ? texts.devices.fields[label] : texts === en ? label.en : label.de));
      expect(new Set(labels).size).toBe(labels.length);
      expect(labels.every((label) => label !== undefined && label.trim() !== "")).toBe(true);
      expect(panel.tips.every((tip) => texts.devices.tips[tip] !== undefined)).toBe(true);
    }
    expect(new Set(panel.tips).size).toBe(panel.tips.length);
    // SFTP is never on its own port here, unless the owner saw to it.
    expect(way === "smb" || setsPort(panel)).toBe(true);
  });

  it("gives a recorder the right to look after its recordings, and everything else only a drop box", () => {
    expect(PROFILES.filter((profile) => profile.permission === "read-write").map((profile) => profile.id)).toEqual(["axis", "hikvision"]);
  });
});

describe("the way that is shown first", () => {
  it("is SMB where the device reaches it, else SFTP where it knows that", () => {
    expect(bestWay(profileOf("brother"), OWN_PORT)).toBe("smb");
    expect(bestWay(profileOf("brother"), OTHER_PORT)).toBe("sftp");
    expect(bestWay(profileOf("kyocera"), OTHER_PORT)).toBe("smb");
    expect(bestWay(profileOf("board"), OTHER_PORT)).toBe("smb");
    expect(bestWay(profileOf("board"), at("sftp://10.0.0.5:2022/"))).toBe("sftp");
    expect(bestWay(profileOf("canon"), OTHER_PORT)).toBe("smb");
    expect(bestWay(profileOf("reolink"), OWN_PORT)).toBe("smb");
  });

  it("comes with a warning where no port can be set", () => {
    expect(portOutOfReach(profileOf("canon"), "smb", OTHER_PORT)).toBe(true);
    expect(portOutOfReach(profileOf("canon"), "smb", OWN_PORT)).toBe(false);
    expect(portOutOfReach(profileOf("xerox"), "smb", OTHER_PORT)).toBe(false);
    expect(portOutOfReach(profileOf("scanner"), "smb", OTHER_PORT)).toBe(true);
    expect(portOutOfReach(profileOf("brother"), "sftp", OTHER_PORT)).toBe(false);
  });
});

describe("a device's profile", () => {
  beforeEach(() => localStorage.clear());

  it("is in the name that people see, whichever language that was made in", () => {
    for (const profile of PROFILES) {
      expect(profileIn(labelOf(en, profile, "scan1"), "scan1")).toBe(profile);
      expect(profileIn(labelOf(de, profile, "scan1"), "scan1")).toBe(profile);
    }
    // As devices were named before there were makers.
    expect(profileIn("Scanner, printer (scanner)", "scanner")?.id).toBe("scanner");
    expect(profileIn("Alice", "alice")).toBeUndefined();
  });

  it("is remembered where the owner gave another name, and is anything when nothing is known", () => {
    const device = { name: "scan1", display_name: "The one upstairs" };
    expect(profileOfDevice(device).id).toBe("other");
    remember("scan1", profileOf("ricoh"));
    expect(profileOfDevice(device).id).toBe("ricoh");
    expect(profileOfDevice({ ...device, display_name: "Canon (scan1)" }).id).toBe("canon");
    remember("scan1", undefined);
    expect(profileOfDevice(device).id).toBe("other");
  });
});
