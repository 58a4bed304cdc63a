"""A plugin of pytest that writes down what became of each case: VERDICT<TAB>FILE::NAME<TAB>WHAT IT COMPLAINED OF.

A case that fails while it is torn down has failed, whatever it did before.
"""
import os

_verdicts = {}


def _name(nodeid):
    file, separator, rest = nodeid.partition("::")
    return file.rsplit("/", 1)[-1] + separator + rest


def _complaint(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    said = crash.message if crash else report.longreprtext or "failed"
    return " ".join(said.split())[:300]


def pytest_runtest_logreport(report):
    name = _name(report.nodeid)
    if report.failed:
        _verdicts[name] = ("failed", _complaint(report))
    elif report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else getattr(report, "wasxfail", "")
        _verdicts[name] = ("skipped", " ".join(str(reason).split()))
    elif report.when == "call":
        _verdicts[name] = ("passed", "")


def pytest_collectreport(report):
    if report.failed:
        _verdicts[_name(report.nodeid)] = ("failed", _complaint(report))


def pytest_sessionfinish():
    with open(os.environ["PANEL_VERDICTS"], "w", encoding="utf-8") as file:
        for name, (verdict, complaint) in _verdicts.items():
            file.write(f"{verdict}\t{name}\t{complaint}\n")
