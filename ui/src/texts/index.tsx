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

/** The texts in a language; dates and figures as the system's user has them, where that is the same language. */
export function textsOf(language: LanguageName, locale: string | null | undefined): Texts {
  const same = locale?.toLowerCase().startsWith(language) && Intl.DateTimeFormat.supportedLocalesOf([locale]).length > 0;
  return same && locale ? { ...LANGUAGES[language], locale } : LANGUAGES[language];
}

interface TextsProviderProps {
  language: LanguageName;
  locale: string | null | undefined;
  children: ReactNode;
}

export function TextsProvider({ language, locale, children }: TextsProviderProps) {
  const texts = useMemo(() => textsOf(language, locale), [language, locale]);
  return <Context.Provider value={texts}>{children}</Context.Provider>;
}
