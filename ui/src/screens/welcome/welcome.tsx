// The first run in three steps: a folder, a person, and the way to it.
import { Alert, Anchor, Button, Card, Center, Group, Paper, PasswordInput, Stack, Stepper, Text, TextInput, Title } from "@mantine/core";
import { IconAlertTriangle, IconArrowRight, IconFolderPlus, IconRefresh } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { Attempt } from "../../api/attempt";
import { asAdminError, call, shell } from "../../api/bridge";
import type { Status } from "../../api/generated";
import { useAbout, useAct, useCall, useSetPreferences } from "../../api/queries";
import { placeOf, shareNameOf, waysTo } from "../../parts/addresses";
import { Connect } from "../../parts/connect";
import { Copyable } from "../../parts/copy";
import { useFolderDrop } from "../../parts/dropping";
import { explained } from "../../parts/hints";
import { Logo } from "../../parts/logo";
import { Qr } from "../../parts/qr";
import { SharingButton } from "../../parts/sharing";
import { useTexts } from "../../texts";
import { begin, type Begun } from "./begin";

export function Welcome({ status }: { status: Status }) {
  const texts = useTexts();
  const t = texts.welcome;
  const setPreferences = useSetPreferences();
  const [step, setStep] = useState(0);
  const [folder, setFolder] = useState("");
  const [name, setName] = useState("");
  const [attempt] = useState(() => new Attempt());
  const [begun, setBegun] = useState<Begun>();
  const leave = () => void setPreferences({ welcomed: true });
  return (
    <main className="content">
      <Center mih="100%" p="lg">
        <Stack w="100%" maw={680} gap="lg">
          <Group justify="space-between" wrap="nowrap">
            <Group gap="sm" wrap="nowrap">
              <Logo size={40} />
              <Stack gap={0}>
                <Title order={1}>{t.title}</Title>
                <Text c="dimmed">{t.about}</Text>
              </Stack>
            </Group>
            {step < 2 && (
              <Anchor component="button" size="sm" onClick={leave}>
                {t.skip}
              </Anchor>
            )}
          </Group>
          <Stepper active={step} size="sm" iconSize={30} allowNextStepsSelect={false} onStepClick={step < 2 ? setStep : undefined}>
            <Stepper.Step label={t.folder} />
            <Stepper.Step label={t.person} />
            <Stepper.Step label={t.ready} />
          </Stepper>
          {/* Not cut off: what it waits for sticks to the window's edge. */}
          <Card style={{ overflow: "visible" }}>
            {step === 0 && (
              <FolderStep
                folder={folder}
                name={name}
                changed={(folder, name) => {
                  setFolder(folder);
                  setName(name);
                }}
                next={() => setStep(1)}
              />
            )}
            {step === 1 && (
              <PersonStep
                share={{ folder, name }}
                back={() => setStep(0)}
                attempt={attempt}
                next={(begun) => {
                  setBegun(begun);
                  setStep(2);
                }}
              />
            )}
            {step === 2 && begun !== undefined && <Ready status={status} begun={begun} done={leave} />}
          </Card>
        </Stack>
      </Center>
    </main>
  );
}

interface FolderStepProps {
  folder: string;
  name: string;
  changed: (folder: string, name: string) => void;
  next: () => void;
}

function FolderStep({ folder, name, changed, next }: FolderStepProps) {
  const texts = useTexts();
  const t = texts.welcome;
  const act = useAct();
  const choose = (path: string) => changed(path, shareNameOf(path));
  const over = useFolderDrop((paths) => paths[0] !== undefined && choose(paths[0]));
  const browse = async () => {
    const picked = await act(shell("pick-folder"));
    if (picked?.done) {
      choose(picked.done);
    }
  };
  const complete = folder.trim() !== "" && name.trim() !== "";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (complete) {
          next();
        }
      }}
    >
      <Stack>
        <Stack gap={4}>
          <Title order={2}>{t.folderTitle}</Title>
          <Text c="dimmed" size="sm">
            {t.folderAbout}
          </Text>
        </Stack>
        <Stack className="drop" data-over={over || undefined} align="center" gap="sm" p="lg">
          <IconFolderPlus size={34} stroke={1.3} color="var(--in)" />
          <Button variant="light" onClick={() => void browse()}>
            {t.browse}
          </Button>
          <Text size="sm" c="dimmed">
            {t.drop}
          </Text>
        </Stack>
        <Group grow align="flex-start">
          <TextInput label={t.folderPath} value={folder} placeholder={t.folderExample} onChange={(event) => choose(event.currentTarget.value)} name="folder" />
          <TextInput label={t.shareName} description={undefined} value={name} onChange={(event) => changed(folder, event.currentTarget.value)} name="share" />
        </Group>
        <Group justify="flex-end">
          <Button type="submit" disabled={!complete} rightSection={<IconArrowRight size={16} />}>
            {t.next}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface PersonStepProps {
  share: { folder: string; name: string };
  attempt: Attempt;
  back: () => void;
  next: (begun: Begun) => void;
}

