// A person's SSH public keys.
import { ActionIcon, Button, Card, Group, Modal, Stack, Text, Textarea, Title, Tooltip } from "@mantine/core";
import { IconKey, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { asAdminError, call, shell } from "../../api/bridge";
import type { Person, PublicKey } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { askWith } from "../../parts/confirm";
import { explained } from "../../parts/hints";
import { useTexts } from "../../texts";

export function Keys({ person }: { person: Person }) {
  const texts = useTexts();
  const t = texts.people;
  const act = useAct();
  const keys = useCall("list-keys", { name: person.name }).data ?? [];
  const [adding, setAdding] = useState(false);
  const remove = ({ fingerprint, comment }: PublicKey) =>
    askWith(texts, {
      title: t.removeKeyTitle(comment || fingerprint),
      text: t.removeKeyText,
      confirm: t.removeKey,
      option: t.endKeySessions,
      run: (end) => void act(call("remove-key", { name: person.name, fingerprint, keep_sessions: !end }), t.keyRemoved),
    });
  return (
    <Card>
      <Group justify="space-between" mb={keys.length > 0 ? "xs" : 0}>
        <Stack gap={0}>
          <Title order={2} fz="md">
            {t.keys}
          </Title>
          <Text size="xs" c="dimmed">
            {t.keysAbout}
          </Text>
        </Stack>
        <Button variant="default" size="xs" leftSection={<IconPlus size={15} />} onClick={() => setAdding(true)}>
          {t.addKey}
        </Button>
      </Group>
      <div className="list">
        {keys.map((key) => (
          <div className="row" key={key.fingerprint}>
            <IconKey size={17} stroke={1.6} color="var(--in)" />
            <Stack gap={0} flex={1} miw={0}>
              <Text size="sm" fw={500} truncate>
                {key.comment || key.algorithm}
              </Text>
              <Text size="xs" c="dimmed" ff="monospace" truncate className="selectable">
                {key.fingerprint}
              </Text>
            </Stack>
            <Tooltip label={t.removeKey}>
              <ActionIcon
                aria-label={`${t.removeKey}: ${key.comment || key.fingerprint}`}
                onClick={() => remove(key)}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Tooltip>
          </div>
        ))}
      </div>
      <Modal opened={adding} onClose={() => setAdding(false)} title={t.addKey} size="lg" closeButtonProps={{ "aria-label": texts.close }}>
        <KeyForm name={person.name} close={() => setAdding(false)} />
      </Modal>
    </Card>
  );
}

function KeyForm({ name, close }: { name: string; close: () => void }) {
  const texts = useTexts();
  const t = texts.people;
  const act = useAct();
  const [text, setText] = useState("");
  const [refused, setRefused] = useState<string>();
  const add = async () => {
    try {
      await call("add-key", { name, public_key: text.trim() });
      close();
    } catch (error) {
      setRefused(explained(texts, asAdminError(error)));
    }
  };
  const read = async () => {
    const picked = await act(shell("read-text-file"));
    if (picked?.done) {
      setText(picked.done);
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
        <Textarea
          label={t.publicKey}
          placeholder="ssh-ed25519 AAAA…"
          error={refused}
          autosize
          minRows={4}
          maxRows={8}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          data-autofocus
        />
        <Group justify="space-between">
          <Button variant="default" onClick={() => void read()}>
            {t.fromFile}
          </Button>
          <Group gap="xs">
            <Button variant="default" onClick={close}>
              {texts.cancel}
            </Button>
            <Button type="submit" disabled={text.trim() === ""}>
              {t.addKey}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
