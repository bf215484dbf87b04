package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
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
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 1, ReadBufferSize: 256 << 10}
	return &http.Client{Transport: transport, Timeout: 5 * time.Minute}
}

// ask sends a scrape as Prometheus 3 does. The caller closes the body.
func ask(ctx context.Context, client *http.Client, url, encoding string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", prometheus3)
	req.Header.Set("Accept-Encoding", encoding)
	req.Header.Set("User-Agent", "Prometheus/3.0.0")
	return client.Do(req)
}

// scrape reads a body and returns its size.
func scrape(ctx context.Context, client *http.Client, url, encoding string) (int64, error) {
	resp, err := ask(ctx, client, url, encoding)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("scrape: %s", resp.Status)
	}
	if got := resp.Header.Get("Content-Encoding"); got != encoding && (got != "" || encoding != identity) {
		return 0, fmt.Errorf("scrape: asked for %s, got %q", encoding, got)
	}
	return io.Copy(io.Discard, resp.Body)
}

// page is one answer, with what is looked for in it.
type page struct {
	status  int
	series  int     // of the family that is compared
	mallocs float64 // allocations of the process so far; zero if it does not say
}

// fetch scrapes once, over a connection of its own, and reads the body.
func fetch(ctx context.Context, url, encoding string) (page, error) {
	client := newScraper()
	defer client.CloseIdleConnections()
	resp, err := ask(ctx, client, url, encoding)
	if err != nil {
		return page{}, err
	}
	defer resp.Body.Close()
	p := page{status: resp.StatusCode}
	body := io.Reader(resp.Body)
	if resp.Header.Get("Content-Encoding") == gzipped {
		if body, err = gzip.NewReader(body); err != nil {
			return page{}, err
		}
	}
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		if bytes.HasPrefix(lines.Bytes(), []byte(familyName+"{")) {
			p.series++
		}
		if number, ok := strings.CutPrefix(lines.Text(), "go_memstats_mallocs_total "); ok {
			if p.mallocs, err = strconv.ParseFloat(number, 64); err != nil {
				return page{}, err
			}
		}
	}
	return p, lines.Err()
}

// round holds what was measured while a server was scraped for some time.
type round struct {
	cpu  time.Duration // of the server, a scrape
	rate float64       // scrapes a second
	p99  time.Duration
	size int64 // of a body
}

// medianRound returns the median of each figure.
func medianRound(all []round) round {
	return round{
		cpu:  medianOf(all, func(r round) time.Duration { return r.cpu }),
		rate: medianOf(all, func(r round) float64 { return r.rate }),
		p99:  medianOf(all, func(r round) time.Duration { return r.p99 }),
		size: medianOf(all, func(r round) int64 { return r.size }),
	}
}

// roundTime is how long one server is scraped in one round, at least.
const roundTime = 500 * time.Millisecond

// scrapeFor has several scrape a server until the time is over, each at least once, and waits for the last answers.
func scrapeFor(ctx context.Context, p *process, encoding string, scrapers int) (round, error) {
	took, sizes, errs := make([][]time.Duration, scrapers), make([]int64, scrapers), make([]error, scrapers)
	before, err := p.cpu()
	if err != nil {
		return round{}, err
	}
	begun := time.Now()
	var all sync.WaitGroup
	for i := range scrapers {
		all.Go(func() {
			client := newScraper()
			defer client.CloseIdleConnections()
			for errs[i] == nil && (len(took[i]) == 0 || time.Since(begun) < roundTime) {
				sent := time.Now()
				sizes[i], errs[i] = scrape(ctx, client, p.url, encoding)
				took[i] = append(took[i], time.Since(sent))
			}
		})
	}
	all.Wait()
	elapsed := time.Since(begun)
	after, err := p.cpu()
	if err := errors.Join(append(errs, err)...); err != nil {
		return round{}, err
	}
	sorted := slices.Sorted(slices.Values(slices.Concat(took...)))
	n := len(sorted)
	return round{
		cpu: (after - before) / time.Duration(n), rate: float64(n) / elapsed.Seconds(), p99: sorted[(n*99+99)/100-1], size: sizes[0],
	}, nil
}
