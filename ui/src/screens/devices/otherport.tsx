// For devices that know only SMB's own port while SMB is on another one: what can be done.
import { Alert, Button, List, Stack, Text } from "@mantine/core";
import type { Status } from "../../api/generated";
import { useAbout } from "../../api/queries";
import { placeOf } from "../../parts/addresses";
import { useTexts } from "../../texts";
import type { Profile } from "./panel";
import { nameOf } from "./remember";

interface OtherPortProps {
  profile: Profile;
  status: Status;
  useSftp: () => void;
}

export function OtherPort({ profile, status, useSftp }: OtherPortProps) {
  const texts = useTexts();
  const t = texts.devices;
  const system = useAbout().data?.system;
  const port = placeOf(status, "smb")?.port ?? 0;
  const free = system === "windows" || system === "macos" ? t.freePorts[system] : t.freePorts.linux;
  const sftp = profile.ways.sftp !== undefined && placeOf(status, "sftp") !== undefined;
  return (
    <Alert color="orange" py="xs" mb="sm" className="not-printed">
      <Stack gap={6} align="flex-start">
        <Text size="sm">{profile.maker === undefined ? t.otherPortUnsure(port) : t.otherPort(nameOf(texts, profile), port)}</Text>
        {sftp && (
          <Button size="compact-sm" variant="light" color="orange" onClick={useSftp}>
            {t.useSftp}
          </Button>
        )}
        <Text size="sm">{t.freePort}</Text>
        <List type="ordered" size="sm" spacing={2} className="selectable">
          {[...free, t.thenAuto].map((step) => (
            <List.Item key={step}>{step}</List.Item>
          ))}
        </List>
      </Stack>
    </Alert>
  );
}
