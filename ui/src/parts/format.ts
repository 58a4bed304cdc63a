// Figures for people: sizes, rates, times and spans, in the language of the texts.
import type { Texts } from "../texts";

/** Formatters are costly to make and cheap to keep: there are a handful, and rows by the thousand. */
const made = new Map<string, { format: (value: never) => string }>();

function formatter<T extends { format: (value: never) => string }>(key: string, make: () => T): T {
  const kept = made.get(key) ?? make();
  made.set(key, kept);
  return kept as T;
}

function decimal(texts: Texts, digits: number): Intl.NumberFormat {
  return formatter(`${texts.locale} ${digits}`, () => new Intl.NumberFormat(texts.locale, { maximumFractionDigits: digits }));
}

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

export function bytes(texts: Texts, count: number): string {
  let unit = 0;
  let value = count;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  const shown = decimal(texts, digits).format(value);
  return `${shown}\u00a0${UNITS[unit]}`;
}

export function rate(texts: Texts, perSecond: number): string {
  return `${bytes(texts, perSecond)}/s`;
}

export function count(texts: Texts, value: number): string {
  return decimal(texts, 3).format(value);
}

/** "3 min", "2 h", "5 d": the largest unit that fits. */
export function span(texts: Texts, seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) {
    return `${whole}\u00a0s`;
  }
  if (whole < 3600) {
    return `${Math.floor(whole / 60)}\u00a0min`;
  }
  if (whole < 86_400) {
    return `${Math.floor(whole / 3600)}\u00a0h`;
  }
  return `${Math.floor(whole / 86_400)}\u00a0${texts.days}`;
}

const sameDay = (a: Date, b: Date) => a.toDateString() === b.toDateString();

/** The time of day for today, with the date for earlier days. */
export function moment(texts: Texts, at: string, now = new Date()): string {
  const date = new Date(at);
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  const day: Intl.DateTimeFormatOptions = { ...time, day: "numeric", month: "short" };
  const [kind, options]: [string, Intl.DateTimeFormatOptions] = sameDay(date, now)
    ? ["today", { ...time, second: "2-digit" }]
    : date.getFullYear() === now.getFullYear()
      ? ["this year", day]
      : ["earlier", { ...day, year: "numeric" }];
  return formatter(`${texts.locale} ${kind}`, () => new Intl.DateTimeFormat(texts.locale, options)).format(date);
}

/** A day of the calendar, in numbers. */
export function day(texts: Texts, at: string): string {
  return formatter(`${texts.locale} day`, () => new Intl.DateTimeFormat(texts.locale, { dateStyle: "medium" })).format(new Date(at));
}

/** "just now", "5 min ago". */
export function ago(texts: Texts, at: string, now = Date.now()): string {
  const seconds = (now - new Date(at).getTime()) / 1000;
  return seconds < 10 ? texts.justNow : texts.ago(span(texts, seconds));
}
