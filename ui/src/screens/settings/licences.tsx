// Whose work the app contains, and under which licences.
import { Modal, Table, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Loaded } from "../../parts/states";
import { useTexts } from "../../texts";

export function Licences({ opened, close }: { opened: boolean; close: () => void }) {
  const texts = useTexts();
  return (
    <Modal opened={opened} onClose={close} title={texts.settings.licences} size="lg" closeButtonProps={{ "aria-label": texts.close }}>
      <List />
    </Modal>
  );
}

function List() {
  const texts = useTexts();
  const [search, setSearch] = useState("");
  // Fetched only when someone wants to see it.
  const list = useQuery({ queryKey: ["licences"], queryFn: async () => (await import("./licences.json")).default.parts });
  const wanted = search.toLowerCase();
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        {texts.settings.licencesAbout}
      </Text>
      <TextInput
        mb="xs"
        placeholder={texts.search}
        aria-label={texts.search}
        leftSection={<IconSearch size={15} />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <Loaded query={list} rows={8}>
        {(parts) => (
          <Table className="table" verticalSpacing={4}>
            <Table.Tbody>
              {parts
                .filter((part) => part.name.toLowerCase().includes(wanted) || part.licence.toLowerCase().includes(wanted))
                .map((part) => (
                  <Table.Tr key={`${part.name} ${part.version}`}>
                    <Table.Td className="selectable">{part.name}</Table.Td>
                    <Table.Td c="dimmed">{part.version}</Table.Td>
                    <Table.Td>{part.licence}</Table.Td>
                  </Table.Tr>
                ))}
            </Table.Tbody>
          </Table>
        )}
      </Loaded>
    </>
  );
}
