// Which profile a device has.
//
// The engine knows devices only as people of a group, and has no place for this: it would be of no use to it. So the
// profile is read from the name that people see, which is made of it ("Canon (scanner)") and survives moving to
// another computer. Where that name was changed to something of the owner's own, what was chosen is kept with the
// window; if that is lost, nothing but the choice of fields is, and it can be made again.
import type { Person } from "../../api/generated";
import { LANGUAGES, type Texts } from "../../texts";
import type { Profile } from "./panel";
import { profileOf, PROFILES, profilesOf } from "./profiles";

/** What the profile is called in lists. */
export function nameOf(texts: Texts, profile: Profile): string {
  return profile.maker ?? texts.devices.kinds[profile.kind].name;
}

/** The same where its kind is said beside it. */
export function makeOf(texts: Texts, profile: Profile): string {
  return profile.maker ?? (profilesOf(profile.kind).length > 1 ? texts.devices.otherMake : texts.devices.kinds[profile.kind].name);
}

/** The name that people see of a device. */
export function labelOf(texts: Texts, profile: Profile, account: string): string {
  return `${nameOf(texts, profile)} (${account})`;
}

/** The profile in such a name, in whichever language it was made. */
export function profileIn(label: string, account: string): Profile | undefined {
  return PROFILES.find((profile) => Object.values(LANGUAGES).some((texts) => labelOf(texts, profile, account) === label));
}

export function profileOfDevice(device: Pick<Person, "name" | "display_name">): Profile {
  return profileIn(device.display_name, device.name) ?? profileOf(stored(device.name));
}

const key = (account: string) => `landfall.device.${account}`;

/** Storage can be switched off or full; then the default holds. */
function stored(account: string): string | null {
  try {
    return localStorage.getItem(key(account));
  } catch {
    return null;
  }
}

export function remember(account: string, profile: Profile | undefined) {
  try {
    if (profile === undefined) {
      localStorage.removeItem(key(account));
    } else {
      localStorage.setItem(key(account), profile.id);
    }
  } catch {
    // See `stored`.
  }
}
