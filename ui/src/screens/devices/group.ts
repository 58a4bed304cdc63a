// Devices are the people of one group: they have accounts and permissions as people do.
import type { Attempt } from "../../api/attempt";
import { call } from "../../api/bridge";
import type { Permission } from "../../api/generated";
import { PLAIN_SHARE } from "../../parts/share";

export const DEVICES = "devices";

export interface NewDevice {
  name: string;
  label: string;
  password: string;
  permission: Permission;
  /** A share that is there, or a folder to share. */
  share: { name: string; folder?: string };
}

/** An account, a share and the permission that the device needs there; nothing of it where a part is refused. */
export function addDevice(attempt: Attempt, { name, label, password, permission, share }: NewDevice): Promise<void> {
  return attempt.all(async () => {
    const groups = await call("list-groups");
    if (!groups.some((group) => group.name === DEVICES)) {
      await attempt.addGroup(DEVICES);
    }
    if (share.folder !== undefined) {
      await attempt.addShare({ ...PLAIN_SHARE, name: share.name, folder: share.folder });
    }
    await attempt.addPerson({ name, display_name: label, password });
    await call("join-group", { name, group: DEVICES });
    await call("grant", { user: name, share: share.name, permission });
  });
}
