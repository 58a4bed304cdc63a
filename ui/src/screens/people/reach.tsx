// What a person can reach, and why: in sentences.
import { Badge, Group, Select, Stack, Text, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import type { Access, Permission, Person, Share } from "../../api/generated";
import { useCall } from "../../api/queries";
import { place } from "../../parts/share";
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
  const ways = waysIn(texts, person);
  return (
    <Loaded query={access} rows={2}>
      {(access) =>
        access.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t.noShares}
          </Text>
        ) : (
          <Stack gap="sm">
            {ways !== undefined && <Text size="sm">{ways}</Text>}
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
                  <ReachBadge level={entersNowhere(person) ? "none" : access.permission} />
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

function ReachBadge({ level }: { level: Permission }) {
  return <Badge color={COLORS[level]}>{useTexts().levels[level].name}</Badge>;
}

const because = (texts: Texts, access: Access): string => {
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
};

const LIMITED = /: (none|drop-box|read|read-write|admin) is .*, but the share is (read-only|upload-only|read-only and upload-only)$/;

/** What was granted before the share's own limits, and those: of the limited, the engine tells only in its sentence. */
function granted(access: Access): { level: Permission; limit?: keyof Texts["why"]["limits"] } {
  const [, level, limit] = LIMITED.exec(access.why) ?? [];
  return level === undefined ? { level: access.permission } : { level: level as Permission, limit: limit as keyof Texts["why"]["limits"] };
}

export function whySentence(texts: Texts, access: Access): string {
  const { level, limit } = granted(access);
  const sentence = because(texts, access);
  return limit === undefined ? sentence : texts.why.limited(sentence.replace(/\.$/, ""), texts.levels[level].name, texts.why.limits[limit]);
}

const usesSmb = (person: Person) => person.smb && person.smb_password === "ready";

/** Where not every way in is open to a person: which is, and why the other is not. */
export function waysIn(texts: Texts, person: Person): string | undefined {
  const t = texts.why;
  if (!person.smb && !person.sftp) {
    return t.noProtocol(person.display_name);
  }
  if (!usesSmb(person)) {
    return !person.sftp ? t.smbPassword : person.smb ? t.onlySftpPassword(person.display_name) : t.onlySftp(person.display_name);
  }
  return person.sftp ? undefined : t.onlySmb(person.display_name);
}

export const entersNowhere = (person: Person) => !usesSmb(person) && !person.sftp;

/** Every reason why a person can't change files in a share; that they can, and how, when there is none. */
export function whyNotWrite(texts: Texts, person: Person, access: Access, share: Share): string[] {
  const t = texts.why;
  const ways = waysIn(texts, person);
  const { level } = granted(access);
  const reasons: string[] = [];
  if (!person.enabled) {
    reasons.push(t.accountOff(person.display_name));
  } else if (ways !== undefined && entersNowhere(person)) {
    reasons.push(ways);
  }
  if (person.locked_seconds !== null) {
    reasons.push(t.locked(person.display_name));
  }
  if (share.unavailable !== null) {
    reasons.push(`${place(texts, share)}.`);
  }
  if (share.read_only) {
    reasons.push(t.readOnly(share.name));
  }
  if (access.from === "disabled") {
    // Said already.
  } else if (level === "none" || level === "read" || level === "drop-box") {
    reasons.push(`${t.level(person.display_name, texts.levels[level].name)} ${because(texts, access)}`);
  } else if (share.upload_only && level !== "admin") {
    reasons.push(t.uploadOnly(share.name));
  }
  if (reasons.length > 0) {
    return reasons;
  }
  return [t.canWrite(person.display_name, share.name), ...(ways === undefined ? [] : [ways])];
}
