// How to connect, for each system.
import { Button, Group, Stack, Tabs, Text } from "@mantine/core";
import { IconBrandApple, IconBrandUbuntu, IconBrandWindows, IconFileExport, IconTerminal2 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { shell } from "../api/bridge";
import type { Status } from "../api/generated";
import { useAct, useCall } from "../api/queries";
import { useTexts } from "../texts";
import { waysTo } from "./addresses";
import { Copyable } from "./copy";
import { say } from "./notices";
import { Qr } from "./qr";

interface ConnectProps {
  status: Status;
  share?: string;
  person?: string;
  /** The system shown first. */
  system?: "windows" | "mac" | "linux" | "sftp";
  /** The address as a code, unless it is shown nearby. */
  code?: boolean;
}

export function Connect({ status, share, person, system = "windows", code = true }: ConnectProps) {
  const texts = useTexts();
  const t = texts.connect;
  const ways = waysTo(status, share, person);
  const settings = useCall("list-settings").data;
  // What is on in the settings may still be kept from running, as by another program on its port.
  const absent = (protocol: "smb" | "sftp") =>
    settings?.some((setting) => setting.key === `${protocol}.listen` && setting.value === "off") ? t.off(protocol.toUpperCase()) : t.silent(protocol.toUpperCase());
  if (!status.sharing) {
    return <Text c="dimmed">{t.sharingOff}</Text>;
  }
  return (
    <Tabs defaultValue={system} variant="default" keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="windows" leftSection={<IconBrandWindows size={16} />}>
          Windows
        </Tabs.Tab>
        <Tabs.Tab value="mac" leftSection={<IconBrandApple size={16} />}>
          macOS, iOS
        </Tabs.Tab>
        <Tabs.Tab value="linux" leftSection={<IconBrandUbuntu size={16} />}>
          Linux
        </Tabs.Tab>
        <Tabs.Tab value="sftp" leftSection={<IconTerminal2 size={16} />}>
          SFTP
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="windows">
        {ways.explorer !== undefined ? (
          <Way text={ways.explorer} label={t.copy}>
            {t.windows}
          </Way>
        ) : ways.netUse !== undefined && ways.powershell !== undefined ? (
          <Stack gap="sm">
            <Way text={ways.netUse} label={t.copy}>
              {t.windowsPort}
            </Way>
            <Way text={ways.powershell} label={t.copy}>
              {t.powershell}
            </Way>
            {ways.explorerByPolicy !== undefined && <Policy address={ways.explorerByPolicy} />}
          </Stack>
        ) : (
          <Text c="dimmed">{ways.smb === undefined ? absent("smb") : t.needsShare}</Text>
        )}
      </Tabs.Panel>
      <Tabs.Panel value="mac">
        {ways.smb === undefined ? (
          <Text c="dimmed">{absent("smb")}</Text>
        ) : (
          <Group align="flex-start" wrap="nowrap" gap="lg">
            <Stack gap="sm" flex={1} miw={0}>
              <Way text={ways.smb} label={t.copy}>
                {t.mac}
              </Way>
              <Text size="xs" c="dimmed">
                {t.phone}
              </Text>
            </Stack>
            {code && <Qr text={ways.smb} label={t.qr(ways.smb)} />}
          </Group>
        )}
      </Tabs.Panel>
      <Tabs.Panel value="linux">
        {ways.smb === undefined ? (
          <Text c="dimmed">{absent("smb")}</Text>
        ) : (
          <Stack gap="sm">
            <Way text={ways.smb} label={t.copy}>
              {t.linux}
            </Way>
            {ways.mount !== undefined && (
              <Way text={ways.mount} label={t.copy}>
                {t.mount}
              </Way>
            )}
          </Stack>
        )}
      </Tabs.Panel>
      <Tabs.Panel value="sftp">
        {ways.sftp === undefined ? (
          <Text c="dimmed">{absent("sftp")}</Text>
        ) : (
          <Stack gap="sm">
            <Way text={ways.sftp} label={t.copy}>
              {t.sftp}
            </Way>
            {ways.sftpCommand !== undefined && (
              <Way text={ways.sftpCommand} label={t.copy}>
                {t.sftpCommand}
              </Way>
            )}
          </Stack>
        )}
      </Tabs.Panel>
    </Tabs>
  );
}

/** For PCs whose Explorer shall open the share by itself although SMB is on another port. */
function Policy({ address }: { address: string }) {
  const texts = useTexts();
  const t = texts.connect;
  const act = useAct();
  const save = async () => {
    const saved = await act(shell("save-explorer-policy"));
    if (saved?.done != null) {
      say(t.policySaved(saved.done));
    }
  };
  return (
    <Stack gap={6}>
      <Text size="sm">{t.policy}</Text>
      <Group>
        <Button variant="default" size="xs" leftSection={<IconFileExport size={15} />} onClick={() => void save()}>
          {t.policySave}
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        {t.policyAbout}
      </Text>
      <Way text={address} label={t.copy}>
        {t.policyThen}
      </Way>
    </Stack>
  );
}

function Way({ text, label, children }: { text: string; label: string; children: ReactNode }) {
  return (
    <Stack gap={6}>
      <Text size="sm">{children}</Text>
      <Copyable text={text} label={label} />
    </Stack>
  );
}
