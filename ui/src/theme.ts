// The design tokens: colours, type, radii, and how Mantine's components look by default.
import { createTheme, type MantineColorsTuple } from "@mantine/core";

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

export const theme = createTheme({
  primaryColor: "sea",
  primaryShade: { light: 6, dark: 5 },
  autoContrast: true,
  luminanceThreshold: 0.32,
  colors: { sea },
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
    Modal: { defaultProps: { centered: true, radius: "lg", overlayProps: { backgroundOpacity: 0.4, blur: 2 } } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true, multiline: true, maw: 320 } },
    Card: { defaultProps: { withBorder: true, radius: "lg", padding: "lg" } },
    Menu: { defaultProps: { shadow: "md", position: "bottom-end", withinPortal: true } },
    Badge: { defaultProps: { variant: "light", tt: "none", fw: 500 } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
  },
});
