// The one catalogue of texts. English decides what there is; every other language has the same shape.
import { createContext, useContext, useMemo, type ReactNode } from "react";
import { de } from "./de";
import { en, type Texts } from "./en";

export type { Texts };
export const LANGUAGES = { en, de };
export type LanguageName = keyof typeof LANGUAGES;

const Context = createContext<Texts>(en);
export const useTexts = () => useContext(Context);

export function languageOf(chosen: "system" | LanguageName, locale: string | null | undefined): LanguageName {
  if (chosen !== "system") {
    return chosen;
  }
  return locale?.toLowerCase().startsWith("de") ? "de" : "en";
}

export function TextsProvider({ language, children }: { language: LanguageName; children: ReactNode }) {
  const texts = useMemo(() => LANGUAGES[language], [language]);
  return <Context.Provider value={texts}>{children}</Context.Provider>;
}
