// The design tokens: colours, type, radii, and how Mantine's components look by default.
import { createTheme, mergeThemeOverrides, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";
import { dialogClosed } from "./parts/focus";
import type { Texts } from "./texts";

const sea: MantineColorsTuple = [
  "#e6f7f6",
  "#d3ebea",
  "#a7d6d4",
  "#77c1be",
  "#50aeab",
  "#37a29f",
  "#0f827f",
  "#0b716f",
  "#006361",
  "#005250",
];

/** Greys with a little of the sea in them, for the dark theme. */
const dark: MantineColorsTuple = [
  "#dde3e8",
  "#b9c3cc",
  "#9aa6b0",
  "#6f7b86",
  "#414a54",
  "#363e47",
  "#20252b",
  "#1a1e23",
  "#14171b",
  "#101316",
];

const theme = createTheme({
  primaryColor: "sea",
  primaryShade: 6,
  autoContrast: true,
  luminanceThreshold: 0.32,
  colors: { sea, dark },
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: '"JetBrains Mono Variable", ui-monospace, monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "19px" },
  headings: {
    fontWeight: "620",
    sizes: { h1: { fontSize: "22px" }, h2: { fontSize: "16px" }, h3: { fontSize: "14px" } },
  },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" } },
    TextInput: { defaultProps: { size: "sm", spellCheck: false, autoComplete: "off" } },
    PasswordInput: { defaultProps: { size: "sm", autoComplete: "off" } },
    Select: { defaultProps: { size: "sm", allowDeselect: false, checkIconPosition: "right" } },
    Modal: {
      defaultProps: { centered: true, radius: "lg", padding: "lg", overlayProps: { backgroundOpacity: 0.4, blur: 2 }, onExitTransitionEnd: dialogClosed },
      styles: { title: { fontWeight: 620, fontSize: 16 } },
    },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true, multiline: true, maw: 320 } },
    Card: { defaultProps: { withBorder: true, radius: "lg", padding: "lg" } },
    Menu: { defaultProps: { shadow: "md", position: "bottom-end", withinPortal: true } },
    // Tinted, but read in the colour of text: tints alone are too pale to read.
    Badge: { defaultProps: { variant: "light", tt: "none", fw: 500 }, styles: { label: { color: "var(--mantine-color-text)" } } },
    Alert: { styles: { label: { color: "var(--mantine-color-text)" } } },
    Avatar: { styles: { placeholder: { color: "var(--mantine-color-text)" } } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
  },
});

/** The theme in a language: every cross that closes something has a name. */
export const themeIn = ({ close }: Texts) => mergeThemeOverrides(theme, { components: { CloseButton: { defaultProps: { "aria-label": close } } } });

/** Links and refusals on the page itself and on white: Mantine's are too pale there for small text. */
export const variables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: { "--mantine-color-anchor": colors.sea?.[7] ?? "", "--mantine-color-error": "#c92a2a" },
  dark: { "--mantine-color-anchor": colors.sea?.[4] ?? "", "--mantine-color-error": "#ff8787" },
});
