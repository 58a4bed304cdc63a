// Says in another language what the engine says in English. The English template, as it stands in the engine's source,
// is the key; a sentence is matched against all of them, and one that nobody knows stays as it is.

/** An English template as in the engine's source, and the same in another language.
 *
 * In the translation, `{0}` is what stood in the first placeholder. `{0*}` is translated in its turn: what stands there
 * comes from the engine or the system, never from a person. `{0,*}` is a list of such, with commas between. `{0"}` stands
 * between quotes in English, and comes without them. */
export type Entry = readonly [english: string, translated: string];

interface Piece {
  text: string;
  /** The placeholder after the text; none after the last. */
  index?: number;
  way?: string;
}

interface Template {
  literals: string[];
  pieces: Piece[];
  /** Placeholders that must have quotes around them. */
  quoted: number[];
  weight: number;
}

/** A placeholder of a Rust format string. */
export const PLACEHOLDER = /\{[\w.]*(?::[^{}]*)?\}/;
const TRANSLATED = /\{(\d+)(\*|,\*|")?\}/;
/** Enough for what a window shows at once, and for scrolling back. */
const REMEMBERED = 5_000;

const LETTER = /^\p{L}/u;
const startsUpper = (text: string) => LETTER.test(text) && text[0] !== text[0]?.toLowerCase();
const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
/** The engine makes sentences of its phrases by a capital and a full stop: templates are compared without. */
const bare = (text: string) => (text.endsWith(".") ? text.slice(0, -1) : text);

/** A function that translates by these entries, and remembers what it was asked last. */
export function translator(entries: readonly Entry[]): (sentence: string) => string {
  const templates = entries.map(compiled).sort((a, b) => b.weight - a.weight);
  // What begins with a placeholder may begin with any letter. The longest comes first: it says most of the sentence.
  const anywhere = templates.filter(({ literals }) => literals[0] === "");
  const byFirstLetter = new Map<string, Template[]>();
  for (const letter of new Set(templates.map(({ literals }) => literals[0]?.charAt(0) ?? ""))) {
    byFirstLetter.set(letter, templates.filter(({ literals }) => literals[0] === "" || literals[0]?.startsWith(letter)));
  }

  const known = new Map<string, string>();
  const translate = (sentence: string): string => {
    const before = known.get(sentence);
    if (before !== undefined) {
      return before;
    }
    const text = lower(bare(sentence));
    const candidates = byFirstLetter.get(text.charAt(0)) ?? anywhere;
    const likely = candidates.filter((template) => !swallows(template, sentence));
    const translated = first(likely, (template) => filled(template, sentence)) ?? first(candidates, (template) => filled(template, sentence)) ?? sentence;
    if (known.size >= REMEMBERED) {
      known.clear();
    }
    known.set(sentence, translated);
    return translated;
  };

  function filled(template: Template, sentence: string): string | undefined {
    const captured = captures(template, bare(sentence));
    if (captured === undefined) {
      return undefined;
    }
    const text = template.pieces.map(({ text, index, way }) => text + (index === undefined ? "" : part(captured[index] ?? "", way))).join("");
    const begins = startsUpper(sentence) && template.literals[0] !== "" && template.pieces[0]?.text !== "";
    return (begins ? upper(text) : text) + (sentence.endsWith(".") ? "." : "");
  }

  function part(captured: string, way: string | undefined): string {
    switch (way) {
      case "*":
        return translate(captured);
      case ",*":
        return captured.split(", ").map(translate).join(", ");
      case '"':
        return captured.slice(1, -1).replace(/\\(["'\\])/g, "$1");
      default:
        return captured;
    }
  }

  return translate;
}

function first<T, R>(values: T[], of: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = of(value);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/** Whether a placeholder at the beginning would take the beginning of a sentence that goes on after a colon: rarely has a
 * name a colon, so that this is the last resort. */
function swallows({ literals }: Template, sentence: string): boolean {
  const colon = sentence.indexOf(": ");
  return literals[0] === "" && colon >= 0 && sentence.indexOf(literals[1] ?? "") > colon;
}

function compiled([english, translated]: Entry): Template {
  const literals = bare(english).split(PLACEHOLDER);
  literals[0] = lower(literals[0] ?? "");
  const parts = bare(translated).split(TRANSLATED);
  const pieces: Piece[] = [];
  for (let at = 0; at < parts.length; at += 3) {
    const index = parts[at + 1];
    pieces.push({ text: parts[at] ?? "", index: index === undefined ? undefined : Number(index), way: parts[at + 2] });
  }
  const quoted = pieces.flatMap(({ index, way }) => (way === '"' && index !== undefined ? [index] : []));
  return { literals, pieces, quoted, weight: literals.join("").length };
}

/** What stands in the placeholders; undefined when the sentence is not of this template. */
function captures({ literals, quoted }: Template, sentence: string): string[] | undefined {
  const [head = "", ...rest] = literals;
  if (lower(sentence.slice(0, head.length)) !== head) {
    return undefined;
  }
  const tail = rest.pop();
  if (tail === undefined) {
    return sentence.length === head.length ? [] : undefined;
  }
  const end = sentence.length - tail.length;
  const captured: string[] = [];
  let from = head.length;
  for (const literal of rest) {
    const at = sentence.indexOf(literal, from);
    if (at < 0) {
      return undefined;
    }
    captured.push(sentence.slice(from, at));
    from = at + literal.length;
  }
  if (end < from || !sentence.endsWith(tail)) {
    return undefined;
  }
  captured.push(sentence.slice(from, end));
  const inQuotes = (text = "") => text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  return quoted.every((index) => inQuotes(captured[index])) ? captured : undefined;
}
