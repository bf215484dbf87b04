// Draws the layout of the usage dashboard's upper half from its JSON.
const fs = require('node:fs');

const width = 1000, column = width / 24, row = 22, rows = 45;
const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// shape is a hint of what kind of panel it is.
function shape({ type }, x, y, w, h) {
  const line = (points) => `<polyline points="${points.map(([a, b]) => `${(x + 10 + a * (w - 20)).toFixed()},${(y + 30 + b * (h - 40)).toFixed()}`).join(' ')}" fill="none" stroke="#7aa2e8" stroke-width="2"/>`;
  if (type === 'timeseries') return line([[0, 0.8], [0.15, 0.7], [0.3, 0.75], [0.45, 0.5], [0.6, 0.55], [0.75, 0.2], [1, 0.35]]);
  if (type === 'table') return [0.1, 0.35, 0.6, 0.85].map((at) => line([[0, at], [1, at]])).join('');
  if (type === 'bargauge' || type === 'barchart') return [0.1, 0.4, 0.7].map((at, i) => line([[0, at], [1 - 0.3 * i, at]])).join('');
  return '';
}

// drawDashboard writes a drawing of every panel's place and title.
exports.drawDashboard = (file) => {
  const { panels } = JSON.parse(fs.readFileSync('deploy/grafana/statsig-usage.json', 'utf8'));
  const boxes = panels.filter(({ gridPos: { y } }) => y < rows).map((panel) => {
    const { x, y, w, h } = panel.gridPos;
    const at = { x: x * column + 2, y: y * row + 2, w: w * column - 4, h: h * row - 4 };
    if (panel.type === 'row') return `<text x="${at.x + 4}" y="${at.y + 14}" font-weight="600" fill="#52606f">${escape(panel.title)}</text>`;
    return `<rect x="${at.x.toFixed(1)}" y="${at.y}" width="${at.w.toFixed(1)}" height="${at.h}" rx="4" fill="#fff" stroke="#d5dbe3"/>`
      + `<svg x="${at.x.toFixed(1)}" y="${at.y}" width="${(at.w - 4).toFixed(1)}" height="${at.h}"><text x="8" y="18" fill="#1c2430">${escape(panel.title)}</text></svg>`
      + shape(panel, at.x, at.y, at.w, at.h);
  });
  fs.writeFileSync(file, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${rows * row}" font-family="sans-serif" font-size="12">
<title>The layout of the usage dashboard</title>
<rect width="100%" height="100%" fill="#f4f6f8"/>
${boxes.join('\n')}
</svg>
`);
};
