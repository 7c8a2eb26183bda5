// The console of one guest.

import { Terminal } from "/vendor/xterm.mjs";
import { FitAddon } from "/vendor/addon-fit.mjs";
import { Live } from "/live.js";

const element = (name) => document.getElementById(`console-${name}`);
// The server takes no larger messages.
const longestMessage = 16384;
const verbs = { open: "is open", ended: "has ended", waiting: "is waited for", failed: "cannot be opened" };

export class Console {
  constructor(host, uuid, name) {
    document.getElementById("console").hidden = false;
    element("name").textContent = name;
    this.writer = "nobody";
    this.terminal = new Terminal({ scrollback: 10000 });
    const fit = new FitAddon();
    this.terminal.loadAddon(fit);
    this.terminal.open(document.getElementById("terminal"));
    fit.fit();
    this.onResize = () => fit.fit();
    addEventListener("resize", this.onResize);
    this.terminal.onData((keys) => this.type(new TextEncoder().encode(keys)));
    this.terminal.onBinary((keys) => this.type(Uint8Array.from(keys, (key) => key.charCodeAt(0))));
    element("take").onclick = () => this.live.tell({ do: "take over" });
    element("release").onclick = () => this.live.tell({ do: "release" });
    element("force").onclick = () => this.live.tell({ do: "force" });
    // `device` and `readonly` as in the page's own address.
    const wanted = new URLSearchParams(location.search);
    wanted.set("host", host);
    wanted.set("domain", uuid);
    this.live = new Live(`/api/console?${wanted}`, {
      // The server replays what was said.
      opened: () => this.terminal.reset(),
      bytes: (bytes) => this.show(bytes),
      words: (words) => this.take(words),
      lost: (reason) => this.remark(reason),
    });
    this.terminal.focus();
  }

  type(keys) {
    if (this.writer === "nobody") this.live.tell({ do: "take" });
    if (this.writer === "somebody else") return this.remark("somebody else writes");
    for (let at = 0; at < keys.length; at += longestMessage) this.live.send(keys.subarray(at, at + longestMessage));
  }

  take(words) {
    if (words.type === "viewers") this.showViewers(words);
    if (words.type === "console") this.showState(words);
    if (words.type === "input lost") this.remark(`${words.bytes} bytes of input are lost`);
  }

  showViewers({ count, writer }) {
    this.writer = writer;
    element("viewers").textContent = `${count} watching, ${writer} writing`;
    element("take").hidden = writer === "you";
    element("release").hidden = writer !== "you";
  }

  showState({ state, why }) {
    const text = why ? `${verbs[state]}: ${why}` : verbs[state];
    element("state").textContent = text;
    element("force").hidden = state !== "failed";
    this.remark(`the console ${text}`);
  }

  show(bytes) {
    this.terminal.write(bytes);
    this.isInLine = bytes.at(-1) !== 10;
  }

  // A line of our own.
  remark(text) {
    this.terminal.write(`${this.isInLine ? "\r\n" : ""}\x1b[0;7m[${text}]\x1b[0m\r\n`);
    this.isInLine = false;
  }

  close() {
    this.live.close();
    removeEventListener("resize", this.onResize);
    this.terminal.dispose();
    document.getElementById("console").hidden = true;
  }
}
