// Debian's Chromium, started so that it asks nothing of the network.
export const chromium = {
  browserName: "chromium" as const,
  headless: true,
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  },
};
