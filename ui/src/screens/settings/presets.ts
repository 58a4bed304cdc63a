// Security in three levels: each stands for some of the server's settings. An empty value is the default.
export type Level = "strict" | "standard" | "old" | "own";

const KEYS = ["smb.min-dialect", "smb.encryption", "smb.require-signing"] as const;

export const PRESETS: Record<Exclude<Level, "own">, Record<(typeof KEYS)[number], string>> = {
  strict: { "smb.min-dialect": "3.0", "smb.encryption": "required", "smb.require-signing": "on" },
  standard: { "smb.min-dialect": "2.0.2", "smb.encryption": "offered", "smb.require-signing": "on" },
  old: { "smb.min-dialect": "2.0.2", "smb.encryption": "offered", "smb.require-signing": "off" },
};

/** The level whose settings hold; "own" when someone chose others. */
export function levelOf(value: (key: string) => string): Level {
  const names = ["strict", "standard", "old"] as const;
  return names.find((name) => KEYS.every((key) => value(key) === PRESETS[name][key])) ?? "own";
}
