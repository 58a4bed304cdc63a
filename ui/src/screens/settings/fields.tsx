// Settings that are typed: kept by Enter and on leaving the field, with what is wrong at the field itself.
import { ActionIcon, NumberInput, TextInput } from "@mantine/core";
import { IconRotate } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { asAdminError } from "../../api/bridge";
import type { Setting } from "../../api/generated";
import { settingRefused } from "../../parts/hints";
import { useTexts } from "../../texts";
import { useSet } from "./set";

interface TextSettingProps {
  settings: Setting[];
  name: string;
  label: string;
  about?: string;
  placeholder?: string;
}

export function TextSetting({ settings, name, label, about, placeholder }: TextSettingProps) {
  const texts = useTexts();
  const set = useSet();
  const setting = settings.find((setting) => setting.key === name);
  /** What is typed and not what holds yet. */
  const [draft, setDraft] = useState<string>();
  const [refused, setRefused] = useState<string>();
  useEffect(() => setRefused(undefined), [setting?.value]);
  if (setting === undefined) {
    return null;
  }
  const value = draft ?? setting.value;
  const keep = async (value: string) => {
    try {
      await set({ [name]: value });
      setRefused(undefined);
      // Unless somebody has typed on.
      setDraft((draft) => (draft?.trim() === value ? undefined : draft));
    } catch (error) {
      // What was typed stays, to be put right.
      setRefused(settingRefused(texts, asAdminError(error), name, label));
    }
  };
  const typed = () => {
    if (value.trim() === setting.value) {
      setDraft(undefined);
      setRefused(undefined);
    } else {
      void keep(value.trim());
    }
  };
  return (
    <TextInput
      label={label}
      description={about}
      placeholder={placeholder}
      name={name}
      value={value}
      error={refused}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={typed}
      onKeyDown={(event) => event.key === "Enter" && typed()}
      rightSection={
        setting.is_set ? (
          <ActionIcon aria-label={`${texts.settings.toDefault}: ${label}`} title={texts.settings.toDefault} onClick={() => {
              setDraft(undefined);
              void keep("");
            }}>
            <IconRotate size={15} />
          </ActionIcon>
        ) : undefined
      }
    />
  );
}

interface NumberSettingProps {
  label: string;
  about?: string;
  value: number;
  max: number;
  step?: number;
  /** Whether it was changed. */
  change: (value: number) => Promise<boolean>;
}

export function NumberSetting({ label, about, value, max, step = 1, change }: NumberSettingProps) {
  const texts = useTexts();
  const [shown, setShown] = useState<number | string>(value);
  useEffect(() => setShown(value), [value]);
  const keep = async () => {
    const wanted = typeof shown === "number" ? Math.min(max, Math.max(0, shown)) : value;
    setShown(wanted);
    if (wanted !== value && !(await change(wanted))) {
      setShown(value);
    }
  };
  return (
    <NumberInput
      label={label}
      description={about}
      size="sm"
      min={0}
      max={max}
      step={step}
      allowDecimal={false}
      thousandSeparator={separator(texts.locale)}
      decimalSeparator={separator(texts.locale) === "," ? "." : ","}
      value={shown}
      onChange={setShown}
      onBlur={() => void keep()}
      onKeyDown={(event) => event.key === "Enter" && void keep()}
    />
  );
}

/** What stands between thousands. */
function separator(locale: string): string {
  return new Intl.NumberFormat(locale).formatToParts(1_000_000).find((part) => part.type === "group")?.value ?? " ";
}
