// A password that is made for the user, and can be another.
import { ActionIcon, PasswordInput, Tooltip } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useCallback, useEffect } from "react";
import { call } from "../../api/bridge";
import { useAct } from "../../api/queries";
import { useTexts } from "../../texts";

/** How a dialog behaves while it shows a password that is shown only once: it goes by its own button alone. */
export const keptOpen = (shown: boolean) => ({ closeOnClickOutside: !shown, closeOnEscape: !shown, withCloseButton: !shown });

interface NewPasswordProps {
  label?: string;
  about?: string;
  name?: string;
  value: string;
  changed: (password: string) => void;
}

export function NewPassword({ label, about, name = "password", value, changed }: NewPasswordProps) {
  const texts = useTexts();
  const act = useAct();
  const generate = useCallback(async () => {
    const made = await act(call("generate-password"));
    if (made !== undefined) {
      changed(made.done);
    }
  }, [act, changed]);
  // One is made at once.
  useEffect(() => void generate(), []);
  return (
    <PasswordInput
      label={label ?? texts.welcome.password}
      description={about ?? texts.welcome.passwordAbout}
      visible
      onVisibilityChange={() => undefined}
      rightSection={
        <Tooltip label={texts.welcome.another}>
          <ActionIcon aria-label={texts.welcome.another} onClick={() => void generate()}>
            <IconRefresh size={16} />
          </ActionIcon>
        </Tooltip>
      }
      styles={{ innerInput: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      value={value}
      onChange={(event) => changed(event.currentTarget.value)}
      name={name}
    />
  );
}
