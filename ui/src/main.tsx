import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./styles.css";

import { createRoot } from "react-dom/client";
import { App } from "./app";

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(<App />);
}
