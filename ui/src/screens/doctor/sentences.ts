// What the doctor found, in sentences.
import type { Check, Outcome } from "../../api/generated";
import { bytes, span } from "../../parts/format";
import type { Texts } from "../../texts";

export interface Sentence {
  text: string;
  /** What to do about it. */
  fix?: string;
}

const ORDER: Outcome[] = ["fail", "warn", "pass"];

export function worstFirst(checks: Check[]): Check[] {
  return ORDER.flatMap((outcome) => checks.filter((check) => check.outcome === outcome));
}

export function sentence(texts: Texts, check: Check): Sentence {
  const t = texts.doctor.checks;
  const subject = check.subject ?? "";
  const detail = check.detail ?? "";
  const well = check.outcome === "pass";
  switch (check.kind) {
    case "sharing":
      return well ? { text: t.sharing } : t.notSharing;
    case "smb-port":
      return well ? { text: t.smbPort } : t.otherPort(detail);
    case "listening":
      return { text: texts.engine(detail), fix: t.listeningFix };
    case "reachable":
      return well ? { text: t.reachable(subject) } : t.unreachable(subject, texts.engine(detail));
    case "log-in":
      return well ? { text: t.logIn(subject, detail) } : t.noLogIn(subject, texts.engine(detail));
    case "network":
      return well ? { text: t.network } : t.onlyHere;
    case "firewall":
      return well ? { text: t.noFirewall } : t.firewall(subject, detail);
    case "clock":
      return clock(texts, check);
    case "keyring":
      return well ? { text: t.keyring } : t.keyFile;
    case "sandbox":
      return well ? { text: check.detail === null ? t.noSandboxHere : t.sandbox(detail) } : t.noSandbox;
    case "privileges":
      return well ? { text: t.privileges } : check.detail === "files-of-others" ? t.filesOfOthers : t.allPrivileges;
    case "password":
      return t.password(subject);
    case "people":
      return well ? { text: t.people } : t.nobody;
    case "folder":
      return well ? { text: t.folder(subject, detail) } : check.outcome === "warn" ? t.folderReadOnly(subject, detail) : t.folderGone(subject, reasonLast(texts, detail));
    case "grants":
      return well ? { text: t.grants(subject) } : t.noGrants(subject);
    case "nested":
      return t.nested(subject, detail);
    case "space":
      return well ? { text: t.space(subject, bytes(texts, Number(detail))) } : t.littleSpace(subject, bytes(texts, Number(detail)));
    case "data-space":
      return well ? { text: t.dataSpace(bytes(texts, Number(detail))) } : t.noDataSpace(bytes(texts, Number(detail)));
    case "lock-out":
      return t.lockOut(subject);
  }
}

/** The detail is how many seconds the clock is behind the server's, or the impossible time that it shows. */
function clock(texts: Texts, { subject, detail, outcome }: Check): Sentence {
  const t = texts.doctor.checks;
  if (subject === null) {
    return outcome === "pass" ? { text: t.clockUnknown } : t.clockImpossible(detail ?? "");
  }
  const behind = Number(detail);
  return outcome === "pass" ? { text: t.clock(subject) } : t.clockOff(span(texts, Math.abs(behind)), behind > 0, subject);
}

/** "/a/folder: why not" with the reason in the user's language. */
function reasonLast(texts: Texts, detail: string): string {
  const at = detail.lastIndexOf(": ") + 2;
  return at < 2 ? detail : detail.slice(0, at) + texts.engine(detail.slice(at));
}

/** One line for each, to paste into a message. */
export function asText(texts: Texts, checks: Check[]): string {
  const lines = worstFirst(checks).map((check) => {
    const { text, fix } = sentence(texts, check);
    return `${check.outcome.toUpperCase()}  ${text}${fix === undefined ? "" : `\n      ${fix}`}`;
  });
  return `${lines.join("\n")}\n`;
}
