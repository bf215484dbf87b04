// Usage: node check.cjs EXPORTER [IMAGES]
// Opens the page of the program EXPORTER in Chromium, and prints every fault. With IMAGES, a directory, draws the README's pictures there
// too. Runs in the root of the repository.
const { chromium } = require('playwright-core');
const axe = require('axe-core').source;
const { serve, demo, many } = require('./exporter.cjs');
const { drawDashboard } = require('./dashboard.cjs');

const sizes = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } };
// A page of 500 projects keeps axe busy for half a minute, so it sees such a page in two of the four ways.
const two = [['phone', 'dark'], ['desktop', 'light']];
const four = [...two, ['phone', 'light'], ['desktop', 'dark']];
const [, , program, images] = process.argv;

// look opens the page in sizes and colours, and returns what is wrong with it.
async function look(browser, url, ways) {
  const faults = [];
  for (const [size, colorScheme] of ways) {
    const fault = (text) => faults.push(`${size}, ${colorScheme}: ${text}`);
    const context = await browser.newContext({ viewport: sizes[size], colorScheme });
    const page = await context.newPage();
    page.on('console', (message) => fault(`the console says: ${message.text()}`));
    page.on('pageerror', (error) => fault(`a script failed: ${error}`));
    page.on('dialog', (dialog) => { fault('a name ran as a script'); dialog.dismiss(); });
    page.on('request', (request) => new URL(request.url()).origin === new URL(url).origin || fault(`it asks for ${request.url()}`));
    await page.goto(url);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) fault(`it is ${wide} pixels too wide`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run({ resultTypes: ['violations'] }));
    for (const { id, help, nodes } of violations) fault(`axe: ${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html).join(' ')}`);
    await context.close();
  }
  return faults;
}

// follow returns the links of the page that lead nowhere.
async function follow(page) {
  const links = await page.$$eval('a[href]', (all) => [...new Set(all.map((a) => a.href))]);
  const faults = [];
  for (const link of links) {
    const { hash, origin } = new URL(link);
    if (origin !== new URL(page.url()).origin) faults.push(`${link} leads away`);
    else if (hash && link.split('#')[0] === page.url().split('#')[0]) {
      if (!(await page.$(`[id="${hash.slice(1)}"]`))) faults.push(`${link} leads to no part of the page`);
    } else {
      const response = await page.request.get(link);
      if (!response.ok()) faults.push(`${link} answers ${response.status()}`);
    }
  }
  return links.length > 5 ? faults : [`the page has only the links ${links}`];
}

// sift checks, without JavaScript, that what fails comes first and that the filter finds it.
async function sift(browser, url, failing) {
  const context = await browser.newContext({ viewport: sizes.desktop, javaScriptEnabled: false });
  const page = await context.newPage();
  const faults = [];
  const states = async () => (await page.locator('table').first().locator('tbody .pill').evaluateAll((all) => all.map((pill) => pill.classList.contains('bad'))));
  await page.goto(url);
  const all = await states();
  if (all.filter(Boolean).length !== failing || all.slice(0, failing).includes(false)) faults.push(`the first ${failing} of the page do not fail: ${all.slice(0, failing + 3)}`);
  await page.fill('input[type=search]', 'project-042');
  await Promise.all([page.waitForURL(/q=/), page.click('form button')]);
  const found = await page.locator('table').first().locator('tbody th').allInnerTexts();
  if (found.length !== 1 || !found[0].includes('project-042')) faults.push(`the filter finds ${found.length}: ${found.slice(0, 3)}`);
  await context.close();
  return faults;
}

async function main() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] });
  const faults = [];
  const add = (name, found) => faults.push(...found.map((fault) => `${name}: ${fault}`));
  try {
    await serve(program, demo, async (url) => {
      add('demo', await look(browser, url, four));
      const page = await browser.newPage({ viewport: { width: 1000, height: 640 } });
      await page.goto(url);
      add('demo, under a prefix', await follow(page));
      if (images) {
        await page.screenshot({ path: `${images}/landing.png` });
        drawDashboard(`${images}/usage-dashboard.svg`);
      }
      await page.close();
    });
    await many(program, async (url, failing) => {
      add('500 projects', await look(browser, url, two));
      add('500 projects', await sift(browser, url, failing));
    });
  } finally {
    await browser.close();
  }
  for (const fault of faults) console.log(fault);
  console.log(`${faults.length} faults`);
  process.exitCode = faults.length ? 1 : 0;
}

main();
