// Sharpens the page that drops photos; it works without. What an instruction means is shown while
// it is typed, only the options of the chosen inbox are there, and photos go one after the other,
// each with its own bar.
"use strict";

const PAUSE_MS = 400; // nobody types for so long: ask what it means

function part(form, kind, url) {
  const asked = new FormData();
  for (const name of ["csrf", "inbox", "instruct"]) asked.set(name, form.elements[name].value);
  return fetch(url, { method: "POST", body: asked, headers: { "X-Part": kind } });
}

function watchWords(form) {
  const words = form.elements.instruct;
  const shown = document.getElementById("understood");
  let timer = 0;
  let asked = 0;
  const ask = async () => {
    const mine = ++asked;
    const answer = await part(form, "fragment", words.dataset.check);
    // An answer to older words, or a page that is no part of this one, is not shown.
    if (mine !== asked || !answer.ok || answer.redirected) return;
    const text = await answer.text();
    if (mine === asked) shown.innerHTML = text;
  };
  const soon = () => {
    clearTimeout(timer);
    // The panel is away: what was shown stays, and sending will say so.
    timer = setTimeout(() => ask().catch(() => undefined), PAUSE_MS);
  };
  words.addEventListener("input", soon);
  form.elements.inbox.addEventListener("change", soon);
}

function watchInbox(form) {
  const show = () => {
    for (const group of form.querySelectorAll("[data-inboxes]")) {
      const isMeant = group.dataset.inboxes.split(" ").includes(form.elements.inbox.value);
      group.hidden = !isMeant;
      group.querySelector("fieldset").disabled = !isMeant; // what is not shown is not sent
    }
  };
  form.elements.inbox.addEventListener("change", show);
  show();
}

function line(list, name) {
  const row = document.createElement("li");
  const label = document.createElement("span");
  const bar = document.createElement("progress");
  const said = document.createElement("span");
  label.textContent = name;
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", name);
  row.className = "inline sent";
  row.append(label, bar, said);
  list.append(row);
  return { bar, said };
}

function send(form, photo, follow, bar) {
  return new Promise((resolve) => {
    const body = new FormData(form);
    body.delete("photos");
    body.set("photos", photo, photo.name);
    if (follow) body.set("follow", follow.split("/").pop());
    const call = new XMLHttpRequest();
    call.open("POST", form.action);
    call.setRequestHeader("X-Part", "json");
    call.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
    });
    call.addEventListener("loadend", () => {
      let told = {};
      try {
        told = JSON.parse(call.responseText);
      } catch {
        told = { problem: call.status ? `HTTP ${call.status}` : "" };
      }
      resolve({ isGood: call.status === 200 && Boolean(told.follow), ...told });
    });
    call.send(body);
  });
}

// What is wrong with an option stands at its field, as it does without a script.
function blame(form, fields) {
  for (const old of form.querySelectorAll("[data-blamed]")) old.remove();
  for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
  for (const [name, told] of Object.entries(fields)) {
    const field = form.elements[name];
    if (!field) continue;
    const problem = document.createElement("p");
    problem.id = `problem-${name}`;
    problem.className = "refused";
    problem.dataset.blamed = "";
    problem.textContent = told;
    field.before(problem);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", `about-${name} problem-${name}`);
    field.closest("details").open = true;
  }
  form.querySelector("[aria-invalid]")?.focus();
}

async function sendAll(form) {
  const photos = [...form.elements.photos.files];
  const list = document.getElementById("sending-list");
  const said = document.getElementById("sending-said");
  const button = form.querySelector("button.primary");
  document.getElementById("sending").hidden = false;
  list.replaceChildren();
  button.disabled = true;
  let follow = "";
  let sent = 0;
  blame(form, {});
  const rows = photos.map((photo) => ({ photo, ...line(list, photo.name) }));
  for (const row of rows) {
    const told = await send(form, row.photo, follow, row.bar);
    if (told.isGood) {
      follow = told.follow;
      sent += 1;
      row.bar.value = 1;
    }
    const word = told.isGood ? form.dataset.sent : form.dataset.refused;
    row.said.textContent = told.problem ? `${word}: ${told.problem}` : word;
    said.textContent = `${sent} / ${photos.length}`;
    if (!told.fields || Object.keys(told.fields).length === 0) continue;
    blame(form, told.fields);
    break; // the same is wrong with every photo
  }
  button.disabled = false;
  if (sent === photos.length) location.assign(follow);
  else if (follow) {
    const link = document.createElement("a");
    link.href = follow;
    link.textContent = form.dataset.follow;
    said.append(" ", link);
  }
}

addEventListener("load", () => {
  const form = document.querySelector("[data-drop]");
  if (!form) return;
  for (const one of form.querySelectorAll("[data-without-script]")) one.hidden = true;
  watchWords(form);
  watchInbox(form);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    sendAll(form);
  });
});
