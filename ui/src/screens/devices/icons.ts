// How each kind of device looks.
import { IconCamera, IconCpu, IconDevices, IconPrinter, type Icon } from "@tabler/icons-react";
import type { Kind } from "./panel";

export const ICONS: Record<Kind, Icon> = { scanner: IconPrinter, camera: IconCamera, board: IconCpu, other: IconDevices };
