// The arithmetic of the throughput graph.
import type { TrafficSample } from "../../api/generated";

/** Seconds shown. */
export const WINDOW = 300;
const LEAST_TOP = 100_000;

export interface Second {
  in: number;
  out: number;
}

/** Each second up to now, oldest first; seconds of which nothing is known carried nothing. */
export function seconds(samples: TrafficSample[], now: number): Second[] {
  const values: Second[] = Array.from({ length: WINDOW }, () => ({ in: 0, out: 0 }));
  const current = Math.floor(now / 1000);
  for (const sample of samples) {
    const age = current - Math.floor(Date.parse(sample.at) / 1000);
    const value = values[WINDOW - 1 - Math.max(0, age)];
    if (value !== undefined) {
      value.in += sample.bytes_in;
      value.out += sample.bytes_out;
    }
  }
  return values;
}

/** The least of 1, 2 and 5 times a power of ten that is not below the greatest value. */
export function niceTop(greatest: number): number {
  const wanted = Math.max(greatest, LEAST_TOP);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * ([1, 2, 5].find((factor) => factor * power >= wanted) ?? 10);
}

export function line(values: number[], top: number, width: number, height: number): string {
  const step = width / (values.length - 1);
  const y = (value: number) => (height - 2 - (value / top) * (height - 4)).toFixed(1);
  return values.map((value, at) => `${at === 0 ? "M" : "L"}${(at * step).toFixed(1)} ${y(value)}`).join("");
}
