// The list of domains, live, and the console that is open, whose guest is in the page's address: it outlives a reload.

import { Console } from "/console.js";
import { Live } from "/live.js";
import { dropThumbnail, makeThumbnail } from "/thumbnails.js";

const hosts = document.getElementById("hosts");
const connection = document.getElementById("connection");
const thumbnails = new Map();
let listed;
let listedAt;
let open;

function make(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text ?? "";
  return made;
}

const twoDigits = (number) => String(Math.floor(number)).padStart(2, "0");

function uptimeOf(domain) {
  if (domain.uptime === undefined) return "";
  const seconds = Math.round(domain.uptime + (Date.now() - listedAt) / 1000);
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(twoDigits);
  // One that ran before the server looked has run for longer.
  return (domain.start_seen ? "" : "> ") + parts.join(":");
}

async function control(host, uuid, action) {
  const response = await fetch(`/api/control?host=${host}&domain=${uuid}&action=${action}`, { method: "POST" });
  if (!response.ok) connection.textContent = await response.text();
}

function makeButtons(host, domain) {
  const actions = domain.id === undefined ? ["start"] : ["shutdown", "destroy"];
  const cell = make("td", "actions");
  for (const action of actions) {
    const button = make("button", action, action);
    button.onclick = () => control(host, domain.uuid, action);
    cell.append(button);
  }
  return cell;
}

// The same element as long as the guest runs, so that pictures do not flicker.
function thumbnailOf(host, domain) {
  const key = `${host}/${domain.uuid}`;
  if (!thumbnails.has(key)) thumbnails.set(key, makeThumbnail(host, domain.uuid));
  return thumbnails.get(key);
}

function makeRow(host, domain) {
  const row = make("tr", domain.id === undefined ? "off" : "running");
  const link = make("a", "name", domain.name);
  link.href = `#${host}/${domain.uuid}`;
  const [name, picture, uptime] = [make("td", ""), make("td", "picture"), make("td", "uptime", uptimeOf(domain))];
  uptime.update = () => (uptime.textContent = uptimeOf(domain));
  name.append(link);
  if (domain.id !== undefined && !listed.hosts[host].away) picture.append(thumbnailOf(host, domain));
  row.append(picture, name, make("td", "state", domain.state), uptime);
  if (listed.control) row.append(makeButtons(host, domain));
  return row;
}

function makeTable(host, index) {
  const table = make("table", host.away ? "away" : "");
  table.createCaption().textContent = host.away ? `${host.uri}: ${host.away}` : host.uri;
  const body = table.createTBody();
  body.append(...host.domains.map((domain) => makeRow(index, domain)));
  return table;
}

function show(words) {
  listed = words;
  listedAt = Date.now();
  hosts.replaceChildren(...listed.hosts.map(makeTable));
  for (const [key, canvas] of thumbnails) {
    if (canvas.isConnected) continue;
    dropThumbnail(canvas);
    thumbnails.delete(key);
  }
  if (!open) openWanted();
}

function openWanted() {
  open?.close();
  open = undefined;
  const [host, uuid] = location.hash.slice(1).split("/");
  const domain = listed?.hosts[host]?.domains.find((each) => each.uuid === uuid);
  if (domain) open = new Console(host, uuid, domain.name);
}

addEventListener("hashchange", openWanted);
document.getElementById("console-close").onclick = () => (location.hash = "");
setInterval(() => document.querySelectorAll(".uptime").forEach((cell) => cell.update()), 1000);
new Live("/api/domains", {
  opened: () => (connection.textContent = ""),
  words: show,
  lost: (reason) => (connection.textContent = `${reason}; if it was started again, open the address it has printed`),
});
