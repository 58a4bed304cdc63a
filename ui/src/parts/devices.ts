// Devices are people of one group. What concerns only people leaves them out, or says so.
import type { Person } from "../api/generated";
import { DEVICES } from "../screens/devices/group";

export const isDevice = (person: Pick<Person, "groups">) => person.groups.includes(DEVICES);
