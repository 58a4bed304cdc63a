"""A tray on the session bus: takes the items that apps register, and operates their menus.

One command a line on standard input, one line of JSON for each on standard output:
  icon           the item's icon, status and title
  menu           the labels of the menu, submenus inside
  click LABEL    activates the entry of that label
"""

import json
import sys

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
PROPERTIES = "org.freedesktop.DBus.Properties"


class Watcher(dbus.service.Object):
    def __init__(self, bus):
        super().__init__(bus, "/StatusNotifierWatcher")
        self.bus = bus
        self.item = None

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        path = service if service.startswith("/") else "/StatusNotifierItem"
        self.item = (sender, path)
        self.StatusNotifierItemRegistered(f"{sender}{path}")

    @dbus.service.method(WATCHER, in_signature="s")
    def RegisterStatusNotifierHost(self, service):
        pass

    @dbus.service.signal(WATCHER, signature="s")
    def StatusNotifierItemRegistered(self, service):
        pass

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.GetAll(interface)[name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return {
            "IsStatusNotifierHostRegistered": dbus.Boolean(True),
            "ProtocolVersion": dbus.Int32(0),
            "RegisteredStatusNotifierItems": dbus.Array(
                ["".join(self.item)] if self.item else [], signature="s"
            ),
        }

    def item_properties(self):
        owner, path = self.item
        item = self.bus.get_object(owner, path, introspect=False)
        return item.GetAll(ITEM, dbus_interface=PROPERTIES)

    def menu(self):
        owner, _ = self.item
        path = self.item_properties()["Menu"]
        return dbus.Interface(self.bus.get_object(owner, path, introspect=False), MENU)

    def layout(self):
        _, root = self.menu().GetLayout(0, -1, dbus.Array([], signature="s"))
        return root


def shown(node):
    """An entry as a label, or a label with those inside it."""
    _, properties, children = node
    label = str(properties.get("label", "")).replace("__", "_")
    inside = [shown(child) for child in children if child[1].get("type") != "separator"]
    return {label: inside} if inside else label


def find(node, label):
    identity, properties, children = node
    if str(properties.get("label", "")).replace("__", "_") == label:
        return identity
    return next((found for child in children if (found := find(child, label)) is not None), None)


def answer(watcher, line):
    if watcher.item is None:
        return {"error": "nothing is in the tray"}
    command, _, argument = line.partition(" ")
    if command == "icon":
        properties = watcher.item_properties()
        return {name: str(properties.get(name, "")) for name in ("IconName", "Status", "Title")}
    if command == "menu":
        _, _, children = watcher.layout()
        return {"menu": [shown(child) for child in children if child[1].get("type") != "separator"]}
    entry = find(watcher.layout(), argument)
    if entry is None:
        return {"error": f"no entry {argument}"}
    watcher.menu().Event(entry, "clicked", dbus.String("", variant_level=1), dbus.UInt32(0))
    return {"clicked": argument}


def main():
    DBusGMainLoop(set_as_default=True)
    bus = dbus.SessionBus()
    name = dbus.service.BusName(WATCHER, bus)
    watcher = Watcher(bus)

    def read(_source, _condition):
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        try:
            reply = answer(watcher, line.strip())
        except dbus.DBusException as error:
            reply = {"error": str(error)}
        print(json.dumps(reply), flush=True)
        return True

    loop = GLib.MainLoop()
    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, read)
    print(json.dumps({"ready": name.get_name()}), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