function PersonStep({ share, attempt, back, next }: PersonStepProps) {
  const texts = useTexts();
  const t = texts.welcome;
  const about = useAbout();
  const act = useAct();
  const [name, setName] = useState<string>();
  const [password, setPassword] = useState("");
  const [refused, setRefused] = useState<string>();
  const [busy, setBusy] = useState(false);
  const suggested = about.data?.user === "root" ? "" : (about.data?.user ?? "");
  const who = (name ?? suggested).trim();
  const generate = async () => {
    const made = await act(call("generate-password"));
    if (made) {
      setPassword(made.done);
    }
  };
  // One is made for the user at once.
  useEffect(() => void generate(), []);
  const create = async () => {
    setBusy(true);
    setRefused(undefined);
    try {
      next(await begin(attempt, { folder: share.folder, share: share.name.trim(), person: who, password }));
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
        void create();
      }}
    >
      <Stack>
        <Stack gap={4}>
          <Title order={2}>{t.personTitle}</Title>
          <Text c="dimmed" size="sm">
            {t.personAbout}
          </Text>
        </Stack>
        <TextInput label={t.personName} value={name ?? suggested} onChange={(event) => setName(event.currentTarget.value)} data-autofocus name="person" />
        <Group align="flex-end" gap="xs">
          <PasswordInput
            flex={1}
            label={t.password}
            description={t.passwordAbout}
            visible
            onVisibilityChange={() => undefined}
            visibilityToggleButtonProps={{ style: { display: "none" } }}
            styles={{ innerInput: { fontFamily: "var(--mantine-font-family-monospace)" } }}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            name="password"
          />
          <Button variant="default" leftSection={<IconRefresh size={16} />} onClick={() => void generate()}>
            {t.another}
          </Button>
        </Group>
        {refused !== undefined && (
          <Text c="var(--mantine-color-error)" size="sm" role="alert">
            {refused}
          </Text>
        )}
        <Group justify="space-between">
          <Button variant="default" onClick={back}>
            {t.back}
          </Button>
          <Button type="submit" loading={busy} disabled={who === "" || password === ""} rightSection={<IconArrowRight size={16} />}>
            {t.share}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ReadyProps {
  status: Status;
  begun: Begun;
  done: () => void;
}

function Ready({ status, begun, done }: ReadyProps) {
  const texts = useTexts();
  const t = texts.welcome;
  // From the list of what happened, for a visit may be over in a moment.
  const came = useCall("find-activity", { kinds: ["logged-in"], limit: 1 }).data?.records.find(({ id }) => id > begun.before);
  // Phones have a camera, and no wish to type; whichever tab is shown below.
  const { smb } = status.sharing ? waysTo(status, begun.share, begun.name) : {};
  return (
    <Stack>
      <Stack gap={4}>
        <Title order={2}>{t.readyTitle(begun.share)}</Title>
        <Text c="dimmed" size="sm">
          {t.readyAbout}
        </Text>
      </Stack>
      <Group align="flex-start" wrap="nowrap" gap="lg">
        <Stack gap="xs" flex={1} miw={0}>
          <Group grow align="flex-start">
            <Stack gap={4}>
              <Text size="sm" fw={500}>
                {t.personName}
              </Text>
              <Copyable text={begun.name} label={t.copyName} />
            </Stack>
            <Stack gap={4}>
              <Text size="sm" fw={500}>
                {t.password}
              </Text>
              <Copyable text={begun.password} label={t.copyPassword} />
            </Stack>
          </Group>
          <Text size="xs" c="dimmed">
            {t.once}
          </Text>
          {smb !== undefined && (
            <Text size="xs" c="dimmed">
              {t.phone}
            </Text>
          )}
        </Stack>
        {smb !== undefined && <Qr text={smb} label={texts.connect.qr(smb)} size={118} />}
      </Group>
      <Obstacles status={status} />
      {status.sharing && <Connect status={status} share={begun.share} person={begun.name} code={false} />}
      {/* In view however long the commands above are. */}
      <Paper radius="md" p="sm" bg="var(--page)" role="status" className="waiting">
        <Group gap="sm" wrap="nowrap">
          <span className="dot" data-state={came !== undefined ? "on" : status.sharing ? "waiting" : "off"} />
          <Text size="sm" flex={1}>
            {came !== undefined ? t.came(came.user ?? "", came.address ?? "") : status.sharing ? t.waiting : t.notYet}
          </Text>
          <Button onClick={done}>{t.done}</Button>
        </Group>
      </Paper>
    </Stack>
  );
}

/** Why nobody can connect yet, or not in every way, and the button that tries again. */
function Obstacles({ status }: { status: Status }) {
  const texts = useTexts();
  const complete = (["smb", "sftp"] as const).every((protocol) => placeOf(status, protocol) !== undefined);
  if (status.sharing && (complete || status.warnings.length === 0)) {
    return null;
  }
  return (
    <Alert color="orange" icon={<IconAlertTriangle />} title={status.sharing ? undefined : texts.sharingOff}>
      <Stack gap="xs" align="flex-start">
        {status.warnings.map((warning) => (
          <Text size="sm" key={warning} className="selectable">
            {texts.engine(warning)}
          </Text>
        ))}
        {!status.sharing && (
          <>
            <Text size="sm">{texts.welcome.notSharing}</Text>
            <SharingButton status={status} />
          </>
        )}
      </Stack>
    </Alert>
  );
}
