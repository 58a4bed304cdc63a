import { expect, it } from "vitest";
import type { Share } from "../../api/generated";
import { inverse } from "./change";

const share = { name: "Scans", folder: "/srv/Scans", comment: "", default: "none", read_only: false, guest: true } as Share;

it("undoing brings back what was there, and only that", () => {
  expect(inverse(share, { read_only: true })).toEqual({ read_only: false });
  expect(inverse(share, { default: "read", guest: false })).toEqual({ default: "none", guest: true });
  expect(inverse(share, { name: "Papers" })).toEqual({ name: "Scans" });
  expect(inverse(share, { comment: "Invoices" })).toEqual({ comment: "" });
});
