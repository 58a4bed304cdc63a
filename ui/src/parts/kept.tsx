// A field for what is kept already: Enter or its button keep what was typed. Leaving it keeps nothing, for a new name can
// cut others off; what can't be kept gives way to what was there before.
import { Button, TextInput } from "@mantine/core";
import { useEffect, useState, type FocusEvent } from "react";
import { asAdminError } from "../api/bridge";
import { useTexts } from "../texts";
import { explained } from "./hints";

interface KeptInputProps {
  label: string;
  name?: string;
  saved: string;
  /** Throws what the engine refused. */
  save: (value: string) => Promise<unknown>;
  mayBeEmpty?: boolean;
}

export function KeptInput({ label, name, saved, save, mayBeEmpty = false }: KeptInputProps) {
  const texts = useTexts();
  const [value, setValue] = useState(saved);
  const [refused, setRefused] = useState<string>();
  const [busy, setBusy] = useState(false);
  const back = () => {
    setValue(saved);
    setRefused(undefined);
  };
  useEffect(back, [saved]);
  const wanted = value.trim();
  const changed = wanted !== saved;
  const keep = async () => {
    if (!changed) {
      back();
      return;
    }
    if (wanted === "" && !mayBeEmpty) {
      setRefused(texts.notEmpty);
      return;
    }
    setBusy(true);
    try {
      await save(wanted);
      setRefused(undefined);
    } catch (error) {
      setRefused(explained(texts, asAdminError(error)));
    } finally {
      setBusy(false);
    }
  };
  const left = (event: FocusEvent) => {
    const inside = event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget);
    if (!inside && (refused !== undefined || (wanted === "" && !mayBeEmpty))) {
      back();
    }
  };
  return (
    <TextInput
      label={label}
      name={name}
      value={value}
      error={refused}
      onChange={(event) => setValue(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          void keep();
        } else if (event.key === "Escape") {
          back();
        }
      }}
      wrapperProps={{ onBlur: left }}
      rightSectionWidth="auto"
      rightSection={
        changed ? (
          <Button size="compact-xs" variant="light" mx={6} loading={busy} onClick={() => void keep()}>
            {texts.save}
          </Button>
        ) : undefined
      }
    />
  );
}
