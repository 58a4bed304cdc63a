// Who may do what in a share: a click grants, a second click takes the grant away. What comes from a group or
// from the share is greyed, and says why.
import { Text, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { IconCheck, IconSearch, IconUser, IconUsersGroup } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/bridge";
import type { Access, Grant, Group, Permission, Person, Share } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { say } from "../../parts/notices";
import { useTexts, type Texts } from "../../texts";
import { whySentence } from "../people/reach";
import { clicked, grantOf, LEVELS, restored, type Grantee } from "./levels";

/** With more rows than this, there is a search for them. */
const FEW = 12;

interface Row {
  who: Grantee;
  label: string;
  about: string;
  /** What holds without a grant of one's own. */
  inherited: Permission | undefined;
  why: string;
}

export function Matrix({ share, people, groups, grants }: { share: Share; people: Person[]; groups: Group[]; grants: Grant[] }) {
  const texts = useTexts();
  const t = texts.shares;
  const act = useAct();
  const client = useQueryClient();
  const access = useCall("share-access", { name: share.name }).data ?? [];
  const rows = [...groups.map((group) => groupRow(group, share, t.defaultOfShare)), ...people.map((person) => personRow(texts, person, access))];
  const [search, setSearch] = useState("");
  const searched = search.trim().toLowerCase();
  const found = rows.filter((row) => [row.label, row.who.name].some((text) => text.toLowerCase().includes(searched)));

  const choose = async (row: Row, level: Permission) => {
    const granted = grantOf(grants, share.name, row.who);
    const wanted = clicked(row.who, share.name, granted, level);
    // Shown at once; the engine's event brings the truth.
    client.setQueryData<Grant[]>(["list-grants", {}], (old) => {
      const others = old?.filter((grant) => grantOf([grant], share.name, row.who) === undefined) ?? [];
      return wanted.permission === null ? others : [...others, wanted];
    });
    const done = await act(call("grant", wanted));
    if (done === undefined) {
      await client.invalidateQueries({ queryKey: ["list-grants"] });
      return;
    }
    const message = wanted.permission === null ? t.withdrawn(row.label) : t.granted(row.label, texts.levels[wanted.permission].name);
    say(message, { label: texts.undo, run: () => void act(call("grant", restored(row.who, share.name, granted))) });
  };

  return (
    <>
      {rows.length > FEW && (
        <TextInput
          size="xs"
          mb="xs"
          mx={6}
          placeholder={t.searchWho}
          aria-label={t.searchWho}
          leftSection={<IconSearch size={15} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      {found.length === 0 ? (
        <Text size="sm" c="dimmed" p="md">
          {t.nobodyFound}
        </Text>
      ) : (
        <Rows rows={found} grants={grants} share={share} choose={choose} />
      )}
    </>
  );
}

interface RowsProps {
  rows: Row[];
  grants: Grant[];
  share: Share;
  choose: (row: Row, level: Permission) => Promise<void>;
}

function Rows({ rows, grants, share, choose }: RowsProps) {
  const texts = useTexts();
  const t = texts.shares;
  return (
    <table className="matrix">
      <thead>
        <tr>
          <th scope="col">{t.who}</th>
          {LEVELS.map((level) => (
            <th key={level} scope="col">
              <Tooltip label={texts.levels[level].about}>
                <span>{texts.levels[level].name}</span>
              </Tooltip>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const granted = grantOf(grants, share.name, row.who);
          const Icon = row.who.kind === "user" ? IconUser : IconUsersGroup;
          return (
            <tr key={`${row.who.kind} ${row.who.name}`}>
              <th scope="row">
                <div style={{ display: "flex", alignItems: "center", gap: 9, minWidth: 0 }}>
                  <Icon size={17} stroke={1.6} color="var(--quiet)" style={{ flex: "none" }} />
                  <div style={{ minWidth: 0 }}>
                    <Text size="sm" fw={500} truncate maw={190}>
                      {row.label}
                    </Text>
                    <Text size="xs" c="dimmed" truncate maw={190}>
                      {row.about}
                    </Text>
                  </div>
                </div>
              </th>
              {LEVELS.map((level) => {
                const state = granted === level ? "granted" : granted === undefined && row.inherited === level ? "inherited" : "open";
                const label =
                  state === "granted" ? t.isGranted : state === "inherited" ? row.why || t.defaultOfShare : t.grant(texts.levels[level].name);
                return (
                  <td key={level}>
                    <Tooltip label={label}>
                      <UnstyledButton
                        className="cell"
                        data-state={state}
                        data-level={level}
                        aria-pressed={granted === level}
                        aria-label={`${row.label}: ${texts.levels[level].name}${state === "inherited" ? ` (${t.inherited})` : ""}`}
                        onClick={() => void choose(row, level)}
                      >
                        {state === "open" ? null : <IconCheck size={16} stroke={2.4} />}
                      </UnstyledButton>
                    </Tooltip>
                  </td>
                );
              })}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function groupRow(group: Group, share: Share, why: string): Row {
  return {
    who: { kind: "group", name: group.name },
    label: group.name,
    about: group.members.join(", "),
    inherited: share.default,
    why,
  };
}

function personRow(texts: Texts, person: Person, access: Access[]): Row {
  const effective = access.find((access) => access.name === person.name);
  return {
    who: { kind: "user", name: person.name },
    label: person.display_name,
    about: person.name === person.display_name ? person.groups.join(", ") : person.name,
    inherited: effective?.permission,
    why: effective === undefined ? "" : whySentence(texts, effective),
  };
}
