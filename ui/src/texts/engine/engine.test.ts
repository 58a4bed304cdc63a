import { expect, it } from "vitest";
import { FROM_SOURCES } from "./de";
import { COMPOSED } from "./de/composed";
import { literals, saidInSources, stringsOf, type Literal } from "./sources";
import { UNSAID } from "./unsaid";

const said = saidInSources();
const composed = new Set(COMPOSED.flatMap(({ file, from }) => from.map((text) => `${file} ${text}`)));
const isComposed = ({ file, text }: Literal) => composed.has(`${file} ${text}`);
const shown = ({ file, line, text }: Literal) => `${file}:${line} ${text}`;

it("the sources are read", () => {
  expect(said.length).toBeGreaterThan(300);
});

it("strings are found as Rust has them", () => {
  const source = [
    '// a "comment"',
    "enum Why {",
    '    #[error("first {0}", .0.shown())]',
    "    First(char = '\"'),",
    "}",
    'fn say() { tracing::warn!(%error, "logged"); note(format!("it says \\"x\\" \\',
    '        on"), r#"raw "one""#); }',
    "#[cfg(test)]",
    "mod tests {",
    '    const NONE: &str = "not said";',
    "}",
  ].join("\n");
  expect(literals("a.rs", source).map(({ line, text, error }) => [line, text, error])).toEqual([
    [3, "first {0}", "Why"],
    [6, "logged", undefined],
    [6, 'it says "x" on', undefined],
    [7, 'raw "one"', undefined],
  ]);
});

it("every sentence of the engine and the app is said in German, or known to stay unsaid", () => {
  const german = new Set(FROM_SOURCES.map(([english]) => english));
  const left = said.filter((literal) => !german.has(literal.text) && !isComposed(literal) && !UNSAID.some(({ is }) => is(literal)));
  expect(left.map(shown)).toEqual([]);
});

it("nothing is said in German that the sources say no more", () => {
  const texts = new Set(said.filter((literal) => !UNSAID.some(({ is }) => is(literal))).map(({ text }) => text));
  expect(FROM_SOURCES.map(([english]) => english).filter((english) => !texts.has(english))).toEqual([]);
  for (const { file, from } of COMPOSED) {
    const strings = stringsOf(file);
    expect(from.filter((text) => !strings.includes(text)), file).toEqual([]);
  }
  expect(UNSAID.filter(({ is }) => !said.some(is)).map(({ reason }) => reason)).toEqual([]);
});
