// Everything that is set up, in one encrypted file, and back.
import { Button, Group, List, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { IconDatabaseExport, IconDatabaseImport } from "@tabler/icons-react";
import { useState } from "react";
import { call, shell } from "../../api/bridge";
import type { Backup } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { Copyable } from "../../parts/copy";
import { moment } from "../../parts/format";
import { say } from "../../parts/notices";
import { useTexts } from "../../texts";
import { NewPassword } from "../people/password";
import { Section } from "./section";

export function BackupSection() {
  const texts = useTexts();
  const t = texts.settings.backup;
  const act = useAct();
  const [saving, setSaving] = useState(false);
  const [file, setFile] = useState<string>();
  const [busy, setBusy] = useState(false);
  const pick = async () => {
    const picked = await act(shell("pick-backup"));
    if (picked?.done) {
      setFile(picked.done);
    }
  };
  return (
    <Section title={t.title} about={t.about}>
      <Group gap="xs">
        <Button variant="default" leftSection={<IconDatabaseExport size={16} />} onClick={() => setSaving(true)}>
          {t.backUp}
        </Button>
        <Button variant="default" leftSection={<IconDatabaseImport size={16} />} onClick={() => void pick()}>
          {t.restore}
        </Button>
      </Group>
      <Modal opened={saving} onClose={() => setSaving(false)} title={t.backUpTitle} closeButtonProps={{ "aria-label": texts.close }}>
        <SaveBackup close={() => setSaving(false)} />
      </Modal>
      <Modal opened={file !== undefined} onClose={() => busy || setFile(undefined)} title={t.restoreTitle} size="lg" closeButtonProps={{ "aria-label": texts.close, disabled: busy }}>
        {file !== undefined && <RestoreBackup file={file} busy={busy} setBusy={setBusy} close={() => setFile(undefined)} />}
      </Modal>
    </Section>
  );
}

function SaveBackup({ close }: { close: () => void }) {
  const texts = useTexts();
  const t = texts.settings.backup;
  const act = useAct();
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState<string>();
  const save = async () => {
    setBusy(true);
    const done = await act(shell("save-backup", { passphrase }));
    setBusy(false);
    if (done?.done) {
      setSaved(done.done);
    }
  };
  if (saved !== undefined) {
    return (
      <Stack>
        <Text size="sm" className="selectable" style={{ overflowWrap: "anywhere" }}>
          {t.saved(saved)}
        </Text>
        <Copyable text={passphrase} label={t.copyPassphrase} />
        <Group justify="flex-end">
          <Button onClick={close}>{texts.done}</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack>
        <NewPassword label={t.passphrase} about={t.passphraseAbout} name="passphrase" value={passphrase} changed={setPassphrase} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {texts.cancel}
          </Button>
          <Button type="submit" loading={busy} disabled={passphrase === ""}>
            {t.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface RestoreBackupProps {
  file: string;
  /** While it is under way the dialog stays. */
  busy: boolean;
  setBusy: (busy: boolean) => void;
  close: () => void;
}

function RestoreBackup({ file, busy, setBusy, close }: RestoreBackupProps) {
  const texts = useTexts();
  const t = texts.settings.backup;
  const act = useAct();
  const [passphrase, setPassphrase] = useState("");
  const [backup, setBackup] = useState<Backup>();
  const doing = async <T,>(done: Promise<T>) => {
    setBusy(true);
    const result = await act(done);
    setBusy(false);
    return result?.done;
  };
  const look = async () => setBackup(await doing(call("inspect-backup", { file, passphrase })));
  const restore = async () => {
    const restored = await doing(shell("restore-backup", { file, passphrase }));
    if (restored !== undefined) {
      close();
      say(t.restored(restored.before));
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void (backup === undefined ? look() : restore());
      }}
    >
      <Stack>
        <Text size="sm" ff="monospace" className="selectable" style={{ overflowWrap: "anywhere" }}>
          {file}
        </Text>
        {backup === undefined ? (
          <PasswordInput
            data-autofocus
            label={t.passphrase}
            name="passphrase"
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
            visibilityToggleButtonProps={{ "aria-label": t.show }}
          />
        ) : (
          <Inside backup={backup} />
        )}
        <Group justify="flex-end">
          <Button variant="default" disabled={busy} data-autofocus={backup !== undefined || undefined} onClick={close}>
            {texts.cancel}
          </Button>
          {backup === undefined ? (
            <Button type="submit" loading={busy} disabled={passphrase === ""}>
              {t.look}
            </Button>
          ) : (
            <Button type="submit" color="red.8" loading={busy}>
              {t.replace}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function Inside({ backup }: { backup: Backup }) {
  const texts = useTexts();
  const t = texts.settings.backup;
  const sessions = useCall("list-sessions").data?.length ?? 0;
  const names = (names: string[]) => (names.length === 0 ? t.none : names.join(", "));
  return (
    <Stack gap="xs">
      <Text size="sm">{t.made(moment(texts, backup.made), backup.version)}</Text>
      <List size="sm" spacing={2}>
        <List.Item>{t.people(names(backup.people))}</List.Item>
        <List.Item>{t.groups(names(backup.groups))}</List.Item>
        {backup.shares.map((share) => (
          <List.Item key={share.name}>
            {t.share(share.name, share.folder)}
            {share.unavailable !== null && (
              <Text span size="sm" c="orange">
                {" "}
                {share.unavailable === "missing" ? t.missing : t.notServed}
              </Text>
            )}
          </List.Item>
        ))}
      </List>
      <Text size="sm" fw={550}>
        {sessions === 0 ? t.warning : t.warningConnected(sessions)}
      </Text>
    </Stack>
  );
}
