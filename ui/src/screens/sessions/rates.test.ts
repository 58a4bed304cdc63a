import { expect, it } from "vitest";
import type { SessionInfo } from "../../api/generated";
import { addressOf, ratesOf } from "./rates";

const session = (id: number, bytes_in: number) => ({ id, bytes_in, bytes_out: 0 }) as SessionInfo;

it("rates are the difference of two looks, which are never too close", () => {
  const first = ratesOf(undefined, [session(1, 100)], 0);
  expect(first.rates.size).toBe(0);
  expect(ratesOf(first, [session(1, 200)], 100)).toBe(first);
  const second = ratesOf(first, [session(1, 2100), session(2, 50)], 2000);
  expect(second.rates.get(1)).toEqual({ in: 1000, out: 0 });
  expect(second.rates.get(2)).toEqual({ in: 25, out: 0 });
});

it("addresses are shown without their port", () => {
  expect(addressOf("10.0.0.5:50123")).toBe("10.0.0.5");
  expect(addressOf("[fe80::1]:50123")).toBe("fe80::1");
  expect(addressOf("[::ffff:10.0.0.5]:1")).toBe("10.0.0.5");
});
