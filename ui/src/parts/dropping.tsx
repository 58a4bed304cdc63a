// Folders that are dropped onto the window.
import { Stack, Text } from "@mantine/core";
import { IconFolderPlus } from "@tabler/icons-react";
import { getCurrentWebview } from "@tauri-apps/api/webview";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { ADD, go } from "../route";
import { useTexts } from "../texts";

/** The folder that was dropped, until it is shared or the dialog for it is left. */
let dropped: string | undefined;
const listeners = new Set<() => void>();

function keep(folder: string | undefined) {
  dropped = folder;
  for (const listener of listeners) {
    listener();
  }
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export const forgetDropped = () => keep(undefined);
export const useDropped = () => useSyncExternalStore(subscribe, () => dropped);

/** Where a dropped folder leads to the dialog that shares it. */
export function FolderDrop() {
  const texts = useTexts();
  const over = useFolderDrop((paths) => {
    keep(paths[0]);
    go("shares", ADD);
  });
  return over ? (
    <div className="overlay">
      <Stack align="center" gap="xs">
        <IconFolderPlus size={44} stroke={1.3} color="var(--in)" />
        <Text fw={600}>{texts.shares.dropHere}</Text>
      </Stack>
    </div>
  ) : null;
}

/** Whether something is being dragged over the window; `dropped` gets the paths. */
export function useFolderDrop(dropped: (paths: string[]) => void): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(dropped);
  latest.current = dropped;
  useEffect(() => {
    const stop = getCurrentWebview().onDragDropEvent(({ payload }) => {
      setOver(payload.type === "enter" || payload.type === "over");
      if (payload.type === "drop") {
        latest.current(payload.paths);
      }
    });
    return () => void stop.then((stop) => stop());
  }, []);
  return over;
}
