// What the page does more with scripts on: a choice is shown at once. Without them every form works
// as it is. All words are in the page. Nothing is attached that was not in view when its button was
// pressed: where a choice that was just made changes the handout, the button is to be pressed again.
"use strict";
(() => {
  const form = document.getElementById("page");
  const live = document.getElementById("live");
  const frame = document.getElementById("sheet");
  if (!form) return;
  document.documentElement.classList.add("js");
  let queue = Promise.resolve();
  let waiting = 0;
  let hasFailed = false; // what was sent last
  let sheet = frame.getAttribute("src");
  let isUnseen = false; // the frame has another sheet than the page's, or none
  let pressed = null;

  const say = (what) => { live.textContent = live.dataset[what]; };

  // What is in view, by the fingerprint for each way of attaching; nothing of it while the frame loads.
  const inView = () => (isUnseen ? {} : Object.fromEntries(
    [...form.querySelectorAll("[name^=shown_]")].map((field) => [field.name, field.value])));

  // A press begins before the field that it leaves is sent, and may end after the answer.
  const begin = (event) => { if (!event.repeat) pressed = inView(); };
  const end = () => { setTimeout(() => { pressed = null; }); };
  for (const what of ["pointerdown", "keydown"]) form.addEventListener(what, begin, true);
  for (const what of ["pointerup", "pointercancel", "keyup"]) document.addEventListener(what, end, true);

  const lookAgain = (what) => {
    const note = document.getElementById("look-again") || document.createElement("p");
    note.id = "look-again";
    note.className = "box warn";
    note.tabIndex = -1;
    note.textContent = live.dataset[what];
    document.getElementById("region-top").prepend(note);
    note.focus();
  };

  const showSheet = () => { isUnseen = true; frame.contentWindow.location.replace(sheet); };
  // A sheet is sandboxed, so its document is not ours to see; a page that stands in its place is.
  frame.addEventListener("load", () => { isUnseen = frame.contentDocument !== null; });
  // Who comes back to a page gets the frame as it was then, which may be of another handout.
  const [arrival] = performance.getEntriesByType("navigation");
  if (arrival && arrival.type !== "navigate") addEventListener("load", showSheet, { once: true });

  // What was typed stays: what no button has taken yet, and what came after the form was sent.
  const lines = (text) => (text || "").replace(/\r\n/g, "\n");
  const typed = (sent) => [...form.querySelectorAll("input, textarea, select")]
    .filter((field) => field.id && field.type !== "checkbox")
    .filter((field) => (field.dataset.live === undefined
      ? field.name !== `reason|${sent.get("do")}` && field.name !== sent.get("do")
      : lines(sent.get(field.name)) !== field.value))
    .map((field) => [field.id, field.value]);

  const swap = (page, sent) => {
    const kept = typed(sent);
    const open = [...form.querySelectorAll("details[open][id]")].map((each) => each.id);
    const focused = document.activeElement && document.activeElement.id;
    let focusRegion = null;
    const before = sheet;
    sheet = page.getElementById("sheet").getAttribute("src");
    // In place, so that a button beside such a link stays the one that is being pressed.
    for (const link of form.querySelectorAll('a[href^="sheet"]')) {
      link.setAttribute("href", link.getAttribute("href").replace(/\?.*/, sheet.replace(/.*\?/, "?")));
    }
    if (sheet !== before || isUnseen) showSheet();
    for (const region of form.querySelectorAll("[data-region]")) {
      const fresh = page.getElementById(region.id);
      if (!fresh || fresh.innerHTML === region.innerHTML) continue;
      if (region.contains(document.activeElement)) focusRegion = region;
      region.innerHTML = fresh.innerHTML;
    }
    for (const id of open) { const each = document.getElementById(id); if (each) each.open = true; }
    for (const [id, value] of kept) { const each = document.getElementById(id); if (each) each.value = value; }
    document.title = page.title;
    const mistakes = document.getElementById("mistakes");
    if (mistakes) { mistakes.focus(); return; }
    const target = document.getElementById(focused);
    if (target && document.activeElement !== target) target.focus();
    else if (focusRegion && !target) (document.getElementById(focusRegion.dataset.focus) || form).focus();
  };

  const send = async (name, value) => {
    const body = new URLSearchParams(new FormData(form));
    if (name) body.set(name, value);
    say("busy");
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { "X-From-Script": "1" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.getElementById("page")) {
        document.title = page.title;
        document.body.replaceWith(page.body);
        const failed = document.getElementById("failed");
        if (failed) failed.focus();
        return;
      }
      swap(page, body);
      hasFailed = false;
      say("done");
    } catch {
      hasFailed = true;
      say("failed");
    }
  };

  const enqueue = (name, value) => {
    waiting += 1;
    queue = queue.then(() => send(name, value)).finally(() => { waiting -= 1; });
  };

  form.addEventListener("change", (event) => {
    if (event.target.dataset.live !== undefined) enqueue("do", "save");
  });

  // The second click of a double one comes before anybody has looked at what the first one brought.
  form.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest("button[formaction]")) event.preventDefault();
  });

  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button && button.hasAttribute("formaction")) {
      const name = `shown_${button.value}`;
      const saw = (pressed || inView())[name];
      pressed = null;
      const isSeen = () => saw !== undefined && saw === inView()[name];
      if (!waiting && isSeen()) return; // the browser sends it
      event.preventDefault();
      queue.then(() => {
        const again = document.getElementById(button.id);
        if (!form.isConnected || document.getElementById("mistakes")) return;
        if (hasFailed) lookAgain("unsent");
        else if (again && isSeen()) again.click();
        else lookAgain("changed");
      });
      return;
    }
    event.preventDefault();
    enqueue("do", button ? button.value : "save");
  });
})();
