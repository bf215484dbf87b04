// Checks every dashboard of deploy/grafana against Grafana's packages: by its types, and by the units, reducers, transformations,
// matchers and colours that it knows. Exits 1 where one of them is not Grafana's.
'use strict';

// What formats dates asks the browser for its language.
Object.defineProperty(globalThis, 'navigator', { value: { language: 'en-US', languages: ['en-US'] }, configurable: true });

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const data = require('@grafana/data');
const schema = require('@grafana/schema');

const dashboards = path.resolve(process.argv[2] ?? path.join(__dirname, '../../deploy/grafana'));
const mistakes = [];

const units = new Set(data.getValueFormats().flatMap((group) => group.submenu.map((unit) => unit.value)));
const reducers = new Set(data.fieldReducers.list().map((reducer) => reducer.id));
const transformations = new Set(Object.values(data.DataTransformerID));
const matchers = new Set(data.fieldMatchers.list().map((matcher) => matcher.id));
const colorModes = new Set(Object.values(schema.FieldColorModeId));
const theme = data.createTheme();

// Keys of a dashboard whose values are names of something that Grafana knows.
const known = {
  unit: (unit) => units.has(unit) || /^currency:financial:.+$/.test(unit),
  color: (color) => typeof color !== 'string' || isColor(color),
  fixedColor: isColor,
};

// A name that Grafana does not know is handed back as it is.
function isColor(color) {
  return theme.visualization.getColorByName(color) !== color;
}

function walk(value, where, visit) {
  if (value === null || typeof value !== 'object') {
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    visit(key, child, where);
    walk(child, `${where}.${key}`, visit);
  }
}

function expect(holds, where, what) {
  if (!holds) {
    mistakes.push(`${where}: ${what}`);
  }
}

function checkPanel(panel, where) {
  walk(panel, where, (key, value, at) => {
    expect(!known[key] || known[key](value), at, `${key} ${JSON.stringify(value)} is not Grafana's`);
  });
  for (const calc of [...(panel.options.reduceOptions?.calcs ?? []), ...(panel.options.legend?.calcs ?? [])]) {
    expect(reducers.has(calc), where, `reducer ${calc} is not Grafana's`);
  }
  for (const transformation of panel.transformations ?? []) {
    expect(transformations.has(transformation.id), where, `transformation ${transformation.id} is not Grafana's`);
  }
  expect(colorModes.has(panel.fieldConfig.defaults.color.mode), where, `colour mode ${panel.fieldConfig.defaults.color.mode} is not Grafana's`);
  const headings = new Set((panel.transformations ?? []).flatMap((t) => Object.values(t.options.renameByName ?? {})));
  for (const { matcher, properties } of panel.fieldConfig.overrides) {
    expect(matchers.has(matcher.id), where, `matcher ${matcher.id} is not Grafana's`);
    expect(panel.type !== 'table' || matcher.id !== 'byName' || headings.has(matcher.options), where, `there is no column ${matcher.options}`);
    for (const { id, value } of properties) {
      expect(!known[id] || known[id](value), where, `${id} ${JSON.stringify(value)} is not Grafana's`);
    }
  }
}

// typecheck has TypeScript read a dashboard as a literal of the type in types.ts.
function typecheck(files) {
  const out = fs.mkdtempSync(path.join(__dirname, 'checked-'));
  try {
    for (const file of files) {
      const text = fs.readFileSync(path.join(dashboards, file), 'utf8');
      fs.writeFileSync(path.join(out, `${file}.ts`), `import type { Checked } from '../types';\nexport const made: Checked = ${text};\n`);
    }
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2022'];
    execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), ...options, ...files.map((file) => path.join(out, `${file}.ts`))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  } catch (error) {
    mistakes.push(String(error.stdout ?? error));
  } finally {
    fs.rmSync(out, { recursive: true });
  }
}

const files = fs.readdirSync(dashboards).filter((file) => file.endsWith('.json'));
expect(files.length > 0, dashboards, 'there are no dashboards');
typecheck(files);
for (const file of files) {
  const dashboard = JSON.parse(fs.readFileSync(path.join(dashboards, file), 'utf8'));
  expect(dashboard.schemaVersion === schema.defaultDashboard.schemaVersion, file, 'schemaVersion is not the current one');
  for (const panel of dashboard.panels.filter((panel) => panel.type !== 'row')) {
    checkPanel(panel, `${file}, panel "${panel.title}"`);
  }
}
for (const mistake of mistakes) {
  console.error(mistake);
}
console.log(`${files.length} dashboards, ${mistakes.length} mistakes`);
process.exitCode = mistakes.length > 0 ? 1 : 0;
