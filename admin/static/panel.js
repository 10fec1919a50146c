// Sharpens what works without it: parts marked data-live are fetched again while something moves,
// and the pictures before and after are laid over each other with a slider. No page needs it.
"use strict";

const EVERY_MS = 5000;

// How soon to ask again: what the most impatient part says, in seconds.
function pause() {
  const asked = [...document.querySelectorAll("[data-live]")].map((one) => Number(one.dataset.live));
  return Math.min(EVERY_MS, ...asked.filter((s) => s > 0).map((s) => s * 1000));
}

async function refresh() {
  const live = document.querySelectorAll("[data-live]");
  if (live.length === 0) return; // nothing moves any more: stop asking
  if (document.visibilityState === "visible") {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    // Signed out, or a fault: what stands there stays, and nobody asks again.
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of live) {
      const fresh = page.getElementById(old.id);
      // Whoever types, reads a table or has opened a list (it did not come open) is not disturbed.
      const isBusy = old.contains(document.activeElement)
        || old.querySelector("details[open]:not([data-opened])");
      if (!fresh || isBusy || fresh.innerHTML === old.innerHTML) continue;
      old.replaceWith(fresh);
      sliders(fresh);
    }
  }
  setTimeout(() => refresh().catch(later), pause());
}

// The panel is being restarted, or the network is away: it may come back.
function later() {
  setTimeout(() => refresh().catch(later), EVERY_MS * 4);
}

async function slider(pictures) {
  const before = pictures.querySelector("[data-side=before] img");
  const after = pictures.querySelector("[data-side=after] img");
  if (!before || !after) return;
  // Lazy pictures may still have no size when the page has loaded.
  before.loading = after.loading = "eager";
  await Promise.all([before.decode(), after.decode()]);
  const isAlike = Math.abs(before.naturalWidth / before.naturalHeight
    - after.naturalWidth / after.naturalHeight) < 0.02;
  if (!isAlike) return; // cut or turned: side by side says more
  const stage = document.createElement("div");
  stage.className = "stage";
  for (const [image, side] of [[after, "over-after"], [before, "over-before"]]) {
    const copy = image.cloneNode();
    copy.loading = "eager";
    copy.className = side;
    stage.append(copy);
  }
  const range = document.createElement("input");
  range.type = "range";
  range.setAttribute("aria-label", pictures.dataset.slider);
  const show = () => stage.style.setProperty("--cut", `${range.value}%`);
  range.addEventListener("input", show);
  show();
  const figure = document.createElement("figure");
  figure.className = "compare";
  figure.append(stage, range);
  pictures.before(figure);
}

function sliders(part) {
  // A picture that cannot be shown leaves the page as it is.
  for (const pictures of part.querySelectorAll("[data-slider]")) slider(pictures).catch(() => {});
}

// One key for each thing that a page marks with data-key; never while somebody writes.
function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select")) return;
  const wanted = [...document.querySelectorAll("[data-key]")];
  const found = wanted.find((one) => one.dataset.key === event.key.toLowerCase());
  if (!found) return;
  event.preventDefault();
  found.click();
  const form = found.closest("details[open]");
  if (form) form.querySelector("input:not([type=hidden]), textarea")?.focus();
}

addEventListener("keydown", press);

addEventListener("load", () => {
  sliders(document);
  setTimeout(() => refresh().catch(later), pause());
});
