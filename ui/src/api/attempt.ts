// Several calls that make one thing: where one of them is refused, what the others made is taken back, so that the
// next try begins where the first one did.
import { asAdminError, call } from "./bridge";
import type { AddPerson, AddShare } from "./generated";

type Undo = () => Promise<unknown>;

export class Attempt {
  /** How to take back what was made, the latest last. */
  #made: Undo[] = [];

  /** Makes all of it, or nothing; gives the refusal on. */
  async all<T>(make: () => Promise<T>): Promise<T> {
    // What could not be taken back goes first: it would be in the way.
    await this.#takeBack();
    try {
      const whole = await make();
      this.#made = [];
      return whole;
    } catch (error) {
      // The refusal is what the user can do something about.
      await this.#takeBack().catch(() => undefined);
      throw error;
    }
  }

  async addShare(share: AddShare): Promise<void> {
    const { name } = await call("add-share", share);
    this.#made.push(() => call("remove-share", { name }));
  }

  async addPerson(person: AddPerson): Promise<void> {
    const { name } = await call("add-person", person);
    this.#made.push(() => call("remove-person", { name }));
  }

  async addGroup(group: string): Promise<void> {
    const { name } = await call("add-group", { name: group });
    this.#made.push(() => call("remove-group", { name }));
  }

  async #takeBack(): Promise<void> {
    for (let undo = this.#made.at(-1); undo !== undefined; undo = this.#made.at(-1)) {
      await undo().catch(unlessGone);
      this.#made.pop();
    }
  }
}

/** What somebody else has removed meanwhile needs no taking back. */
function unlessGone(error: unknown): void {
  if (!asAdminError(error).code?.startsWith("no-such-")) {
    throw error;
  }
}
