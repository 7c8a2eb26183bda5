// A WebSocket that is opened again when it is lost, unless the server has said why.

const shortestDelay = 250;
const longestDelay = 5000;

export class Live {
  // `path` on this server; `on` has `opened()`, `words(object)`, `bytes(array)` and `lost(reason)`.
  constructor(path, on) {
    this.path = path;
    this.on = on;
    this.delay = shortestDelay;
    this.open();
  }

  open() {
    const url = new URL(this.path, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(url);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      this.delay = shortestDelay;
      this.on.opened?.();
    };
    this.socket.onmessage = ({ data }) => this.take(data);
    this.socket.onclose = () => this.lose();
  }

  take(data) {
    if (data instanceof ArrayBuffer) return this.on.bytes(new Uint8Array(data));
    const words = JSON.parse(data);
    if (words.type !== "dismissed") return this.on.words(words);
    this.dismissed = words.dropped ? `${words.why}, ${words.dropped} bytes are not shown` : words.why;
  }

  lose() {
    if (this.closed) return;
    this.on.lost(this.dismissed ?? "the connection to web-console is lost");
    if (this.dismissed) return;
    this.timer = setTimeout(() => this.open(), this.delay);
    this.delay = Math.min(2 * this.delay, longestDelay);
  }

  tell(words) {
    this.send(JSON.stringify(words));
  }

  send(data) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(data);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket.close();
  }
}
