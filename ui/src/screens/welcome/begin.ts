// What the first run makes: a share, a person, and the permission that the person has there.
import type { Attempt } from "../../api/attempt";
import { call } from "../../api/bridge";
import { PLAIN_SHARE } from "../../parts/share";

export interface Beginning {
  folder: string;
  share: string;
  person: string;
  password: string;
}

/** The name that the person may use, and the latest log-in before that. */
export interface Begun {
  name: string;
  password: string;
  share: string;
  before: number;
}

export function begin(attempt: Attempt, { folder, share, person, password }: Beginning): Promise<Begun> {
  return attempt.all(async () => {
    const shares = await call("list-shares");
    // A folder that is shared by this name already is what was asked for. Another one of this name is not, and the
    // engine says that the name is taken.
    if (!shares.some((known) => known.name === share && known.folder === folder)) {
      await attempt.addShare({ ...PLAIN_SHARE, name: share, folder });
    }
    await attempt.addPerson({ name: person, password });
    await call("grant", { user: person, share, permission: "read-write" });
    return { name: person, password, share, before: await latestLogIn() };
  });
}

/** Where the list of log-ins ends; an old data folder has some. */
async function latestLogIn(): Promise<number> {
  const { records } = await call("find-activity", { kinds: ["logged-in"], limit: 1 });
  return records[0]?.id ?? 0;
}
