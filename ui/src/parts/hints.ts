// Hints that the engine gives, in a window.
import type { Texts } from "../texts";

/** Hints that name a command of the command line are no help in a window. */
export const forCommandLine = (hint: string) => hint.includes("`landfall") || hint.includes("--data-dir");

/** A hint in the user's language; empty where it is none for a window. */
export function windowHint(texts: Texts, hint: string | null | undefined): string {
  // What is to be typed stands between backticks, as in a terminal.
  return hint == null || forCommandLine(hint) ? "" : texts.engine(hint).replace(/`([^`]*)`/g, (_, typed: string) => texts.quoted(typed));
}

/** What is wrong and what to do about it, in the user's language. */
export function explained(texts: Texts, { message, hint }: { message: string; hint?: string | null }): string {
  return [texts.engine(message), windowHint(texts, hint)].filter(Boolean).join(" ");
}

/** What is wrong with a setting, which a window calls by its field's label instead of its key. */
export function settingRefused(texts: Texts, refused: { message: string; hint?: string | null }, key: string, label: string): string {
  return explained(texts, refused).replaceAll(key, texts.quoted(label));
}
