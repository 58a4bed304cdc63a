// Changing a share, with a way back.
import { call } from "../../api/bridge";
import type { ChangeShare, Share } from "../../api/generated";
import { useAct } from "../../api/queries";
import { go, parse } from "../../route";
import { useTexts } from "../../texts";

export type Change = Omit<ChangeShare, "share">;

/** The change that brings back what another one replaces. */
export function inverse(share: Share, change: Change): Change {
  const keys = Object.keys(change) as (keyof Change)[];
  return Object.fromEntries(keys.map((key) => [key, share[key]]));
}

export function useChange(share: Share) {
  const texts = useTexts();
  const act = useAct();
  return async (change: Change, said = texts.shares.changed(share.name)) => {
    const undo = async () => {
      const before = await call("change-share", { share: change.name ?? share.name, ...inverse(share, change) });
      follow(change.name ?? share.name, before.name);
    };
    const changed = await act(call("change-share", { share: share.name, ...change }), said, undo);
    if (changed !== undefined) {
      follow(share.name, changed.done.name);
    }
  };
}

/** A share that has another name stays on screen. */
function follow(before: string, name: string) {
  const { screen, rest } = parse(location.hash);
  if (name !== before && screen === "shares" && rest === before) {
    go("shares", name);
  }
}
