// Something to copy, with a button that says that it was.
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { shell } from "../api/bridge";
import { useAct } from "../api/queries";
import { useTexts } from "../texts";

export function useCopy() {
  const act = useAct();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) {
      return;
    }
    const timer = setTimeout(() => setCopied(false), 1800);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (text: string) => setCopied((await act(shell("copy", { text }))) !== undefined);
  return { copied, copy };
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const texts = useTexts();
  const { copied, copy } = useCopy();
  return (
    <Tooltip label={copied ? texts.copied : label}>
      <ActionIcon aria-label={copied ? texts.copied : label} color={copied ? "teal" : "gray"} onClick={() => void copy(text)}>
        {copied ? <IconCheck size={17} /> : <IconCopy size={17} />}
      </ActionIcon>
    </Tooltip>
  );
}

export function Copyable({ text, label }: { text: string; label: string }) {
  return (
    <div className="address">
      <span className="selectable">{text}</span>
      <CopyButton text={text} label={label} />
    </div>
  );
}
