package bench

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"statsig_exporter/bench/series"
)

// The encodings of a body, by their names in HTTP.
const (
	identity = "identity"
	gzipped  = "gzip"
)

// prometheus3 is the Accept header of Prometheus 3.
const prometheus3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
	"application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
	"text/plain;version=0.0.4;q=0.3,*/*;q=0.2"

// newScraper returns a client that scrapes over one connection.
func newScraper() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableCompression: true, ReadBufferSize: 256 << 10}, Timeout: 5 * time.Minute}
}

// scrape asks for metrics as Prometheus 3 does, copies the body as it is sent, and returns its size.
func (b *bench) scrape(client *http.Client, p *process, encoding string, to io.Writer) (int64, error) {
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, p.url, http.NoBody)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Accept", prometheus3)
	req.Header.Set("Accept-Encoding", encoding)
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Encoding"); resp.StatusCode != http.StatusOK || got != encoding && (got != "" || encoding != identity) {
		return 0, fmt.Errorf("scrape for %s: %s, %q", encoding, resp.Status, got)
	}
	return io.Copy(to, resp.Body)
}

// read scrapes once, over a connection of its own, and returns the text.
func (b *bench) read(p *process) (string, error) {
	client := newScraper()
	defer client.CloseIdleConnections()
	var packed bytes.Buffer
	if _, err := b.scrape(client, p, gzipped, &packed); err != nil {
		return "", err
	}
	from, err := gzip.NewReader(&packed)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(from)
	return string(text), err
}

// round holds what was measured while a server was scraped for some time.
type round struct {
	cpu  time.Duration // of the server, a scrape
	each time.Duration // from one answer to the next
	p99  time.Duration // of a scrape
	size int64         // of a body
}

// roundTime is how long one server is scraped in one round, at least.
const roundTime = 500 * time.Millisecond

// scrapeFor has several scrape a server until the time is over, each at least once, and waits for the last answers.
func (b *bench) scrapeFor(p *process, encoding string, scrapers int) round {
	took, sizes, errs := make([][]time.Duration, scrapers), make([]int64, scrapers), make([]error, scrapers)
	before, begun := b.cpu(p), time.Now()
	var all sync.WaitGroup
	for i := range scrapers {
		all.Go(func() {
			client := newScraper()
			defer client.CloseIdleConnections()
			for errs[i] == nil && (len(took[i]) == 0 || time.Since(begun) < roundTime) {
				sent := time.Now()
				sizes[i], errs[i] = b.scrape(client, p, encoding, io.Discard)
				took[i] = append(took[i], time.Since(sent))
			}
		})
	}
	all.Wait()
	elapsed, used := time.Since(begun), b.cpu(p)-before
	for _, err := range errs {
		b.check(err)
	}
	sorted := slices.Sorted(slices.Values(slices.Concat(took...)))
	n := len(sorted)
	return round{cpu: used / time.Duration(n), each: elapsed / time.Duration(n), p99: sorted[(n*99+99)/100-1], size: sizes[0]}
}

// compareScrapes scrapes all servers in each way that has a target.
func (b *bench) compareScrapes() {
	for _, l := range []struct {
		series              int
		encoding            string
		scrapers            int
		ofGaugeVec, ofNginx float64 // targets of the CPU time; 0: none
	}{
		{1000, gzipped, 1, 0.06, 0},
		{1000, identity, 1, 0, 3},
		{10_000, gzipped, 1, 0.006, 0},
		{100_000, gzipped, 1, 0.001, 1.25},
		{100_000, gzipped, 8, 0, 0},
		{1_000_000, gzipped, 1, 0.0005, 1},
	} {
		if l.series > b.series {
			continue
		}
		what := fmt.Sprintf("a scrape of %s series, %s", show(float64(l.series), ""), l.encoding)
		progress("%s, %d at a time", what, l.scrapers)
		ours, gaugeVec, nginx := b.rotate(l.series, l.encoding, l.scrapers)
		if l.scrapers > 1 {
			if nginx != nil {
				b.compare(result{what: "time between two answers, " + what + ", 8 at a time", with: "nginx", most: 1.25}, ours, nginx, func(r round) time.Duration { return r.each })
				b.compare(result{what: "99th percentile, " + what + ", 8 at a time", with: "nginx", most: 1.5}, ours, nginx, func(r round) time.Duration { return r.p99 })
			}
			continue
		}
		cpu := func(r round) time.Duration { return r.cpu }
		b.compare(result{what: "CPU, " + what, with: "GaugeVec", most: l.ofGaugeVec}, ours, gaugeVec, cpu)
		if nginx != nil {
			b.compare(result{what: "CPU, " + what, with: "nginx", most: l.ofNginx}, ours, nginx, cpu)
		}
		if l.series >= 100_000 { // with fewer the exporter's own metrics weigh too much
			size := func(r round) float64 { return float64(r.size) / (1 << 20) }
			b.results = append(b.results, result{"body, " + what, "MiB", medianOf(ours, size), "GaugeVec", medianOf(gaugeVec, size), 1.1})
		}
	}
}

