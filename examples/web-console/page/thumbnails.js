// Small pictures of the screens of guests that are in sight.

const interval = 5000;

// Hypervisors give PNG, or a portable pixmap, which browsers do not know.
async function decode(response) {
  const blob = await response.blob();
  if (blob.type !== "image/x-portable-pixmap") return createImageBitmap(blob);
  const data = new Uint8Array(await blob.arrayBuffer());
  const [header, width, height] = /^P6\n(\d+) (\d+)\n255\n/.exec(new TextDecoder("latin1").decode(data.slice(0, 40)));
  const picture = new ImageData(Number(width), Number(height));
  for (let from = header.length, to = 0; from < data.length; to += 4) {
    picture.data.set(data.subarray(from, from + 3), to);
    picture.data[to + 3] = 255;
    from += 3;
  }
  return createImageBitmap(picture);
}

async function draw(canvas) {
  const response = await fetch(`/api/screenshot?host=${canvas.dataset.host}&domain=${canvas.dataset.domain}`);
  // A guest without a screen has none.
  canvas.title = response.ok ? "" : await response.text();
  if (!response.ok) return;
  const picture = await decode(response);
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
}

const inSight = new Set();
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) inSight.delete(target);
    else {
      inSight.add(target);
      draw(target);
    }
  }
});
setInterval(() => document.hidden || inSight.forEach(draw), interval);

export function makeThumbnail(host, uuid) {
  const canvas = document.createElement("canvas");
  canvas.className = "thumbnail";
  canvas.dataset.host = host;
  canvas.dataset.domain = uuid;
  observer.observe(canvas);
  return canvas;
}

export function dropThumbnail(canvas) {
  observer.unobserve(canvas);
  inSight.delete(canvas);
}
