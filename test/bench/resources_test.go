package bench

import (
	"os"
	"path/filepath"
	"time"

	"statsig_exporter/bench/series"
)

// compareResources measures memory, refreshes, starts and the size of the binary.
func (b *bench) compareResources() {
	const refreshed, rows = 100_000, 5_000_000
	n := float64(b.series)
	_, resting, peak := b.refreshes(series.Plain(b.series), b.series, 3)
	b.results = append(b.results,
		result{what: "bytes of RSS a series, " + show(n, "") + " series", own: resting / n, most: 120},
		result{what: "bytes of peak RSS a series, " + show(n, "") + " series", own: peak / n, most: 250})
	_, _, peak = b.refreshes(series.Rows(rows), series.RowSeries, 2)
	b.results = append(b.results, result{what: "peak RSS, report of " + show(rows, "") + " rows", unit: "MiB", own: peak / (1 << 20), most: 64})
	cpu, _, _ := b.refreshes(series.Plain(refreshed), refreshed, b.rounds)
	vec := b.launchGaugeVec(refreshed)
	defer vec.stop()
	var scrapes []round
	for range b.rounds {
		scrapes = append(scrapes, b.scrapeFor(vec, gzipped, 1))
	}
	b.results = append(b.results, result{
		"CPU, a refresh of " + show(refreshed, "") + " series", "seconds", cpu.Seconds(),
		"a scrape of GaugeVec", medianOf(scrapes, func(r round) time.Duration { return r.cpu }).Seconds(), 0.2,
	})
	b.compareIdle()
	b.compareStarts()
	info, err := os.Stat(b.program("statsig_exporter"))
	b.check(err)
	b.results = append(b.results, result{what: "binary", unit: "MiB", own: float64(info.Size()) / (1 << 20), most: 20})
}

// refreshes lets an exporter poll so many times, with a scrape after each, and returns the CPU time of a refresh, from the answer
// of the API to the next poll, and the resident bytes some time after the last one and at most. The first poll is not counted:
// roles are not known yet.
func (b *bench) refreshes(report series.Report, n, polls int) (cpu time.Duration, resting, peak float64) {
	d := b.startDaemon(report, n, time.Second)
	defer d.close()
	b.first(d, n)
	b.next(d)
	var each []time.Duration
	for i := range polls {
		progress("%d series, refresh %d", n, i+1)
		before := b.cpu(d.process)
		<-d.step
		b.next(d)
		each = append(each, b.cpu(d.process)-before)
		_, err := b.read(d.process)
		b.check(err)
	}
	<-time.After(10 * time.Second)
	resting, peak = b.memory(d.process)
	return median(each), resting, peak
}

// compareIdle compares the resident sizes of small exporters some time after ten scrapes.
func (b *bench) compareIdle() {
	var own, other []float64
	for range 3 {
		d := b.startDaemon(series.Plain(20), 20, time.Hour)
		b.first(d, 20)
		vec := b.launchGaugeVec(1)
		for p, sizes := range map[*process]*[]float64{d.process: &own, vec: &other} {
			for range 10 {
				_, err := b.read(p)
				b.check(err)
			}
			<-time.After(3 * time.Second)
			size, _ := b.memory(p)
			*sizes = append(*sizes, size/(1<<20))
		}
		d.close()
		vec.stop()
	}
	b.results = append(b.results, result{"idle RSS", "MiB", median(own), "GaugeVec", median(other), 1.3})
}

// compareStarts compares the times from exec to the first successful scrape.
func (b *bench) compareStarts() {
	const stored = 10_000
	d := b.startDaemon(series.Plain(stored), stored, time.Hour, "--storage.path="+b.TempDir())
	defer d.close()
	b.first(d, stored)
	d.stop()
	start := func(launch func() *process) float64 {
		var each []time.Duration
		for range 3 * b.rounds {
			p := launch()
			each = append(each, p.ready)
			p.stop()
		}
		return median(each).Seconds()
	}
	config := filepath.Join(b.TempDir(), "blackbox.yml")
	b.check(os.WriteFile(config, []byte("modules: {http_2xx: {prober: http}}\n"), 0o600))
	b.results = append(b.results,
		result{
			what: "exec to scrape, " + show(stored, "") + " stored series", unit: "seconds", most: 0.1,
			own: start(func() *process { return b.launchExporter(d.args) }),
		},
		result{
			what: "exec to scrape", unit: "seconds", with: "blackbox_exporter", most: 1,
			own: start(func() *process { return b.launchExporter(d.args[1:]) }),
			other: start(func() *process {
				address := b.address()
				return b.launch(address, b.program("blackbox_exporter"), "--config.file="+config, "--web.listen-address="+address)
			}),
		})
}
