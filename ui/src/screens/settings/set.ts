// Changing settings, and starting sharing again for those that wait for it.
import { useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/bridge";
import type { Setting } from "../../api/generated";
import { useAct } from "../../api/queries";
import { onRestarts, restartPending, waits } from "../../api/restart";
import { ask } from "../../parts/confirm";
import { hush, say } from "../../parts/notices";
import { useTexts } from "../../texts";

const NOTICE = "restart";

// Wherever sharing is restarted from, nothing has to be said any more.
onRestarts(() => {
  if (!restartPending()) {
    hush(NOTICE);
  }
});

/** What a setting is; empty for one that this server does not have. */
export const valueOf = (settings: Setting[], key: string) => settings.find((setting) => setting.key === key)?.value ?? "";

/** Changes settings, or throws what the engine refused; when sharing must start anew for one of them, offers that. */
export function useSet() {
  const texts = useTexts();
  const client = useQueryClient();
  const restart = useRestart();
  return async (changes: Record<string, string>) => {
    const { sharing } = await call("status");
    let wait = false;
    for (const [key, value] of Object.entries(changes)) {
      const before = client.getQueryData<Setting[]>(["list-settings", {}])?.find((setting) => setting.key === key);
      const changed = await call("set-setting", { key, value });
      // What holds is shown at once, or whoever is quick would change what they see, not what is.
      client.setQueryData<Setting[]>(["list-settings", {}], (known) => known?.map((setting) => (setting.key === key ? changed : setting)));
      if (sharing && changed.needs_restart && before !== undefined) {
        waits(key, before.value, changed.value);
        wait = restartPending();
      }
    }
    if (wait) {
      say(texts.settings.needsRestart, { label: texts.settings.restart, run: () => void restart() }, NOTICE);
    }
  };
}

/** Ends and starts sharing; asks first when someone would be cut off. */
export function useRestart() {
  const texts = useTexts();
  const act = useAct();
  const restart = async () => {
    if (await act(call("stop-sharing"))) {
      await act(call("start-sharing"));
    }
  };
  return async () => {
    const status = await act(call("status"));
    if (status === undefined) {
      return;
    }
    const { sharing, sessions } = status.done;
    if (sharing && sessions > 0) {
      ask(texts, { title: texts.settings.restartTitle, text: texts.stop.text(sessions), confirm: texts.settings.restart, run: () => void restart() });
    } else {
      await restart();
    }
  };
}
