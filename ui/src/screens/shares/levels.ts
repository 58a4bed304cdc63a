// The permissions, lowest first, as the engine orders them.
import type { Grant, Permission } from "../../api/generated";

export const LEVELS: Permission[] = ["none", "drop-box", "read", "read-write", "admin"];

/** Who a grant is to. */
export interface Grantee {
  kind: "user" | "group";
  name: string;
}

export function granteeOf(grant: Grant): Grantee {
  return "user" in grant ? { kind: "user", name: grant.user } : { kind: "group", name: grant.group };
}

export function grantOf(grants: Grant[], share: string, who: Grantee): Permission | undefined {
  const found = grants.find((grant) => {
    const grantee = granteeOf(grant);
    return grant.share === share && grantee.kind === who.kind && grantee.name === who.name;
  });
  return found?.permission ?? undefined;
}

/** What a click on a level asks for: that level, or, where it is granted already, to take the grant away. */
export function clicked(who: Grantee, share: string, granted: Permission | undefined, level: Permission): Grant {
  const permission = granted === level ? null : level;
  return who.kind === "user" ? { user: who.name, share, permission } : { group: who.name, share, permission };
}

/** The same grantee's grant as it was before. */
export function restored(who: Grantee, share: string, granted: Permission | undefined): Grant {
  const permission = granted ?? null;
  return who.kind === "user" ? { user: who.name, share, permission } : { group: who.name, share, permission };
}
