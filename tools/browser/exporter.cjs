// Runs the exporter for the checks of its page.
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');

exports.demo = ['--demo', '--web.route-prefix=/usage'];

// serve runs the program with arguments, calls check with the address of its page once it is ready, and ends the program.
async function serve(program, args, check) {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^STATSIG_|_proxy$/i.test(name)));
  const child = spawn(program, ['--web.listen-address=127.0.0.1:0', ...args], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    const address = await new Promise((resolve, reject) => {
      let log = '';
      child.stderr.on('data', (text) => {
        log += text;
        const match = /Listening on".*?address=(\S+)/.exec(log);
        if (match) resolve(match[1]);
      });
      child.on('exit', (code) => reject(new Error(`the exporter ended with ${code}:\n${log}`)));
    });
    const prefix = (args.find((arg) => arg.startsWith('--web.route-prefix=')) ?? '=').split('=')[1];
    const url = `http://${address}${prefix}/`;
    for (let tries = 0; !(await fetch(`${url}-/ready`)).ok; tries++) {
      if (tries === 600) throw new Error('the exporter is not ready after a minute');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await check(url);
  } finally {
    child.kill();
  }
}

const hostile = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', 'x'.repeat(200), '\u202eright to left', '日本語のプロジェクト', "'; --", '../../etc/passwd', '%00%2e#?&a=b'];

// many runs the program with 500 projects, the first of which have hostile names. Statsig refuses the keys of 20.
exports.many = async (program, check) => {
  const names = Array.from({ length: 500 }, (_, i) => hostile[i] ?? `project-${String(i).padStart(3, '0')}`);
  const failing = 20;
  const statsig = http.createServer((request, response) => {
    const number = Number(/\d+$/.exec(request.headers['statsig-api-key'] ?? '')?.[0]);
    if (number % 25 === 0) return response.writeHead(401).end('{"message":"<b>no</b>"}');
    const rows = hostile.map((name, i) => `"${name.replaceAll('"', '""')}",${1000 * (i + 1)}`);
    return response.writeHead(200, { 'Content-Type': 'text/csv' }).end(`Name,Billable Events\n${rows.join('\n')}\n`);
  });
  await new Promise((resolve) => statsig.listen(0, '127.0.0.1', resolve));
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'browser-'));
  const file = path.join(directory, 'statsig.yml');
  fs.writeFileSync(file, JSON.stringify({ // which is YAML
    global: { concurrency: 32 },
    api: { base_url: `http://127.0.0.1:${statsig.address().port}` },
    windows: [{ name: 'day', period: 'day' }],
    projects: names.map((name, i) => ({ name, api_key: `console-${i}` })),
  }));
  try {
    await serve(program, [`--config.file=${file}`], (url) => check(url, failing));
  } finally {
    fs.rmSync(directory, { recursive: true });
    statsig.closeAllConnections();
    statsig.close();
  }
};
exports.serve = serve;
