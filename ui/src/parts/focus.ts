// Where the focus goes when a dialog closes that a menu opened. A dialog gives it back to what had it before, but that
// was the menu's item, which is gone by then: whoever works by keyboard would have to start over at the top.
let button: HTMLElement | null = null;

/** Notes whose menu was used last. */
export function followMenus() {
  const noted = ({ target }: FocusEvent) => {
    // The menu itself gives the focus back to its button for a moment.
    if (!(target instanceof Element) || target === button || target.closest('[role="dialog"]') !== null) {
      return;
    }
    const menu = target.closest('[role="menu"]');
    button = menu === null ? null : document.getElementById(menu.getAttribute("aria-labelledby") ?? "");
  };
  document.addEventListener("focusin", noted);
  return () => document.removeEventListener("focusin", noted);
}

/** Until React has taken away a dialog that has faded out. */
const GONE_AFTER = 50;

/** To be called when a dialog has faded out. */
export function dialogClosed() {
  setTimeout(focusAfterDialog, GONE_AFTER);
}

/** Leads back to the menu's button, or to what is shown where that is gone too. */
export function focusAfterDialog() {
  if (document.activeElement !== document.body) {
    return;
  }
  const back = button?.isConnected ? button : document.querySelector<HTMLElement>("main");
  back?.focus({ preventScroll: true });
}
