// Usage: node duckdb.mjs HOME FILE PLAN known|inferred THREADS
// Sums a report by series with DuckDB, from HOME/node_modules, and prints what came out as JSON.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [home, file, planFile, mapping, threads] = process.argv.slice(2)
const { DuckDBInstance } = createRequire(home + '/')('@duckdb/node-api')
const plan = JSON.parse(readFileSync(planFile, 'utf8'))
const quote = (name) => '"' + name.replaceAll('"', '""') + '"'
const text = (s) => "'" + s.replaceAll("'", "''") + "'"
const type = (role) => ({ value: 'DOUBLE', time: 'TIMESTAMP' })[role] ?? 'VARCHAR'

const columns = plan.Columns.map((c) => `${text(c.Name)}: ${text(type(c.Role))}`).join(', ')
const options = mapping === 'known' ? `auto_detect = false, columns = {${columns}}` : 'sample_size = -1'
const labels = plan.Labels.map((i) => quote(plan.Columns[i].Name))
const values = plan.Values.map((i) => quote(plan.Columns[i].Name))
const query = `SELECT sum(n), ${values.map((_, j) => `sum(s${j})`).join(', ')} FROM (
  SELECT count(*) AS n, ${values.map((v, j) => `sum(TRY_CAST(${v} AS DOUBLE)) AS s${j}`).join(', ')}
  FROM read_csv(${text(file)}, header = true, delim = ${text(plan.Comma)}, quote = '"', escape = '"', ${options})
  ${labels.length ? 'GROUP BY ' + labels.join(', ') : ''})`

const db = await DuckDBInstance.create(':memory:', { threads })
const connection = await db.connect()
const before = process.cpuUsage()
const rows = await connection.runAndReadAll(query).then(
  (result) => result.getRows(),
  (err) => {
    console.error(err.message.split('\n')[0])
    process.exit(1)
  }
)
const { user, system } = process.cpuUsage(before)
const [n, ...totals] = rows[0]
console.log(JSON.stringify({ Rows: Number(n), Totals: totals.map(Number), CPU: (user + system) / 1e6 }))
