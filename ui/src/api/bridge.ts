// The two commands of the app, typed by the declarations made from Rust: `call` asks the engine's admin API,
// `shell` the app itself.
import { invoke } from "@tauri-apps/api/core";
import type { Action, AdminError, Answer, Call, Given } from "./generated";

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** No input at all where an operation takes none. */
type Rest<T> = Record<never, never> extends T ? [input?: T] : [input: T];

export type CallName = Call["call"];
export type CallInput<C extends CallName> = Without<Extract<Call, { call: C }>, "call">;
export type CallGives<C extends CallName> = Extract<Answer, { call: C }>["gives"];

export type ActionName = Action["action"];
export type ActionInput<A extends ActionName> = Without<Extract<Action, { action: A }>, "action">;
export type ActionGives<A extends ActionName> = Extract<Given, { action: A }>["gives"];

export function call<C extends CallName>(name: C, ...input: Rest<CallInput<C>>): Promise<CallGives<C>> {
  return invoke("admin", { call: { call: name, ...input[0] } });
}

export function shell<A extends ActionName>(name: A, ...input: Rest<ActionInput<A>>): Promise<ActionGives<A>> {
  return invoke("shell", { action: { action: name, ...input[0] } });
}

/** What went wrong, as the engine says it; anything else becomes a sentence without a code. */
export function asAdminError(error: unknown): Pick<AdminError, "message"> & Partial<AdminError> {
  if (typeof error === "object" && error !== null && "message" in error && typeof error.message === "string") {
    return error as AdminError;
  }
  return { message: String(error) };
}
