// The button beside lines of a shell copies what is to be typed: neither prompts nor output.
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest(".md-clipboard, .md-code__button");
    const code = button?.closest("pre, .highlight")?.querySelector("code:has(.gp)");
    if (!code) return;
    const typed = code.cloneNode(true);
    typed.querySelectorAll(".gp, .go").forEach((part) => part.remove());
    const lines = typed.textContent.split("\n").filter((line) => line.trim());
    button.setAttribute("data-clipboard-text", lines.join("\n"));
  },
  true,
);
