import { expect, it } from "vitest";
import { obstaclesOf } from "./guests";

const share = { guest: true, default: "read", encrypt: false } as const;

it("guests are turned away where everyone else may do nothing, or has to encrypt", () => {
  expect(obstaclesOf(share, false)).toEqual([]);
  expect(obstaclesOf({ ...share, default: "none" }, false)).toEqual(["nothing"]);
  expect(obstaclesOf({ ...share, encrypt: true }, false)).toEqual(["encryption"]);
  expect(obstaclesOf({ ...share, default: "none", encrypt: true }, true)).toEqual(["nothing", "security"]);
  expect(obstaclesOf({ ...share, guest: false, default: "none" }, true)).toEqual([]);
});
