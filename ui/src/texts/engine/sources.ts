// What the engine and the app can say, read from their Rust sources. For tests only: no part of the window.
import { PLACEHOLDER } from "./translate";

export interface Literal {
  /** From the repository's root. */
  file: string;
  line: number;
  text: string;
  /** The code before it, from where its statement begins, with empty strings. */
  before: string;
  /** The type that it is an `#[error]` of. */
  error?: string;
}

const FILES = import.meta.glob<string>(["../../../../server-core/src/**/*.rs", "../../../../src-tauri/src/**/*.rs"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const TESTS = /\/(tests?|testing|suite|fuzzing|backend\/memory)\/|(tests|fuzzing|vectors|backend\/(slow|failing|counting))\.rs$/;
const TEST_MODULE = /#\[cfg\((?:all\()?test[^\]]*\]\s*mod \w+ \{/;
/** A sentence goes into these as it is, so that one word is enough. */
const SAYS = /\b(report|note|note_person|note_share|hint|ActivityRecord::new|AdminError::new)\([^;]*$/;
const TOKEN = /\/\/[^\n]*|\/\*[^]*?\*\/|b?r(#*)"[^]*?"\1|b?"(?:\\[^]|[^"\\])*"|'(?:\\[^']+|[^'\\])'|[^]/g;

/** Every string that has words: several, or one where a sentence is said. */
export function saidInSources(): Literal[] {
  return Object.entries(FILES)
    .map(([path, source]) => ({ file: path.replace(/^(\.\.\/)+/, ""), source }))
    .filter(({ file }) => !TESTS.test(file))
    .flatMap(({ file, source }) => literals(file, source))
    .filter(({ text, before }) => /\p{L}/u.test(text.split(PLACEHOLDER).join("")) && (/\S\s+\S/.test(text) || SAYS.test(before)));
}

/** Every string of a file, words or not. */
export function stringsOf(file: string): string[] {
  return literals(file, FILES[`../../../../${file}`] ?? "").map(({ text }) => text);
}

export function literals(file: string, source: string): Literal[] {
  const module = TEST_MODULE.exec(source);
  const code = module === null ? source : source.slice(0, module.index);
  const found: Literal[] = [];
  let before = "";
  let line = 1;
  let type: string | undefined;
  for (const match of code.matchAll(TOKEN)) {
    const [token, hashes] = match;
    if (/^b?r?#*"./s.test(token) && token.length > 1) {
      const raw = hashes !== undefined;
      const content = raw ? token.slice(token.indexOf('"') + 1, token.lastIndexOf('"')) : unescaped(token.slice(token.indexOf('"') + 1, -1));
      const whole = /^\)\]\s*pub(?:\([^)]*\))? (?:enum|struct) (\w+)/.exec(code.slice(match.index + token.length, match.index + token.length + 200))?.[1];
      const error = /#\[error\($/.test(before.trimEnd()) ? (whole ?? type) : undefined;
      found.push({ file, line, text: content, before: before.trim(), error });
      before += '""';
    } else if (!token.startsWith("//") && !token.startsWith("/*")) {
      before = /^[;{}]$/.test(token) ? "" : before + token;
      type = /\b(?:enum|struct) (\w+)[^\w]$/.exec(before)?.[1] ?? type;
    }
    line += token.split("\n").length - 1;
  }
  return found;
}

function unescaped(text: string): string {
  return text.replace(/\\(\n\s*|u\{([0-9a-f]+)\}|x([0-9a-f]{2})|.)/g, (_, escape: string, unicode?: string, byte?: string) => {
    const code = unicode ?? byte;
    if (code !== undefined) {
      return String.fromCodePoint(Number.parseInt(code, 16));
    }
    return escape.startsWith("\n") ? "" : ({ n: "\n", r: "\r", t: "\t", "0": "\0" }[escape] ?? escape);
  });
}
