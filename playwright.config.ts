import { defineConfig } from "@playwright/test";
import { chromium } from "./tests/e2e/browser";

const port = Number(process.env.PORT ?? 4173);

export default defineConfig({
  testDir: "tests/e2e",
  testMatch: "*.spec.ts",
  // Two cores: one worker for the browser, one core left for the page's own work.
  workers: 1,
  timeout: 60_000,
  retries: 0,
  forbidOnly: true,
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    ...chromium,
    baseURL: `http://127.0.0.1:${port}/`,
    viewport: { width: 1440, height: 1000 },
    locale: "en-GB",
    timezoneId: "Asia/Shanghai",
    colorScheme: "light",
    trace: "retain-on-failure",
    // Held back except in the offline test: a worker would answer before the tests' own routes.
    serviceWorkers: "block",
  },
  webServer: {
    command: `node .ci/serve.mjs dist ${port}`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
  },
});
