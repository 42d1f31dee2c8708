// Shows how far a rehearsal is without a reload; when it is finished, its results are loaded.
"use strict";

const PAUSE = 2000;

async function look() {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById("progress");
  if (now === null) {
    location.reload();
    return;
  }
  document.querySelector("#progress label").textContent = now.querySelector("label").textContent;
  const bar = document.getElementById("bar");
  bar.value = now.querySelector("progress").value;
  bar.max = now.querySelector("progress").max;
  setTimeout(look, PAUSE);
}

setTimeout(look, PAUSE);
