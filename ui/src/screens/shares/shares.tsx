// Shared folders: the list, one of them in full, and adding.
import { Button, Card, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChevronRight, IconFolder, IconFolderPlus } from "@tabler/icons-react";
import { useEffect } from "react";
import type { Status } from "../../api/generated";
import { useCall } from "../../api/queries";
import { FolderDrop, forgetDropped, useDropped } from "../../parts/dropping";
import { bytes } from "../../parts/format";
import { Page } from "../../parts/page";
import { place } from "../../parts/share";
import { Loaded, Nothing } from "../../parts/states";
import { ADD, go } from "../../route";
import { useTexts } from "../../texts";
import { AddShare } from "./add";
import { ShareBadges } from "./badges";
import { ShareDetail } from "./detail";

export function Shares({ status, selected }: { status: Status; selected: string }) {
  const texts = useTexts();
  const t = texts.shares;
  const shares = useCall("list-shares");
  const space = useCall("list-space").data ?? [];
  const dropped = useDropped();
  useEffect(() => forgetDropped, []);
  const share = shares.data?.find((share) => share.name === selected);
  if (share !== undefined) {
    return (
      <>
        <FolderDrop />
        <ShareDetail key={share.name} share={share} status={status} />
      </>
    );
  }
  const adding = selected === ADD;
  const add = (
    <Button leftSection={<IconFolderPlus size={17} />} onClick={() => go("shares", ADD)}>
      {t.add}
    </Button>
  );
  return (
    <Page title={texts.screens.shares} about={t.about} actions={add}>
      <FolderDrop />
      <AddShare
        opened={adding}
        folder={adding ? dropped : undefined}
        close={(added) => {
          forgetDropped();
          go("shares", added);
        }}
      />
      <Card padding="xs">
        <Loaded query={shares}>
          {(shares) =>
            shares.length === 0 ? (
              <Nothing icon={IconFolder} title={t.none} action={add}>
                {t.noneAbout}
              </Nothing>
            ) : (
              <div className="list">
                {shares.map((share) => {
                  const disk = space.find((space) => space.share === share.name);
                  return (
                    <UnstyledButton key={share.name} className="row" onClick={() => go("shares", share.name)}>
                      <IconFolder size={22} stroke={1.5} color="var(--in)" />
                      <Stack gap={1} flex={1} miw={0}>
                        <Group gap={8} wrap="nowrap">
                          <Text fw={600} truncate>
                            {share.name}
                          </Text>
                          <ShareBadges share={share} />
                        </Group>
                        <Text size="xs" c={share.available ? "dimmed" : "var(--mantine-color-error)"} truncate>
                          {place(texts, share)}
                        </Text>
                      </Stack>
                      <Text size="xs" c="dimmed" flex="none" className="numbers">
                        {disk && texts.home.free(bytes(texts, disk.free))}
                      </Text>
                      <IconChevronRight size={16} color="var(--quiet)" />
                    </UnstyledButton>
                  );
                })}
              </div>
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}
