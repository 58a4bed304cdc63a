// What a person can reach, and why: in sentences.
import { Badge, Group, Select, Stack, Text, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import type { Access, Permission, Person, Share } from "../../api/generated";
import { useCall } from "../../api/queries";
import { Loaded } from "../../parts/states";
import { go } from "../../route";
import { useTexts, type Texts } from "../../texts";

const COLORS: Record<Permission, string> = { none: "gray", "drop-box": "violet", read: "blue", "read-write": "teal", admin: "teal" };

export function Reach({ person }: { person: Person }) {
  const texts = useTexts();
  const t = texts.people;
  const access = useCall("access", { name: person.name, share: null });
  const shares = useCall("list-shares").data ?? [];
  const [asked, setAsked] = useState<string | null>(null);
  const about = access.data?.find((access) => access.share === asked);
  const share = shares.find((share) => share.name === asked);
  return (
    <Loaded query={access} rows={2}>
      {(access) =>
        access.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t.noShares}
          </Text>
        ) : (
          <Stack gap="sm">
            <div className="list">
              {access.map((access) => (
                <UnstyledButton key={access.share} className="row" onClick={() => go("shares", access.share)}>
                  <Stack gap={0} flex={1} miw={0}>
                    <Text size="sm" fw={550} truncate>
                      {access.share}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {whySentence(texts, access)}
                    </Text>
                  </Stack>
                  <Badge color={COLORS[access.permission]}>{texts.levels[access.permission].name}</Badge>
                </UnstyledButton>
              ))}
            </div>
            <Group align="flex-end" gap="sm">
              <Select
                label={t.whyNotWrite}
                placeholder={t.chooseShare}
                data={access.map((access) => access.share)}
                value={asked}
                onChange={setAsked}
                w={260}
              />
            </Group>
            {about !== undefined && share !== undefined && (
              <Stack gap={4} role="status">
                {whyNotWrite(texts, person, about, share).map((sentence) => (
                  <Text size="sm" key={sentence}>
                    {sentence}
                  </Text>
                ))}
              </Stack>
            )}
          </Stack>
        )
      }
    </Loaded>
  );
}

export function whySentence(texts: Texts, access: Access): string {
  const t = texts.why;
  switch (access.from) {
    case "user":
      return t.user;
    case "group":
      return t.group(access.group ?? "");
    case "share-default":
      return t.shareDefault;
    case "guest":
      return t.guest;
    case "no-guests":
      return t.noGuests;
    case "disabled":
      return t.disabled;
  }
}

/** Every reason why a person can't change files in a share; that they can, when there is none. */
export function whyNotWrite(texts: Texts, person: Person, access: Access, share: Share): string[] {
  const t = texts.why;
  const reasons: string[] = [];
  if (!person.enabled) {
    reasons.push(t.accountOff(person.display_name));
  } else if (!person.smb && !person.sftp) {
    reasons.push(t.noProtocol(person.display_name));
  }
  if (person.locked_seconds !== null) {
    reasons.push(t.locked(person.display_name));
  }
  if (person.smb && person.smb_password !== "ready") {
    reasons.push(t.smbPassword);
  }
  if (!share.available) {
    reasons.push(t.folderGone(share.folder));
  }
  if (share.read_only) {
    reasons.push(t.readOnly(share.name));
  }
  if (access.permission === "none" || access.permission === "read" || access.permission === "drop-box") {
    reasons.push(`${t.level(person.display_name, texts.levels[access.permission].name)} ${whySentence(texts, access)}`);
  } else if (share.upload_only && access.permission !== "admin") {
    reasons.push(t.uploadOnly(share.name));
  }
  return reasons.length === 0 ? [t.canWrite(person.display_name, share.name)] : reasons;
}
