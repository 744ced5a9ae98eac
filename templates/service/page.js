// What the page does more with scripts on: a choice is shown at once. Without them every form works
// as it is. All words are in the page.
"use strict";
(() => {
  const form = document.getElementById("page");
  const live = document.getElementById("live");
  if (!form) return;
  document.documentElement.classList.add("js");
  let queue = Promise.resolve();
  let waiting = 0;

  const say = (what) => { live.textContent = live.dataset[what]; };

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
      const before = form.querySelector("[name=shown_final]").value;
      swap(page, body);
      const frame = document.getElementById("sheet");
      if (form.querySelector("[name=shown_final]").value !== before) frame.contentWindow.location.replace("sheet");
      say("done");
    } catch {
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

  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button && button.hasAttribute("formaction")) {
      if (!waiting) return; // the browser sends it
      event.preventDefault();
      queue.then(() => { const again = document.getElementById(button.id); if (again) again.click(); });
      return;
    }
    event.preventDefault();
    enqueue("do", button ? button.value : "save");
  });
})();
