// The fields of a device's panel, filled in, with what is good to know. It is what is printed.
import { Button, Card, Group, List, SegmentedControl, Select, Stack, Table, Text, Title } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useState } from "react";
import type { Status } from "../../api/generated";
import { waysTo } from "../../parts/addresses";
import { CopyButton } from "../../parts/copy";
import { Qr } from "../../parts/qr";
import { useTexts } from "../../texts";
import { fieldsOf, snippetOf, type Account, type Field } from "./fields";
import { OtherPort } from "./otherport";
import { KINDS, type Profile, type Way } from "./panel";
import { bestWay, portOutOfReach, profileOf, profilesOf, waysOf } from "./profiles";
import { makeOf } from "./remember";

interface PanelCardProps {
  title: string;
  profile: Profile;
  choose: (profile: Profile) => void;
  status: Status;
  account: Account;
  /** Makes a new password. */
  renew: () => void;
}

export function PanelCard({ title, profile, choose, status, account, renew }: PanelCardProps) {
  const texts = useTexts();
  const t = texts.devices;
  const [chosen, setChosen] = useState<Way>();
  const way = chosen ?? bestWay(profile, status);
  const fields = fieldsOf(texts, profile, way, status, account);
  const snippet = snippetOf(profile, way, status, account);
  const tips = profile.unserved === undefined ? (profile.ways[way]?.tips ?? []) : [];
  const address = waysTo(status, account.share, account.user)[way];
  return (
    <Card className="printable">
      <Title order={1} mb="xs" className="only-printed">
        {title}
      </Title>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t.panel}</Title>
        <Group gap="xs" className="not-printed">
          <Select
            w={190}
            aria-label={t.device}
            data={KINDS.map((kind) => ({
              group: t.kinds[kind].name,
              items: profilesOf(kind).map((profile) => ({ value: profile.id, label: makeOf(texts, profile) })),
            }))}
            value={profile.id}
            onChange={(id) => {
              setChosen(undefined);
              choose(profileOf(id));
            }}
          />
          {waysOf(profile).length > 1 && (
            <SegmentedControl
              aria-label={t.way}
              data={[
                { value: "smb", label: "SMB" },
                { value: "sftp", label: "SFTP" },
              ]}
              value={way}
              onChange={(way) => setChosen(way as Way)}
            />
          )}
        </Group>
      </Group>
      {portOutOfReach(profile, way, status) && <OtherPort profile={profile} status={status} useSftp={() => setChosen("sftp")} />}
      {profile.unserved !== undefined ? (
        <Text>{t.tips[profile.unserved]}</Text>
      ) : fields.length === 0 ? (
        <Text c="dimmed">{t.notSharing}</Text>
      ) : (
        <>
          <Group align="flex-start" wrap="nowrap" gap="lg">
            <Table verticalSpacing={5} flex={1} layout="fixed">
              <Table.Tbody>
                {fields.map((field) => (
                  <FieldRow key={field.label} field={field} />
                ))}
              </Table.Tbody>
            </Table>
            {address !== undefined && <Qr text={address} label={texts.connect.qr(address)} />}
          </Group>
          {snippet !== undefined && <Snippet text={snippet} />}
        </>
      )}
      {tips.length > 0 && (
        <Stack gap={4} mt="md">
          <Text size="sm" fw={550}>
            {t.tipsTitle}
          </Text>
          <List size="sm" spacing={3}>
            {tips.map((tip) => (
              <List.Item key={tip}>{t.tips[tip]}</List.Item>
            ))}
          </List>
        </Stack>
      )}
      {profile.unserved === undefined && (
        <Group mt="sm" justify="space-between" className="not-printed">
          <Text size="xs" c="dimmed">
            {account.password === undefined ? t.passwordKept : t.passwordOnce}
          </Text>
          <Button size="xs" variant="default" leftSection={<IconKey size={15} />} onClick={renew}>
            {t.newPassword}
          </Button>
        </Group>
      )}
    </Card>
  );
}

function FieldRow({ field }: { field: Field }) {
  const t = useTexts().devices;
  const typed = field.isChoice ? undefined : field.value;
  return (
    <Table.Tr>
      <Table.Th w="34%" fw={500}>
        {field.label}
        {field.english !== undefined && (
          <Text component="span" display="block" size="xs" c="dimmed" lang="en">
            {field.english}
          </Text>
        )}
      </Table.Th>
      {field.isChoice && field.value !== undefined ? (
        <Table.Td>{t.choose(field.value)}</Table.Td>
      ) : (
        <Table.Td ff="monospace" className="selectable" style={{ overflowWrap: "anywhere", fontVariantLigatures: "none" }}>
          {typed ?? (field.isPassword ? t.hidden : t.leaveEmpty)}
        </Table.Td>
      )}
      <Table.Td w={48} className="not-printed">
        {typed !== undefined && <CopyButton text={typed} label={t.copyField(field.label)} />}
      </Table.Td>
    </Table.Tr>
  );
}

function Snippet({ text }: { text: string }) {
  const t = useTexts().devices;
  return (
    <Stack gap={4} mt="md">
      <Group justify="space-between">
        <Text size="sm" fw={550}>
          {t.snippet}
        </Text>
        <span className="not-printed">
          <CopyButton text={text} label={t.copyField(t.snippet)} />
        </span>
      </Group>
      <pre className="snippet" tabIndex={0} aria-label={t.snippet}>{text}</pre>
    </Stack>
  );
}
