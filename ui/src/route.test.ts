import { expect, it } from "vitest";
import { ADD, ADD_GROUP, hashOf, parse } from "./route";

it("what is named like the way to add something is still found", () => {
  for (const name of ["+", "+group", "=+", "a b", "50%", "@+group", "Jörg", "#1"]) {
    expect(parse(hashOf("people", name)), name).toEqual({ screen: "people", rest: name });
  }
  expect(parse("#/shares/+")).toEqual({ screen: "shares", rest: ADD });
  expect(parse(hashOf("people", ADD_GROUP))).toEqual({ screen: "people", rest: ADD_GROUP });
  expect(parse("#/home")).toEqual({ screen: "home", rest: "" });
});
