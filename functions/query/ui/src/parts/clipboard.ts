// Copies a text, and says so for a moment.

import { address } from "../app/location.ts";
import { shareable } from "../app/share.ts";

const SHOWN_MS = 1_600;

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied ${what}`);
  } catch {
    say("The browser does not allow copying here");
  }
}

/** Copies a link that shows others what the reader sees. */
export function copyLink(): void {
  const { origin, pathname, search } = window.location;
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const query = shareable(new URLSearchParams(search), Date.now() * 1000, timeZone);
  void copy(address(origin + pathname, query), "the link");
}

/** Shows a short message at the bottom. Screen readers say it. */
export function say(message: string): void {
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.setAttribute("role", "status");
  toast.textContent = message;
  document.querySelector(".toast")?.remove();
  document.body.append(toast);
  window.setTimeout(() => toast.remove(), SHOWN_MS);
}

/** Offers a text as a file to keep. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
