// What one session has open; closing one of the files.
import { Button, Modal, Stack, Text } from "@mantine/core";
import { IconFile, IconFolder } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { call, type CallName } from "../../api/bridge";
import type { OpenFileInfo, SessionInfo } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { ask } from "../../parts/confirm";
import { Loaded } from "../../parts/states";
import { useTexts, type Texts } from "../../texts";

/** What changes when a file is closed. */
const CONCERNED = ["list-open-files", "list-sessions"] satisfies CallName[];

interface OpenFilesProps {
  session: SessionInfo;
  close: () => void;
}

export function OpenFiles({ session, close }: OpenFilesProps) {
  const texts = useTexts();
  const t = texts.sessions;
  const files = useCall("list-open-files", { id: session.id });
  return (
    <Modal opened onClose={close} title={t.filesOf(session.user)} size="lg" closeButtonProps={{ "aria-label": texts.close }}>
      <Loaded query={files}>
        {(files) =>
          files.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t.noFiles}
            </Text>
          ) : (
            <div className="list">
              {files.map((file) => (
                <FileRow key={file.id} file={file} session={session} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Modal>
  );
}

/** Where a file is, as people write it. */
export function pathOf(file: OpenFileInfo): string {
  return file.path === "" ? file.share : `${file.share}/${file.path}`;
}

/** What is said of an open file besides its name. */
function said(texts: Texts, file: OpenFileInfo): string {
  const t = texts.sessions;
  const parts = [file.directory ? t.folder : file.writes ? t.writes : t.reads];
  if (file.caching !== null) {
    parts.push(file.caching.writes ? t.cachesWrites : t.cachesReads);
  }
  if (file.locks > 0) {
    parts.push(t.locks(file.locks));
  }
  if (file.durable) {
    parts.push(t.durable);
  }
  return parts.join(" · ");
}

function FileRow({ file, session }: { file: OpenFileInfo; session: SessionInfo }) {
  const texts = useTexts();
  const t = texts.sessions;
  const act = useAct();
  const Icon = file.directory ? IconFolder : IconFile;
  const path = pathOf(file);
  const client = useQueryClient();
  const run = async () => {
    await act(call("close-open-file", { session: session.id, id: file.id }), t.closedFile(path));
    // At once, so that nobody is warned of a file that is closed: events of sessions are gathered for a second.
    await Promise.all(CONCERNED.map((name) => client.invalidateQueries({ queryKey: [name] })));
  };
  // Only what is being written can be lost.
  const closeFile = () => (file.writes ? ask(texts, { title: t.closeFileTitle(path), text: t.closeFileText, confirm: t.closeFile, run: () => void run() }) : void run());
  return (
    <div className="row">
      <Icon size={17} stroke={1.6} />
      <Stack gap={0} flex={1} miw={0}>
        <Text size="sm" truncate className="selectable">
          {path}
        </Text>
        <Text size="xs" c="dimmed">
          {said(texts, file)}
        </Text>
      </Stack>
      <Button size="compact-sm" variant="default" aria-label={`${t.closeFile}: ${path}`} onClick={closeFile}>
        {t.closeFile}
      </Button>
    </div>
  );
}
