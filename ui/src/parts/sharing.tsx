// Turning sharing on and off, wherever it is offered.
import { Button } from "@mantine/core";
import { useState } from "react";
import { call } from "../api/bridge";
import type { Status } from "../api/generated";
import { useAct } from "../api/queries";
import { useTexts } from "../texts";
import { ask } from "./confirm";

/** Turning sharing on and off; asks first when someone would be cut off. */
export function useSharing(status: Status) {
  const texts = useTexts();
  const act = useAct();
  const [busy, setBusy] = useState(false);
  const set = async (on: boolean) => {
    setBusy(true);
    await act(call(on ? "start-sharing" : "stop-sharing"));
    setBusy(false);
  };
  const toggle = () => {
    if (status.sharing && status.sessions > 0) {
      ask(texts, {
        title: texts.stop.title,
        text: texts.stop.text(status.sessions),
        confirm: texts.stop.confirm,
        run: () => void set(false),
      });
    } else {
      void set(!status.sharing);
    }
  };
  return { busy, toggle };
}

export function SharingButton({ status }: { status: Status }) {
  const texts = useTexts();
  const { busy, toggle } = useSharing(status);
  return (
    <Button onClick={toggle} loading={busy} variant={status.sharing ? "default" : "filled"}>
      {status.sharing ? texts.stopSharing : texts.startSharing}
    </Button>
  );
}
