// Everything that the engine says, in German.
import { administration } from "./de/administration";
import { clients } from "./de/clients";
import { composed } from "./de/composed";
import { refusals } from "./de/refusals";
import { server } from "./de/server";
import { system } from "./de/system";
import { translator, type Entry } from "./translate";

/** Those with a template in the engine's source. */
export const FROM_SOURCES: Entry[] = [...administration, ...clients, ...refusals, ...server];

export const german = translator([...FROM_SOURCES, ...composed, ...system]);
