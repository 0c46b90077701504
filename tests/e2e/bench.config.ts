// `make bench`: how long an evaluation takes in the page. Not part of `make test`: times depend on the
// machine, so nothing in the test suite may fail on them.
import { defineConfig } from "@playwright/test";
import base from "../../playwright.config";

export default defineConfig({
  ...base,
  testDir: ".",
  testMatch: "*.bench.ts",
  reporter: [["list"]],
  outputDir: "../../test-results",
  webServer: { ...(base.webServer as object), cwd: "../.." } as typeof base.webServer,
});
