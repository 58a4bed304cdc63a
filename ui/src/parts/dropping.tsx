// Folders that are dropped onto the window.
import { getCurrentWebview } from "@tauri-apps/api/webview";
import { useEffect, useRef, useState } from "react";

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
