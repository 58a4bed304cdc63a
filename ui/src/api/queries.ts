// The engine's state in TanStack Query: fetched once, then kept fresh by events.
import { keepPreviousData, QueryClient, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTexts } from "../texts";
import { say, sayError } from "../parts/notices";
import { call, shell, type CallGives, type CallInput, type CallName } from "./bridge";
import type { AdminError, Preferences } from "./generated";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: Number.POSITIVE_INFINITY, gcTime: 60_000, retry: false, refetchOnWindowFocus: false },
  },
});

/** What disks are like, of which no event tells: asked anew whenever it comes on screen. */
export const OF_DISKS: ReadonlySet<CallName> = new Set(["list-shares", "list-space"]);

/** The state that an operation gives. */
export function useCall<C extends CallName>(
  name: C,
  ...input: Record<never, never> extends CallInput<C> ? [CallInput<C>?] : [CallInput<C>]
): UseQueryResult<CallGives<C>, AdminError> {
  const given = input[0] ?? {};
  return useQuery<CallGives<C>, AdminError>({
    queryKey: [name, given],
    queryFn: () => call(name, given as never),
    placeholderData: keepPreviousData as never,
    refetchOnMount: OF_DISKS.has(name) ? "always" : true,
  });
}

/**
 * Something to do; gives whether it succeeded. What was done is said, with a way back where there is one. A refusal is
 * shown to the user, with its hint.
 */
export function useAct() {
  const texts = useTexts();
  return useCallback(
    async <T>(doing: Promise<T>, done?: string, undo?: () => Promise<unknown>): Promise<{ done: T } | undefined> => {
      try {
        const result = await doing;
        if (done !== undefined) {
          say(done, undo && { label: texts.undo, run: () => void undo().catch((error: unknown) => sayError(texts, error)) });
        }
        return { done: result };
      } catch (error) {
        sayError(texts, error);
        return undefined;
      }
    },
    [texts],
  );
}

export function usePreferences() {
  return useQuery<Preferences, AdminError>({ queryKey: ["preferences"], queryFn: () => shell("preferences") });
}

export function useSetPreferences() {
  const client = useQueryClient();
  const act = useAct();
  return useCallback(
    async (change: Partial<Preferences>) => {
      const before = client.getQueryData<Preferences>(["preferences"]);
      if (before === undefined) {
        return;
      }
      const after = { ...before, ...change };
      client.setQueryData(["preferences"], after);
      if ((await act(shell("set-preferences", after))) === undefined) {
        client.setQueryData(["preferences"], before);
      }
    },
    [client, act],
  );
}

export function useAbout() {
  return useQuery({ queryKey: ["about"], queryFn: () => shell("about") });
}
