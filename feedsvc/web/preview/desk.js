"use strict";
// Asks for the version of the index every second; takes the new page's content when it differs.
const status = document.getElementById("desk-status");
let version = document.getElementById("desk").dataset.version;

async function ask(path) {
  const response = await fetch(path, { cache: "no-store" });
  if (!response.ok) throw new Error(String(response.status));
  return response;
}

async function renew() {
  const text = await (await ask(location.href)).text();
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = page.getElementById("desk");
  document.getElementById("desk").replaceWith(fresh);
  document.title = page.title;
  version = fresh.dataset.version;
}

async function look() {
  try {
    if (!document.hidden) {
      const now = (await (await ask("/_desk/version")).json()).version;
      if (now !== version) await renew();
      status.textContent = "Live";
    }
  } catch {
    status.textContent = "The preview does not answer. Is `feedsvc serve --drafts` still running?";
  }
  setTimeout(look, 1000);
}

look();
