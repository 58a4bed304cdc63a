// Adding a device: what it is, its name, and where its files go.
import { Alert, Button, Group, Modal, Radio, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { Attempt } from "../../api/attempt";
import { asAdminError, call, shell } from "../../api/bridge";
import type { Share } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { shareNameOf } from "../../parts/addresses";
import { explained } from "../../parts/hints";
import { Loaded } from "../../parts/states";
import { useTexts } from "../../texts";
import { addDevice } from "./group";
import { ICONS } from "./icons";
import { KINDS, type Kind } from "./panel";
import { generalOf, profileOf, profilesOf } from "./profiles";
import { labelOf, makeOf } from "./remember";

/** No share has this name: it has a character that none may have. */
const NEW = "/new";

interface AddDeviceProps {
  opened: boolean;
  close: (added?: { name: string; password: string }) => void;
}

export function AddDevice({ opened, close }: AddDeviceProps) {
  const texts = useTexts();
  // Before the form, whose first choice is one of them.
  const shares = useCall("list-shares");
  return (
    <Modal opened={opened} onClose={() => close()} title={texts.devices.add} size="lg" closeButtonProps={{ "aria-label": texts.close }}>
      <Loaded query={shares}>{(shares) => <DeviceForm close={close} shares={shares} />}</Loaded>
    </Modal>
  );
}

interface DeviceFormProps extends Pick<AddDeviceProps, "close"> {
  shares: Share[];
}

function DeviceForm({ close, shares }: DeviceFormProps) {
  const texts = useTexts();
  const t = texts.devices;
  const act = useAct();
  const [profile, setProfile] = useState(generalOf("scanner"));
  const kind = profile.kind;
  const [name, setName] = useState<string>();
  const [share, setShare] = useState<string | null>(null);
  const [folder, setFolder] = useState("");
  const [refused, setRefused] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [attempt] = useState(() => new Attempt());
  const account = (name ?? t.kinds[kind].account).trim();
  const into = share ?? shares[0]?.name ?? NEW;
  const browse = async () => {
    const picked = await act(shell("pick-folder"));
    if (picked?.done) {
      setFolder(picked.done);
    }
  };
  const add = async () => {
    setBusy(true);
    setRefused(undefined);
    try {
      const password = await call("generate-password");
      await addDevice(attempt, {
        name: account,
        label: labelOf(texts, profile, account),
        password,
        permission: profile.permission,
        share: into === NEW ? { name: shareNameOf(folder), folder } : { name: into },
      });
      close({ name: account, password });
    } catch (error) {
      setRefused(explained(texts, asAdminError(error)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <Stack>
        <Radio.Group label={t.kind} value={kind} onChange={(kind) => setProfile(generalOf(kind as Kind))}>
          <SimpleGrid cols={2} spacing="xs" mt={4}>
            {KINDS.map((kind) => {
              const Icon = ICONS[kind];
              return (
                <Radio.Card key={kind} value={kind} p="xs" radius="md" aria-label={t.kinds[kind].name} data-autofocus={kind === profile.kind || undefined}>
                  <Group wrap="nowrap" gap="sm">
                    <Radio.Indicator />
                    <Icon size={20} stroke={1.6} color="var(--in)" />
                    <Stack gap={0} miw={0}>
                      <Text size="sm" fw={550}>
                        {t.kinds[kind].name}
                      </Text>
                      <Text size="xs" c="dimmed">
                        {t.kinds[kind].about}
                      </Text>
                    </Stack>
                  </Group>
                </Radio.Card>
              );
            })}
          </SimpleGrid>
        </Radio.Group>
        {profilesOf(kind).length > 1 && (
          <Select
            label={t.make}
            description={t.makeAbout}
            allowDeselect={false}
            data={profilesOf(kind).map((profile) => ({ value: profile.id, label: makeOf(texts, profile) }))}
            value={profile.id}
            onChange={(id) => setProfile(profileOf(id))}
          />
        )}
        {profile.unserved !== undefined && (
          <Alert color="orange" py="xs">
            {t.tips[profile.unserved]}
          </Alert>
        )}
        <Group grow align="flex-start">
          <TextInput label={t.account} description={t.accountAbout} value={name ?? t.kinds[kind].account} onChange={(event) => setName(event.currentTarget.value)} name="device" />
          <Select
            label={t.into}
            description={profile.permission === "read-write" ? t.intoOwn : t.intoAbout}
            data={[...shares.map((share) => share.name), { value: NEW, label: t.newFolder }]}
            value={into}
            onChange={setShare}
          />
        </Group>
        {into === NEW && (
          <Group align="flex-end" gap="xs" wrap="nowrap">
            <TextInput flex={1} label={texts.shares.folder} value={folder} onChange={(event) => setFolder(event.currentTarget.value)} name="folder" />
            <Button variant="default" onClick={() => void browse()}>
              {texts.welcome.browse}
            </Button>
          </Group>
        )}
        {refused !== undefined && (
          <Text c="var(--mantine-color-error)" size="sm" role="alert">
            {refused}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => close()}>
            {texts.cancel}
          </Button>
          <Button type="submit" loading={busy} disabled={profile.unserved !== undefined || account === "" || (into === NEW && folder.trim() === "")}>
            {t.add}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
