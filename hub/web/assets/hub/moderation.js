/* Keys of their own for who moderates much: v validates, r goes to the reasons to refuse, → goes to the next one.
   They are off until somebody turns them on, so that nobody decides by a slip (WCAG 2.2, 2.1.4). */

"use strict";

const KEPT = "moderation-keys";
const decision = document.querySelector(".decision");

if (decision) {
  const choice = document.createElement("div");
  const box = document.createElement("input");
  const label = document.createElement("label");
  choice.className = "choice";
  box.type = "checkbox";
  box.id = label.htmlFor = "keys";
  box.checked = localStorage.getItem(KEPT) === "on";
  label.textContent = "Décider par une seule touche : v valide, r mène aux motifs de refus, → passe à la suivante";
  choice.append(box, label);
  decision.append(choice);
  box.addEventListener("change", () => localStorage.setItem(KEPT, box.checked ? "on" : "off"));

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (!box.checked || typing || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input")) target.focus();
    else target.click();
  });
}
