"""A file manager on the session bus, which writes down what it is asked to point at, a line for each."""

import sys
from urllib.parse import unquote, urlparse

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NAME = "org.freedesktop.FileManager1"


class FileManager(dbus.service.Object):
    def __init__(self, bus, notes):
        super().__init__(bus, "/org/freedesktop/FileManager1")
        self.notes = notes

    @dbus.service.method(NAME, in_signature="ass")
    def ShowItems(self, uris, _startup_id):
        for uri in uris:
            print(unquote(urlparse(uri).path), file=self.notes, flush=True)


def main():
    DBusGMainLoop(set_as_default=True)
    bus = dbus.SessionBus()
    # Kept: a name is given back when nothing refers to it any more.
    name = dbus.service.BusName(NAME, bus)
    with open(sys.argv[1], "a", encoding="utf-8") as notes:
        FileManager(bus, notes)
        print(f"{name.get_name()} is there", flush=True)
        GLib.MainLoop().run()


if __name__ == "__main__":
    main()
