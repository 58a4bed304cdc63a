// What tray and notifications ask of the window, whichever of its faces is shown.
import { modals } from "@mantine/modals";
import { useEffect } from "react";
import { shell } from "./api/bridge";
import { followShell } from "./api/events";
import { ask } from "./parts/confirm";
import { go } from "./route";
import { useTexts } from "./texts";

export function useTold() {
  const texts = useTexts();
  useEffect(() => {
    const following = followShell((event) => {
      // What a screen asked is not asked on another.
      modals.closeAll();
      if (event.event === "show") {
        go(event.screen);
      } else {
        ask(texts, {
          title: texts.quit.title,
          text: texts.quit.text(event.sessions),
          confirm: texts.quit.confirm,
          run: () => void shell("quit-now"),
        });
      }
    });
    // What was asked before anybody heard it has waited for this.
    void following.then(() => shell("listening"));
    return () => void following.then((stop) => stop());
  }, [texts]);
}