// compare adds a result about a time.
func (b *bench) compare(r result, ours, others []round, time func(round) time.Duration) {
	r.unit, r.own, r.other = "seconds", medianOf(ours, time).Seconds(), medianOf(others, time).Seconds()
	b.results = append(b.results, r)
}

// rotate runs all servers at the same time and scrapes them in turn. Without nginx it has no rounds.
func (b *bench) rotate(n int, encoding string, scrapers int) (ours, gaugeVec, nginx []round) {
	d := b.startDaemon(series.Plain(n), n, time.Hour)
	defer d.close()
	b.first(d, n)
	vec := b.launchGaugeVec(n)
	defer vec.stop()
	var files *process
	if b.nginx != "" {
		files = b.launchNginx(d.process)
		defer files.stop()
	}
	for _, p := range []*process{vec, files} {
		if p != nil {
			body, err := b.read(p)
			b.check(err)
			if got := strings.Count(body, "\n"+series.Name+"{"); got != n {
				b.Fatalf("%s serves %d series", p, got)
			}
		}
	}
	for range b.rounds {
		ours = append(ours, b.scrapeFor(d.process, encoding, scrapers))
		gaugeVec = append(gaugeVec, b.scrapeFor(vec, encoding, scrapers))
		if files != nil {
			nginx = append(nginx, b.scrapeFor(files, encoding, scrapers))
		}
	}
	if scrapers == 1 && encoding == gzipped {
		b.countAllocations(d.process, n)
	}
	return ours, gaugeVec, nginx
}

// countAllocations counts them between two pages of the exporter itself. Their numbers may be a second old, unless nobody has
// asked for a second.
func (b *bench) countAllocations(p *process, n int) {
	const scrapes = 50
	client := newScraper()
	defer client.CloseIdleConnections()
	var mallocs [2]float64
	for i := range mallocs {
		<-time.After(roundTime * 5 / 2)
		body, err := b.read(p)
		b.check(err)
		_, after, _ := strings.Cut(body, "\ngo_memstats_mallocs_total ")
		number, _, _ := strings.Cut(after, "\n")
		mallocs[i], err = strconv.ParseFloat(number, 64)
		b.check(err)
		for range scrapes {
			_, err := b.scrape(client, p, gzipped, io.Discard)
			b.check(err)
		}
	}
	what := "allocations a scrape of " + show(float64(n), "") + " series"
	b.results = append(b.results, result{what: what, own: (mallocs[1] - mallocs[0]) / (scrapes + 1), most: 400})
}

// nginxConfig is Debian's as far as it matters, with all paths below one directory that nobody else can read. The user only
// matters to root.
const nginxConfig = `user root;
worker_processes auto;
daemon off;
pid nginx.pid;
error_log stderr;
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  access_log off;
  default_type text/plain;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server { listen %s; root .; gzip_static on; }
}
`

// launchNginx serves the body of another server as files, plain and gzip.
func (b *bench) launchNginx(from *process) *process {
	dir, address := b.TempDir(), b.address()
	text, err := b.read(from)
	b.check(err)
	var packed bytes.Buffer
	_, err = b.scrape(newScraper(), from, gzipped, &packed)
	b.check(err)
	for name, content := range map[string][]byte{
		"metrics": []byte(text), "metrics.gz": packed.Bytes(), "nginx.conf": fmt.Appendf(nil, nginxConfig, address),
	} {
		b.check(os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	return b.launch(address, b.nginx, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"), "-e", "stderr")
}
