// An engine that only keeps lists, for what is made by several calls: any of them can be made to fail.
import { mockIPC } from "@tauri-apps/api/mocks";
import type { CallName } from "../api/bridge";
import type { AddPerson, AddShare, Call, Grant } from "../api/generated";

const refusal = (code: string, message: string) => ({ code, message });

export class Lists {
  shares = new Map<string, string>();
  people = new Set<string>();
  groups = new Set<string>();
  memberships: string[] = [];
  grants: Grant[] = [];
  /** Calls that fail, each once. */
  failing: CallName[] = [];

  /** Answers the window's calls from now on. */
  static answer(): Lists {
    const lists = new Lists();
    mockIPC((_, payload) => lists.#call((payload as { call: Call }).call));
    return lists;
  }

  #call(call: Call): unknown {
    const at = this.failing.indexOf(call.call);
    if (at >= 0) {
      this.failing.splice(at, 1);
      throw refusal("store-failed", `${call.call} failed`);
    }
    switch (call.call) {
      case "list-shares":
        return [...this.shares].map(([name, folder]) => ({ name, folder }));
      case "list-groups":
        return [...this.groups].map((name) => ({ name }));
      case "find-activity":
        return { total: 1, records: [{ id: 7 }] };
      case "add-share":
        return this.#add(this.shares, call, () => this.shares.set(call.name, call.folder));
      case "add-person":
        return this.#add(this.people, call, () => this.people.add(call.name));
      case "add-group":
        return this.#add(this.groups, call, () => this.groups.add(call.name));
      case "remove-share":
        return this.#remove(this.shares, call.name);
      case "remove-person":
        return this.#remove(this.people, call.name);
      case "remove-group":
        return this.#remove(this.groups, call.name);
      case "join-group":
        return void this.memberships.push(`${call.name} in ${call.group}`);
      case "grant":
        return void this.grants.push(call);
      default:
        throw refusal("bad-request", call.call);
    }
  }

  #add(known: { has: (name: string) => boolean }, added: Pick<AddShare | AddPerson, "name">, add: () => void) {
    if (known.has(added.name)) {
      throw refusal("already-exists", `there is ${added.name} already`);
    }
    add();
    return added;
  }

  #remove(known: { delete: (name: string) => boolean }, name: string) {
    if (!known.delete(name)) {
      throw refusal("no-such-share", `there is no ${name}`);
    }
    return null;
  }
}
