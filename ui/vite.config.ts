/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    // The oldest web views in use: WebKitGTK 2.42, Safari 16, WebView2.
    target: ["es2022", "safari16"],
    chunkSizeWarningLimit: 1500,
  },
  server: {
    port: 5173,
    strictPort: true,
    // A test reads the engine's sentences from its sources.
    fs: { allow: [".", "../server-core/src", "../src-tauri/src"] },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/testing/setup.ts"],
  },
});
