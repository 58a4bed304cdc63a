// A share as it begins, open to nobody and without any option, and where one is.
import type { AddShare, Share } from "../api/generated";
import type { Texts } from "../texts";

export const PLAIN_SHARE: Omit<AddShare, "name" | "folder"> = {
  comment: "",
  default: "none",
  guest: false,
  read_only: false,
  encrypt: false,
  hidden: false,
  upload_only: false,
};

/** Where a share's folder is, or why nobody can enter it. */
export function place(texts: Texts, share: Pick<Share, "folder" | "unavailable">): string {
  return share.unavailable === null ? share.folder : texts.shares.unavailable[share.unavailable].text(share.folder);
}
