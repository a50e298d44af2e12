const frames = [...document.querySelectorAll('svg svg')].map(e => ({
  e, x: parseFloat(e.getAttribute('x')), w: parseFloat(e.getAttribute('width')), y: +e.getAttribute('y')
}));
function zoom(x, w, y) {
  for (const f of frames) {
    const above = f.y < y && f.x <= x + 1e-3 && f.x + f.w >= x + w - 1e-3;
    const within = f.x >= x - 1e-3 && f.x + f.w <= x + w + 1e-3;
    f.e.style.display = above || within ? '' : 'none';
    f.e.setAttribute('x', above ? '0%' : (f.x - x) / w * 100 + '%');
    f.e.setAttribute('width', above ? '100%' : f.w / w * 100 + '%');
  }
}
frames.forEach(f => f.e.addEventListener('click', () => zoom(f.x, f.w, f.y)));
document.getElementById('title').addEventListener('click', () => zoom(0, 100, 0));
