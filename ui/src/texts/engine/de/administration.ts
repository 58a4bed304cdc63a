// What was changed, as the activity list has it: sentences without capital and full stop.
import type { Entry } from "../translate";

export const administration: Entry[] = [
  // Addresses, sessions, sharing, settings
  ["{address} was blocked for {} minutes", "{0} wurde für {1} min gesperrt"],
  ["{address} was blocked", "{0} wurde gesperrt"],
  ["{address} was let in again", "{0} wurde wieder eingelassen"],
  ["{}/{}, open by {user}, was closed", "{0}/{1}, geöffnet von {2}, wurde geschlossen"],
  ["the session of {user} from {address} was ended", "die Sitzung von {0} ({1}) wurde beendet"],
  ["the setting {key} was changed to {:?}", 'die Einstellung {0} wurde auf „{1"}“ geändert'],

  // People and groups
  ["{} was added", "{0} wurde hinzugefügt"],
  ["{name} was removed", "{0} wurde entfernt"],
  ["{name} is now {new}", "{0} heißt jetzt {1}"],
  ["the group {} is now {new_name}", "die Gruppe {0} heißt jetzt {1}"],
  ["{name} is now shown as {display_name}", "{0} wird jetzt als {1} angezeigt"],
  ["{name} was enabled", "{0} wurde eingeschaltet"],
  ["{name} was disabled", "{0} wurde ausgeschaltet"],
  ["{name} may use {word}", "{0} darf {1} benutzen"],
  ["{name} may not use {word} any more", "{0} darf {1} nicht mehr benutzen"],
  ["the password of {} was set", "das Passwort von {0} wurde gesetzt"],
  ["sessions of {} that the old password opened were ended: {ended}", "mit dem alten Passwort geöffnete Sitzungen von {0}, die beendet wurden: {1}"],
  ["sessions of {} that this key opened were ended: {ended}", "mit diesem Schlüssel geöffnete Sitzungen von {0}, die beendet wurden: {1}"],
  ["{name} was unlocked", "{0} wurde entsperrt"],
  ["{} was unlocked", "{0} wurde entsperrt"],
  ["{} lock-outs were ended", "aufgehobene Sperren: {0}"],
  ["the key {fingerprint} of {} was added", "der Schlüssel {0} von {1} wurde hinzugefügt"],
  ["the key {fingerprint} of {} was removed", "der Schlüssel {0} von {1} wurde entfernt"],
  ["the group {} was added", "die Gruppe {0} wurde hinzugefügt"],
  ["the group {name} was removed", "die Gruppe {0} wurde entfernt"],
  ["{name} joined the group {group}", "{0} gehört jetzt zur Gruppe {1}"],
  ["{name} left the group {group}", "{0} gehört nicht mehr zur Gruppe {1}"],

  // Shares and permissions
  ["{folder} was shared as {}", "{0} wurde als {1} freigegeben"],
  ["the share {} was changed: {what}", "die Freigabe {0} wurde geändert: {1,*}"],
  ["the share {name} was removed", "die Freigabe {0} wurde entfernt"],
  ["name {}", "Name {0}"],
  ["folder {}", "Ordner {0}"],
  ["comment {:?}", 'Kommentar „{0"}“'],
  ["default {}", "Standard „{0*}“"],
  ["{who} was granted {permission} in {share}", "{0*} hat in {2} die Berechtigung „{1*}“ erhalten"],
  ["the grant of {who} in {share} was taken away", "{0*} hat in {1} keine eigene Berechtigung mehr"],
  ["the group {name}", "die Gruppe {0}"],
];
