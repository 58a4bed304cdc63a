// Security in three levels: each stands for some of the server's settings. An empty value is the default.
import type { OldDialect } from "../../api/generated";

export type Level = "strict" | "standard" | "old" | "own";

/** What tells the levels apart. The oldest dialect comes with a level, and may then be another. */
const KEYS = ["smb.encryption", "smb.require-signing"] as const;

export const PRESETS: Record<Exclude<Level, "own">, Record<(typeof KEYS)[number] | "smb.min-dialect", string>> = {
  strict: { "smb.min-dialect": "3.0", "smb.encryption": "required", "smb.require-signing": "on" },
  standard: { "smb.min-dialect": "2.0.2", "smb.encryption": "offered", "smb.require-signing": "on" },
  old: { "smb.min-dialect": "2.0.2", "smb.encryption": "offered", "smb.require-signing": "off" },
};

/** The level whose settings hold; "own" when someone chose others. */
export function levelOf(value: (key: string) => string): Level {
  const names = ["strict", "standard", "old"] as const;
  return names.find((name) => KEYS.every((key) => value(key) === PRESETS[name][key])) ?? "own";
}

/** Who speaks SMB 2, now or lately, and from where, each once. */
export function usersOfSmb2(clients: Pick<OldDialect, "dialect" | "user" | "address">[]): string[] {
  return [...new Set(clients.map(({ user, address, dialect }) => `${user} (${address}, SMB ${dialect})`))];
}
