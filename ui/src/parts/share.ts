// A share as it begins: open to nobody, without any option.
import type { AddShare } from "../api/generated";

export const PLAIN_SHARE: Omit<AddShare, "name" | "folder"> = {
  comment: "",
  default: "none",
  guest: false,
  read_only: false,
  encrypt: false,
  hidden: false,
  upload_only: false,
};
