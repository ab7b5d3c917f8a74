/* global document, fetch, location, setTimeout, DOMParser */
// Looks for new messages every two seconds and, when there are some, puts the server's newly rendered page in the place
// of the old one. Cards that are on the page already stay as they are, so what the reader opened stays open.
const live = document.getElementById("live");
const token = new URL(location.href).searchParams.get("token");
let newest = live.dataset.newest;

async function look() {
  const response = await fetch(`/api/newest`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const { id } = await response.json();
  if (id !== newest) {
    await renew();
    newest = id;
  }
}

async function renew() {
  const page = await (await fetch(location.href)).text();
  const next = new DOMParser().parseFromString(page, "text/html");
  for (const card of next.querySelectorAll("main article")) {
    const shown = document.getElementById(card.id);
    if (shown) card.replaceWith(shown);
  }
  for (const part of ["main", "footer"])
    document.querySelector(`body > ${part}`).replaceWith(next.querySelector(`body > ${part}`));
}

async function poll() {
  try {
    if (!document.hidden) await look();
    live.textContent = "Updates by itself.";
    live.className = "";
  } catch {
    live.textContent = "The sandbox does not answer. Is it stopped?";
    live.className = "lost";
  }
  setTimeout(poll, 2000);
}

setTimeout(poll, 2000);
