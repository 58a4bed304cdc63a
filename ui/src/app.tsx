// The whole window: language, theme, events, and which of its two faces is shown.
import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { followEngine } from "./api/events";
import { queryClient, useAbout, useCall, usePreferences } from "./api/queries";
import { shell } from "./api/bridge";
import { Frame } from "./frame";
import { followMenus } from "./parts/focus";
import { MOST } from "./parts/notices";
import { Refused } from "./parts/states";
import { Welcome } from "./screens/welcome/welcome";
import { languageOf, LANGUAGES, TextsProvider } from "./texts";
import { themeIn, variables } from "./theme";
import { useTold } from "./told";

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Themed />
    </QueryClientProvider>
  );
}

function Themed() {
  const preferences = usePreferences();
  const about = useAbout();
  const client = useQueryClient();
  useEffect(() => {
    const stop = followEngine(client);
    return () => void stop.then((stop) => stop());
  }, [client]);
  useEffect(() => followMenus(), []);
  const language = languageOf(preferences.data?.language ?? "system", about.data?.locale);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const theme = useMemo(() => themeIn(LANGUAGES[language]), [language]);
  if (preferences.data === undefined || about.data === undefined) {
    return null;
  }
  const chosen = preferences.data.theme;
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" {...(chosen === "system" ? {} : { forceColorScheme: chosen })}>
      <TextsProvider language={language} locale={about.data?.locale}>
        <ModalsProvider>
          <Notifications position="bottom-right" limit={MOST} />
          <Face welcomed={preferences.data.welcomed} />
        </ModalsProvider>
      </TextsProvider>
    </MantineProvider>
  );
}

function Face({ welcomed }: { welcomed: boolean }) {
  useTold();
  const status = useCall("status");
  const client = useQueryClient();
  const complete = status.data !== undefined;
  useEffect(() => {
    if (complete) {
      // The second frame begins when the first was painted.
      requestAnimationFrame(() => requestAnimationFrame(() => void shell("painted")));
    }
  }, [complete]);
  if (status.isError) {
    const retry = async () => {
      await shell("retry-start");
      await client.invalidateQueries();
    };
    return (
      <div className="page">
        <Refused error={status.error} retry={() => void retry()} />
      </div>
    );
  }
  if (status.data === undefined) {
    return null;
  }
  return welcomed ? <Frame status={status.data} /> : <Welcome status={status.data} />;
}
